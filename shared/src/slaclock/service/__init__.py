"""A service as a process: what it announces, how it runs, what it keeps going beside HTTP."""

from typing import TYPE_CHECKING

from slaclock.lazily import offering
from slaclock.service.spec import ServiceSpec, discover, find

if TYPE_CHECKING:
    from slaclock.service.late import Late, Unavailable
    from slaclock.service.loops import Loops
    from slaclock.service.serving import serve

__all__ = ["Late", "Loops", "ServiceSpec", "Unavailable", "discover", "find", "serve"]

__getattr__ = offering(
    __name__, {"Late": "late", "Loops": "loops", "Unavailable": "late", "serve": "serving"}
)
