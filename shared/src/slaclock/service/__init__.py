"""A service as a process: what it announces, how it runs, what it keeps going beside HTTP."""

from slaclock.service.late import Late, Unavailable
from slaclock.service.loops import Loops
from slaclock.service.serving import serve
from slaclock.service.spec import ServiceSpec, discover, find

__all__ = ["Late", "Loops", "ServiceSpec", "Unavailable", "discover", "find", "serve"]
