"""Frozen dataclasses that are made in a third of the time, and changed in a tenth.

A frozen dataclass stores each field by a call of `object.__setattr__`, and `dataclasses.replace`
looks every field up by its name. Values that each event makes by the dozen are worth better: for
them the same is written out, field by field. Everything else stays as the dataclass has it.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value, /, **changes):  # noqa: ANN001, ANN003, ANN201  typed as the original
        """As `dataclasses.replace`, for values of a `quick` class."""
        return value.__replace__(**changes)


__all__ = ["quick", "replace"]

T = TypeVar("T")


def quick(cls: type[T]) -> type[T]:
    """A frozen dataclass with slots, whose values are made and changed quickly.

    A value is filled in as a draft, an ordinary object of the same form, which then becomes what it
    is meant to be. So it is as frozen as before, for everybody else.

    Raises:
        TypeError: for a class of another form: with a base, `__post_init__`, fields that are made
            by a factory or not given.
    """
    found = fields(cls)  # type: ignore[arg-type]  # a dataclass, or this raises TypeError
    names = tuple(field.name for field in found)
    plain = all(field.init and field.default_factory is MISSING for field in found)
    if cls.__bases__ != (object,) or not plain or hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__} is no plain dataclass")
    draft = type(f"{cls.__name__}Draft", (), {"__slots__": names})
    known: dict[str, Any] = {"become": object.__setattr__, "blank": object.__new__}
    known |= {"Draft": draft, "Value": cls}
    defaults = {f.name: f.default for f in found if f.default is not MISSING}
    known |= {f"default_{name}": default for name, default in defaults.items()}
    positional = [
        f"{f.name}=default_{f.name}" if f.name in defaults else f.name
        for f in found
        if not f.kw_only
    ]
    named = [
        f"{f.name}=default_{f.name}" if f.name in defaults else f.name for f in found if f.kw_only
    ]
    arguments = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    lines = [
        f"def __init__({arguments}):",
        "    become(self, '__class__', Draft)",
        *(f"    self.{name} = {name}" for name in names),
        "    self.__class__ = Value",
        "def __replace__(self, /, **changes):",
        "    new = blank(Draft)",
        *(f"    new.{name} = self.{name}" for name in names),
        "    for name, value in changes.items():",
        "        setattr(new, name, value)",
        "    new.__class__ = Value",
        "    return new",
    ]
    exec("\n".join(lines), known)  # noqa: S102  as dataclasses do: nothing in it comes from outside
    for name in ("__init__", "__replace__"):
        method = known[name]
        method.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, method)
    return cls
