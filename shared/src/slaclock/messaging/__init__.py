"""The bus: what is on it (`topology`), messages in (`inlet`), out (`outbox`, `relay`), aside."""
