"""Every value comes back as it was, or is refused by name."""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlit_persistent_state import CounterText
from streamlit_persistent_state._codec.envelope import SCHEMA, encode, value_in
from streamlit_persistent_state._codec.fingerprint import fingerprint
from streamlit_persistent_state._codec.types import Types
from streamlit_persistent_state.errors import NotStorable, Unreadable

ZONES = st.sampled_from(
    [None, timezone.utc, timezone(timedelta(hours=-3, minutes=-30)), ZoneInfo("Europe/Paris")]
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
hashables = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**300), 2**300)
    | st.floats(allow_nan=False)
    | texts
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=ZONES, allow_imaginary=False)
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.uuids()
    | st.builds(CounterText, st.integers(-(2**53) + 1, 2**53 - 1), texts),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
values = st.recursive(
    hashables | st.floats() | st.binary().map(bytearray),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(hashables, inner, max_size=4)
        | st.dictionaries(texts | st.just("$"), inner, max_size=4)
        | st.sets(hashables, max_size=4)
    ),
    max_leaves=12,
)


def same(a: Any, b: Any) -> Any:
    """Whether two values are equal in every type inside them, too."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(x, y) and same(a[x], b[y]) for x, y in zip(a, b, strict=True)
        )
    if isinstance(a, (set, frozenset)):
        return a == b and encode(a) == encode(b)
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or repr(a) == repr(b)
    if isinstance(a, (datetime, time)):
        return a == b and a.tzinfo == b.tzinfo and a.fold == b.fold
    return bool(a == b)


@given(values)
def test_every_value_comes_back_with_its_types(value: object) -> None:
    """However deep it is nested."""
    assert same(value_in(encode(value), SCHEMA), value)


@pytest.mark.parametrize(
    "value",
    [
        *(math.nan, math.inf, -math.inf, -0.0, 2**53 + 1, 2**64, -(2**5000), 10**5000),
        *(Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), Decimal("1.50")),
        *(0, "", False, None, [], {}, (), b"", set()),
        *({"$": 1}, {"$": "tuple", "v": []}, {1: "a", "1": "b", 1.5: "c", None: "d", False: "e"}),
        datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=1),
        *(time(1, 2, 3, 4, tzinfo=timezone.utc), timedelta(days=-1, microseconds=1)),
        *(date(1, 1, 1), UUID(int=7), {"deep": [{"set": {(1, "a")}}]}),
    ],
    ids=lambda value: f"{value!r:.30}" if not isinstance(value, int) else type(value).__name__,
)
def test_unusual_values(value: object) -> None:
    """Those that JSON has no way to write, or that falsy tests would lose."""
    found = value_in(encode(value), SCHEMA)
    assert type(found) is type(value)
    if isinstance(value, (Decimal, float)):  # some of which do not equal themselves
        assert repr(found) == repr(value)
    else:
        assert same(found, value)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | texts
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: (
            st.lists(inner) | st.dictionaries(texts.filter(lambda key: key != "$"), inner)
        ),
    )
)
def test_plain_values_are_plain_json(value: object) -> None:
    """What lies in the database can be read by a human and by other programs."""
    assert same(json.loads(encode(value)), value)


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@dataclass
class Point:
    x: int
    when: date
    tags: tuple[str, ...] = ()


class Order(msgspec.Struct):
    name: str
    point: Point | None = None


class Pair(NamedTuple):
    left: int
    right: str


class Model:
    """What pydantic's models have, without pydantic."""

    def __init__(self, size: int) -> None:
        self.size = size

    def model_dump(self, mode: str) -> dict[str, int]:
        return {"size": self.size}

    @classmethod
    def model_validate(cls, found: Any) -> Model:
        return cls(int(found["size"]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and other.size == self.size

    __hash__ = None  # type: ignore[assignment]


OWN = [
    (Color.RED, Color.RED),
    (Level.HIGH, Level.HIGH),
    (Point(1, date(2026, 1, 2), ("a",)), Point(0, date.min)),
    (Order("a", Point(1, date.max)), Order("")),
    (Pair(1, "a"), Pair(0, "")),
    (Model(5), Model(0)),
]


@pytest.mark.parametrize(("value", "default"), OWN, ids=[type(v).__name__ for v, _ in OWN])
def test_types_of_the_script_come_back_through_their_default(value: Any, default: Any) -> None:
    """Stored by name, and made only from what the script has named: nothing is imported."""
    payload = encode(value, types=Types(default))
    found = value_in(payload, SCHEMA, types=Types(default))
    assert found == value
    assert type(found) is type(value)
    assert fingerprint(value) != fingerprint(None)
    for other in (None, 0, "text", [1]):
        with pytest.raises(Unreadable):
            value_in(payload, SCHEMA, types=Types(other))
    with pytest.raises(NotStorable, match=r"Declare a default of that type"):
        encode(value)


class Plain:
    pass


def iter_nothing() -> Iterator[int]:
    yield from ()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), r"builtins\.object cannot be stored"),
        (Plain(), r"Plain cannot be stored\. .*a dataclass, or say with codecs\.register"),
        (iter_nothing(), r"generator cannot be stored\. It is a live object.*cache_resource"),
        ([1, {"a": (0, open)}], r"builtin_function_or_method at \[1\]\['a'\]\[1\] cannot be"),
        ({"a": Color.RED}, r"Color at \['a'\] cannot be stored\. Declare a default of that type"),
        ({(1, Color.RED): 1}, r"Color at  key\[1\] cannot be stored"),
        ("\ud800", "lone surrogate"),
    ],
)
def test_what_cannot_be_stored_is_named(value: object, message: str) -> None:
    """With the type, the place inside the value, and the way out."""
    with pytest.raises(NotStorable, match=message):
        encode(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    """And so is one that is nested beyond reason."""
    cycle: list[Any] = []
    cycle.append(cycle)
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (cycle, deep):
        with pytest.raises(NotStorable, match="nested too deeply"):
            encode(value)
        with pytest.raises(NotStorable):
            fingerprint(value)


@given(
    st.binary()
    | values.map(encode).flatmap(
        lambda payload: st.tuples(
            st.just(payload), st.integers(0, len(payload)), st.binary(max_size=3)
        ).map(lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] + 1 :])
    )
)
def test_a_damaged_payload_is_unreadable_and_nothing_else(payload: bytes) -> None:
    """Whatever lies in the store, reading it has one way to fail."""
    for default in (None, Color.RED, Point(0, date.min), Model(1)):
        with suppress(Unreadable):
            value_in(payload, SCHEMA, types=Types(default))


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b'{"$":"tuple"}', b'{"$":"tuple","v":1}', b'{"$":"os.system","v":"true"}',
     b'{"$":["tuple"],"v":[]}', b'{"$":"dict","v":[[[],1]]}', b'{"$":"bytes","v":"%"}',
     b'{"$":"own","v":{"x":"a"}}', b"[" * 100_000, b'{"$":"set","v":[[1]]}'],
)  # fmt: skip
def test_a_forged_payload_is_unreadable(payload: bytes) -> None:
    """No name in it is imported, no tag is trusted."""
    with pytest.raises(Unreadable):
        value_in(payload, SCHEMA, types=Types(Point(0, date.min)))


def test_a_newer_schema_is_unreadable() -> None:
    """A downgrade leaves alone what it does not understand."""
    with pytest.raises(Unreadable, match="newer"):
        value_in(b"1", SCHEMA + 1)


@given(values)
def test_an_unchanged_value_has_an_unchanged_fingerprint(value: object) -> None:
    """Asking twice, or asking a copy from the store, gives the same.

    A copy may have a set in another order, and a NaN without the bits that tell it from others.
    """
    assert fingerprint(value) == fingerprint(value)
    payload = encode(value)
    if b'set"' not in payload and b"nan" not in payload:
        assert fingerprint(value_in(payload, SCHEMA)) == fingerprint(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *((1, True), (1, 1.0), (0, False), (None, 0), ("", None), (0.0, -0.0), ("a", b"a")),
        *(([1], (1,)), ([[1]], [(1,)]), ({1}, frozenset({1})), ({"a": 1}, {"a": 1.0})),
        (date(2026, 1, 2), "2026-01-02"),
        ([date(2026, 1, 2)], ["2026-01-02"]),
        (date(2026, 1, 2), datetime(2026, 1, 2)),
        (CounterText(1), CounterText(2)),
        (Point(1, date.min), Point(2, date.min)),
    ],
)
def test_a_changed_type_changes_the_fingerprint(one: object, other: object) -> None:
    """Also where Python calls the two equal."""
    assert fingerprint(one) != fingerprint(other)
