"""What tests need: real PostgreSQL and NATS, fakes, and waiting without sleeping."""
