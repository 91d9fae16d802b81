"""`python -m slaclock.testing [PORT] [STORE]` writes the configuration of a NATS server for tests.

Start `nats-server -c` with it, and name it by `SLACLOCK_TEST_NATS_URL=nats://127.0.0.1:PORT`.
"""

import sys

from slaclock.testing.bus import server_config

port, store = [*sys.argv[1:], *("4222", "/tmp/slaclock-test-nats")[len(sys.argv) - 1 :]]  # noqa: S108 - of tests
sys.stdout.write(server_config(int(port), store))
