"""Types of the standard library come back, or as the plain type that comes closest."""

from __future__ import annotations

import logging
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from io import BytesIO, StringIO
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlit_persistent_state._codec import simplified
from streamlit_persistent_state._codec.fingerprint import fingerprint
from streamlit_persistent_state._codec.types import Types
from tests.unit.codec.kept import kept
from tests.unit.codec.test_envelope import hashables, same, values


def deep() -> Any:
    return defaultdict(list, {"a": [1], (1, 2): [b"x"]})


@pytest.mark.parametrize(
    "value",
    [
        OrderedDict([("b", 1), (("a", 2), 2)]),
        Counter({"a": 2, "b": -1, (1,): 0}),
        deque([1, (2,)], maxlen=3),
        deque(),
        deep(),
        defaultdict(None, {1: 2}),
        defaultdict(int),
        *(range(3), range(9, -9, -2), slice(1, None, 2), Fraction(1, 3)),
        *(Path("a/b"), PurePosixPath("/a"), PureWindowsPath("c:\\a")),
        *(timezone.utc, timezone(timedelta(hours=2)), ZoneInfo("Europe/Paris")),
        SimpleNamespace(a=(1, b"x"), b=[date(2026, 1, 2)]),
        array("d", [1.5, 2]),
    ],
    ids=lambda value: f"{value!r:.40}",
)
def test_a_type_of_the_standard_library_comes_back(value: Any) -> None:
    """Also inside of others."""
    found = kept({"in": [value]})["in"][0]
    assert type(found) is type(value)
    assert found == value
    assert fingerprint(found) == fingerprint(value)
    assert getattr(found, "maxlen", None) == getattr(value, "maxlen", None)
    assert getattr(found, "default_factory", None) is getattr(value, "default_factory", None)


@given(st.lists(values, max_size=4), st.dictionaries(hashables, values, max_size=4))
def test_containers_keep_what_is_in_them(items: list[Any], pairs: dict[Any, Any]) -> None:
    """Exactly, and in its order."""
    assert same(list(kept(deque(items))), items)
    assert same(dict(kept(OrderedDict(pairs))), pairs)
    assert same(dict(kept(defaultdict(list, pairs))), pairs)


def test_files_in_memory_come_back_where_they_were() -> None:
    """With what they hold and the place that was read to."""
    data, text = BytesIO(b"abc"), StringIO("a\r\nb\n")
    data.read(1)
    text.readline()
    assert kept(data).read() == b"bc"
    assert kept(data).getvalue() == b"abc"
    assert kept(text).getvalue() == "a\r\nb\n"
    before = fingerprint(data)
    data.write(b"x")
    assert fingerprint(data) != before


class Names(list):  # type: ignore[type-arg]
    pass


class Day(datetime):
    pass


class Shout(str):
    __slots__ = ()


@pytest.fixture
def unsaid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simplified, "_noted", set())


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Names([1, (2,)]), [1, (2,)]),
        (Shout("a"), "a"),
        (Day(2026, 1, 2, 3, tzinfo=timezone.utc), datetime(2026, 1, 2, 3, tzinfo=timezone.utc)),
        (defaultdict(lambda: 0, {"a": 1}), {"a": 1}),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.usefixtures("unsaid")
def test_a_kind_of_a_built_in_type_that_nobody_has_named(
    value: Any, plain: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Comes back as the built-in type, which the log says once."""
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert same(kept([value])[0], plain)
    (line,) = caplog.messages
    assert type(value).__name__ in line
    assert f"are kept as {type(plain).__name__}" in line


@pytest.mark.parametrize("value", [Names(["a"]), Shout("a"), Day(2026, 1, 2)], ids=repr)
def test_a_kind_of_a_built_in_type_that_was_named(value: Any) -> None:
    """Comes back as it was."""
    found = kept([value], Types(None, [type(value)]))[0]
    assert type(found) is type(value)
    assert found == value
