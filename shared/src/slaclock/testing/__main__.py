"""`python -m slaclock.testing [PORT] [STORE]` writes the configuration of a NATS server for tests.

Start `nats-server -c` with it, and name it by `SLACLOCK_TEST_NATS_URL=nats://127.0.0.1:PORT`.
"""

import sys
import tempfile
from pathlib import Path

from slaclock.testing.bus import server_config

given = dict(enumerate(sys.argv[1:]))
port = given.get(0, "4222")
store = given.get(1, str(Path(tempfile.gettempdir()) / "slaclock-test-nats"))
sys.stdout.write(server_config(int(port), store))
