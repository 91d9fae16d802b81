"""What lies in the database: the spelling of pictures, byte for byte, and values nobody changes."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
from collections.abc import Callable

import orjson
import pytest
from msgspec import Struct

from slaclock.terms import Binding, Category, Mode, Reason
from ticket_clock_service import domain
from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.clock import Aim, Clock, Crossing, Holder, State, Stretch
from ticket_clock_service.domain.codec import picture_bytes, picture_of
from ticket_clock_service.domain.fact import Author, Replied
from ticket_clock_service.domain.picture import FOLD_VERSION, Ignored, Phase, Picture

TICKET = Attributes(priority="P1", status="waiting", assignee="ana", customer_impact="", group="l2")
BOUND = Binding(
    Reason.CUSTOMER_CONTRACT, "a" * 64, "entry", "contract", 5, Mode.FROM_START, "gone", None, True
)
CLOCK = Clock(
    metric=Metric.RESOLUTION,
    cycle="first",
    ordinal=1,
    opened=10,
    binding=BOUND,
    bound_as=Attributes(customer_id="ACME É"),
    state=State.PAUSED,
    since=90,
    reasons=("waiting",),
    aims=(Aim(10, "opened", "a" * 64, "P1", 60, "office", "Europe/London"), Aim(50, "terms")),
    stretches=(Stretch(State.ACTIVE, 10, 90, (), 0, 80),),
    elapsed=80,
    crossings=(
        Crossing("percent:50", 40, "a" * 64, "P1", passed_over=True),
        Crossing("percent:100", 70, "a" * 64, None, holder=Holder("ana", None)),
    ),
    next_at=None,
    kept=TICKET,
    owner="l2",
)
PICTURE = Picture(
    phase=Phase.OPEN,
    position=(90, 123456789012345678, "/desk", "f 2"),
    at=90,
    opened=10,
    ticket=TICKET,
    category=Category.ON_HOLD,
    clocks=(CLOCK,),
    waiting=(Replied(source="/desk", id="f3", at=95, author=Author.AGENT, public=True),),
    ignored=(Ignored("limbo", "/desk", "f4", 80, 2),),
    unanswered=True,
)
FIELDS = {"assignee": "ana", "customer_impact": "", "group": "l2", "priority": "P1"}
FIELDS["status"] = "waiting"
DOCUMENT = {
    "fold": 5,
    "phase": "open",
    "position": [90, 123456789012345678, "/desk", "f 2"],
    "at": 90,
    "opened": 10,
    "ticket": FIELDS,
    "category": "on_hold",
    "clocks": [
        {
            "metric": "resolution",
            "cycle": "first",
            "ordinal": 1,
            "opened": 10,
            "binding": [
                *("customer_contract", "a" * 64, "entry", "contract"),
                *(5, "from_start", "gone", None, True),
            ],
            "bound_as": {"customer_id": "ACME É"},
            "state": "paused",
            "since": 90,
            "reasons": ["waiting"],
            "aims": [
                [10, "opened", "a" * 64, "P1", 60, "office", "Europe/London"],
                [50, "terms", None, None, None, None, None],
            ],
            "cancelled": False,
            "stretches": [["active", 10, 90, [], 0, 80]],
            "elapsed": 80,
            "crossings": [
                ["percent:50", 40, "a" * 64, "P1", True, None],
                ["percent:100", 70, "a" * 64, None, False, ["ana", None]],
            ],
            "next_at": None,
            "kept": FIELDS,
            "owner": "l2",
        }
    ],
    "past": [],
    "waiting": [
        {
            "kind": "replied",
            "source": "/desk",
            "id": "f3",
            "at": 95,
            "sequence": 0,
            "imported": False,
            "author": "agent",
            "public": True,
        },
    ],
    "ignored": [["limbo", "/desk", "f4", 80, 2]],
    "unanswered": True,
}


def test_a_picture_is_spelled_as_it_always_was() -> None:
    """What differs here makes every stored picture differ: then `FOLD_VERSION` has to grow."""
    assert DOCUMENT["fold"] == FOLD_VERSION
    assert picture_bytes(PICTURE) == orjson.dumps(DOCUMENT)


def test_and_is_read_as_it_was_spelled() -> None:
    assert picture_of(picture_bytes(PICTURE)) == PICTURE


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _: b"{}", id="nothing"),
        pytest.param(lambda _: b'{"fold":%d}' % FOLD_VERSION, id="only the fold"),
        pytest.param(lambda good: good.replace(b'"unanswered":true', b""), id="half a picture"),
        pytest.param(lambda good: good.replace(b',"unanswered":true', b""), id="without a part"),
        pytest.param(lambda good: good.replace(b',"owner":"l2"', b""), id="a clock without one"),
        pytest.param(lambda good: good.replace(b",80,2]]", b",80]]"), id="a short array"),
        pytest.param(lambda good: good.replace(b'"f4",', b'"f4","f5",'), id="a long one"),
        pytest.param(lambda good: good.replace(b'"at":90', b'"at":90.0'), id="another spelling"),
        pytest.param(lambda good: good.replace(b'{"assignee"', b'{"x":1,"assignee"'), id="more"),
        pytest.param(lambda good: good + b" ", id="white space"),
        pytest.param(lambda good: b"\xff" + good, id="no text"),
        pytest.param(lambda _: b"[" * 200_000, id="too deep"),
        pytest.param(lambda _: b"NaN", id="no JSON"),
    ],
)
def test_what_no_picture_is_spelled_like_is_not_read(spoil: Callable[[bytes], bytes]) -> None:
    """The ticket is folded from its facts then; a part that is missing is not filled in."""
    spoilt = spoil(picture_bytes(PICTURE))
    assert spoilt != picture_bytes(PICTURE)
    with pytest.raises(ValueError, match=r"."):
        picture_of(spoilt)


@pytest.mark.parametrize("value", [TICKET, BOUND, CLOCK, PICTURE], ids=lambda v: type(v).__name__)
def test_a_value_travels_as_it_is(value: Struct) -> None:
    there = pickle.loads(pickle.dumps(value))  # noqa: S301  written a moment ago
    assert there == copy.deepcopy(value) == value


def structs() -> list[type[Struct]]:
    """Every struct of the domain."""
    for module in pkgutil.iter_modules(domain.__path__, f"{domain.__name__}."):
        importlib.import_module(module.name)
    found, left = [], [Struct]
    while left:
        below = left.pop().__subclasses__()
        left += below
        found += [one for one in below if one.__module__.startswith(domain.__name__)]
    return sorted(found, key=lambda one: one.__qualname__)


@pytest.mark.parametrize("struct", structs(), ids=lambda one: one.__name__)
def test_nobody_changes_a_value(struct: type[Struct]) -> None:
    assert struct.__struct_config__.frozen
    assert not struct.__struct_config__.gc


def test_setting_a_field_is_refused() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        CLOCK.elapsed = 0  # type: ignore[misc]  # that is what is tried
