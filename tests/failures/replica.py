"""One replica of a service, in a process of its own; with a seeded defect if it is told so.

`python -m tests.failures.replica ticket-clock --port 8081 --defect ack-before-commit`

Settings are the same SLACLOCK_* variables that `slaclock serve` reads. `serve_replica` does the
same in a process that has been forked.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from slaclock.service import find, serve
from slaclock.settings import PlatformSettings

__all__ = ["main", "serve_replica"]


def serve_replica(service: str, *, port: int, host: str = "127.0.0.1", defect: str = "") -> int:
    """Answer until SIGTERM; the exit code.

    Args:
        service: such as `ticket-clock`.
        port: TCP port; 0 takes a free one.
        host: address to listen on.
        defect: a name of `DEFECTS`, put in before the service is built; none if empty.

    Raises:
        KeyError: there is no such defect.
    """
    spec = find(service)
    if defect:
        from .defects import DEFECTS  # noqa: PLC0415 - others start without ticket-clock's code

        DEFECTS[defect].put_in()
    return serve(spec, host=host, port=port, settings=PlatformSettings.load())


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.failures.replica", description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--defect", default="")
    chosen = parser.parse_args(words)
    return serve_replica(chosen.service, port=chosen.port, host=chosen.host, defect=chosen.defect)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
