"""Quick values are what frozen dataclasses are."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field
from dataclasses import replace as slowly

import pytest

from slaclock.values import quick, replace


@quick
@dataclass(frozen=True, slots=True)
class Point:
    """A quick one."""

    x: int
    y: int = 2
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Ordinary:
    """The same, as dataclasses make it."""

    x: int
    y: int = 2
    name: str | None = None


def test_it_is_made_as_any_dataclass() -> None:
    assert Point(1) == Point(1, 2, None) == Point(x=1, y=2)
    assert Point(1) != Point(1, 3)
    assert repr(Point(1, name="a")) == "Point(x=1, y=2, name='a')"
    assert hash(Point(1)) == hash(Ordinary(1))
    assert type(Point(1)) is Point


def test_nobody_changes_it() -> None:
    point = Point(1)
    with pytest.raises(FrozenInstanceError):
        point.x = 3  # type: ignore[misc]  # that is what is tried
    with pytest.raises(FrozenInstanceError):
        del point.x
    with pytest.raises((AttributeError, TypeError)):
        point.z = 3  # type: ignore[attr-defined]  # the same


def test_a_changed_one_is_another_one() -> None:
    point = Point(1, name="a")
    assert replace(point, y=5) == slowly(point, y=5) == Point(1, 5, "a")
    assert point == Point(1, 2, "a")
    assert type(replace(point)) is Point
    with pytest.raises(AttributeError):
        replace(point, z=5)  # type: ignore[call-arg]  # there is no such field


@pytest.mark.parametrize("given", [{}, {"z": 1}, {"x": 1, "z": 2}], ids=str)
def test_it_wants_its_fields(given: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Point(**given)  # type: ignore[arg-type]  # that is what is tried


def test_it_travels() -> None:
    point = Point(1, name="a")
    sent = pickle.loads(pickle.dumps(point))  # noqa: S301  our own
    assert sent == copy.copy(point) == copy.deepcopy(point) == point


def test_classes_of_another_form_are_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Made:
        found: list[int] = field(default_factory=list)

    class Plain:
        pass

    for other in (Made, Plain):
        with pytest.raises(TypeError):
            quick(other)
