"""What tests need: real PostgreSQL and NATS, and waiting without sleeping.

The fixtures come with the pytest plugin (`slaclock.testing.plugin`, found by its entry point).
"""

from slaclock.embedded.sockets import free_port
from slaclock.testing.waiting import eventually

__all__ = ["eventually", "free_port"]
