"""Types of the script come back as what they were, made only from what the script has named."""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections import UserString
from dataclasses import InitVar, dataclass, field
from datetime import date, datetime
from enum import Enum, Flag, IntEnum, auto
from typing import Any, Generic, Literal, NamedTuple, TypedDict, TypeVar

import attrs
import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlit_persistent_state._codec.body import decode, encode
from streamlit_persistent_state._codec.fingerprint import fingerprint
from streamlit_persistent_state._codec.own import shape_of
from streamlit_persistent_state._codec.types import Types
from streamlit_persistent_state.errors import NotStorable, Unreadable
from tests.unit.codec.kept import kept
from tests.unit.codec.test_envelope import same, values

T = TypeVar("T")


class Color(Enum):
    RED = auto()
    BLUE = object()
    ALSO_RED = RED


class Word(str, Enum):
    YES = "yes"


class Level(IntEnum):
    HIGH = 3


class Access(Flag):
    READ = 1
    WRITE = 2


@dataclass(frozen=True)
class Tag:
    name: Any


@dataclass
class Everything:
    kind: InitVar[str]
    color: Color
    tags: list[Tag]
    anything: Any = None
    made: str = field(init=False, default="")
    _: dataclasses.KW_ONLY
    parent: Everything | None = None

    def __post_init__(self, kind: str) -> None:
        self.made = f"made of {kind}"

    @functools.cached_property
    def large(self) -> object:
        return object()


@dataclass(frozen=True, slots=True)
class Slotted:
    x: Any
    y: list[int] = field(default_factory=list)


class Pair(NamedTuple):
    left: Any
    right: Tag | None = None


class Box(pydantic.BaseModel, Generic[T]):
    inside: T
    more: Any = None


class Message(pydantic.BaseModel, extra="allow"):
    role: Literal["user", "assistant"] = "user"
    content: Any = ""
    at: datetime | None = None
    _seen: int = pydantic.PrivateAttr(0)

    @pydantic.field_validator("content", mode="before")
    @classmethod
    def never_twice(cls, found: Any) -> Any:
        return f"checked {found}" if isinstance(found, str) else found


class Answer(Message):
    sources: list[Message] = pydantic.Field([])


class Order(msgspec.Struct, frozen=True, kw_only=True):
    item: Any
    tags: tuple[Tag, ...] = ()


@attrs.define
class Player:
    name: Any
    _points: int = 0
    tags: list[Tag] = attrs.Factory(list)


@attrs.frozen
class Score:
    by: Player


class Names(list):  # type: ignore[type-arg]
    title = "names"


class Config(dict):  # type: ignore[type-arg]
    def __init__(self, path: str) -> None:
        super().__init__(path=path)
        self.path = path

    def __setitem__(self, key: str, item: object) -> None:
        raise TypeError("frozen")


class Shout(str):
    __slots__ = ()


class Movie(TypedDict):
    title: str
    tag: Tag


@dataclass
class Shelf(dict):  # type: ignore[type-arg]
    name: str = "shelf"


def everything() -> Everything:
    found = Everything("clay", Color.BLUE, [Tag("a")], {"d": date(2026, 1, 2), "t": (1, b"x")})
    found.parent = Everything("wood", Color.RED, [], parent=None)
    found.made = "changed"
    return found


def message() -> Message:
    found = Message(content="hi", at=datetime(2026, 1, 2))
    found._seen = 3
    found.model_extra["more"] = ("a", b"b")  # type: ignore[index]
    return found


def answer() -> Answer:
    return Answer(content={"x": (1, b"2")}, sources=[message()])


def config() -> Config:
    return Config("a.toml")


def shelf() -> Shelf:
    found = Shelf("mine")
    found.update({("a", 1): Tag("in it")})
    return found


VALUES: list[Any] = [
    *(Color.RED, Color.BLUE, Color.ALSO_RED, Word.YES, Level.HIGH),
    *(Access.READ, Access.READ | Access.WRITE, Access(0)),
    *(Tag({1, (2,)}), everything(), Slotted((1, b"2"), [1]), Pair(b"l", Tag("t")), Pair(1)),
    *(Box[int](inside=1), Box[Tag](inside=Tag("in"), more=(1, 2)), message(), answer()),
    *(Order(item=(1, {2}), tags=(Tag("a"),)), Player("Ada", 5, [Tag("t")]), Score(Player(b"x"))),
    *(Names(["a", ("b",)]), config(), Shout("HEY"), shelf()),
]


def test_a_model_is_the_same_whatever_was_set_first() -> None:
    """Two equal sets of names may be walked in two orders, as the process hashes texts."""
    found = message()
    found.__pydantic_fields_set__ = {"role", "content", "at"}
    assert shape_of(Message).state(found)["set"] == ["at", "content", "role"]  # type: ignore[union-attr]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_of_the_scripts_type_comes_back(value: Any) -> None:
    """As a default, as a type that was named, and inside lists, dicts and tuples."""
    found = kept(value, Types(value))
    assert type(found) is type(value)
    assert found == value
    assert fingerprint(found) == fingerprint(value)
    if isinstance(value, Enum):
        assert found is value
    named = Types(None, [type(value), Tag, Message])
    deep = kept({"in": [(value, [value])], "at": 1}, named)
    assert deep == {"in": [(value, [value])], "at": 1}
    assert type(deep["in"][0][1][0]) is type(value)


def test_what_a_model_holds_besides_its_fields_comes_back() -> None:
    """Private attributes, extra fields, and which fields were set; no validator runs again."""
    found = kept(message(), Types(message()))
    assert found._seen == 3
    assert found.model_extra == {"more": ("a", b"b")}
    assert found.content == "checked hi"
    assert found.model_fields_set == message().model_fields_set
    assert kept(config(), Types(config())).path == "a.toml"
    assert kept(shelf(), Types(shelf())).name == "mine"


def test_what_is_made_again_is_not_stored() -> None:
    """A cached property may hold what cannot be kept."""
    value = everything()
    assert value.large is not None
    found = kept(value, Types(value))
    assert "large" not in vars(found)


@given(values)
def test_a_field_of_any_type_keeps_what_is_in_it_exactly(inside: Any) -> None:
    """Dates stay dates, bytes bytes, tuples tuples."""
    named = Types(None, [Tag, Order, Message, Player, Pair, Slotted])
    for value in (Tag(inside), Order(item=inside), Player(inside), Pair(inside), Slotted(inside)):
        found = kept(value, named)
        field = next(iter(type(value).__annotations__))
        assert same(getattr(found, field), inside)
    assert same(kept(Message.model_construct(content=inside), named).content, inside)


@dataclass
class Node:
    children: list[Node] = field(default_factory=list)
    pair: tuple[Pair, ...] = ()
    movie: Movie | None = None
    text: dict[str, Literal[Word.YES]] = field(default_factory=dict)


def test_types_are_found_in_annotations() -> None:
    """Of fields, in unions, in typed dicts, in literals, in each other."""
    names = {name.rpartition(".")[2] for name in Types(Node()).known}
    assert names == {"Node", "Pair", "Tag", "Word"}
    names = {name.rpartition(".")[2] for name in Types(None, [dict[str, Movie] | None]).known}
    assert names == {"Tag"}
    names = {name.rpartition(".")[2] for name in Types({"a": [(Tag(Pair(1)),)]}).known}
    assert names == {"Tag", "Pair"}


def test_a_kind_of_a_named_type_is_known_too() -> None:
    """As messages of several roles are kinds of one."""
    found = kept([answer()], Types([], [Message]))
    assert type(found[0]) is Answer


def test_a_type_that_nobody_has_named_is_refused_and_says_how() -> None:
    """With its name, where it is, and the parameter."""
    with pytest.raises(NotStorable, match=r"Tag at \[0\] cannot be stored.*types=\[Tag\]"):
        encode([Tag("a")])
    with pytest.raises(NotStorable, match=r"object at \['a'\]\.name cannot be stored"):
        encode({"a": Tag(object())}, types=Types(None, [Tag]))


@pytest.mark.parametrize(
    "state",
    ['["tests.unit.codec.test_own.Tag",{"name":1}]', '["os.system","true"]', '["Tag",{}]', "7"],
)
def test_stored_data_names_no_type_that_the_script_has_not(state: str) -> None:
    """Nothing is imported, whatever it says."""
    payload = b'{"$":"type","v":%s}' % state.encode()
    for types in (Types(), Types(Color.RED), Types([Shout("a")])):
        with pytest.raises(Unreadable):
            decode(payload, types=types)


@pytest.mark.parametrize(
    "state",
    ["{}", "[]", "7", "null", '{"fields":7}', "[[1]]", '"RED"', '{"$":"type","v":["x",1]}'],
)
@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{value!r:.20}")
def test_a_forged_state_gives_a_value_or_is_unreadable(value: Any, state: str) -> None:
    """And raises nothing else."""
    types = Types(value)
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    try:
        found = decode(b'{"$":"type","v":["%s",%s]}' % (name.encode(), state.encode()), types=types)
    except Unreadable:
        return
    assert type(found) is type(value)


def test_a_newer_definition_has_its_defaults() -> None:
    """A field more takes its default, a field less is left out, one without a default is said."""

    def definition(*fields: Any) -> Any:
        made = dataclasses.make_dataclass("Todo", fields)
        made.__module__ = "__main__"
        return made

    text: Any = ("text", str)
    done: Any = ("done", list, field(default_factory=list))
    old = definition(text)("a")
    payload = encode(old, types=Types(old))
    newer = definition(text, done)
    found = decode(payload, types=Types(None, [newer]))
    assert type(found) is newer
    assert (found.text, found.done) == ("a", [])
    needs = definition(text, ("due", str))
    with pytest.raises(Unreadable, match="'due'"):
        decode(payload, types=Types(None, [needs]))
    none_left = definition(done)
    assert decode(payload, types=Types(None, [none_left])).done == []


def test_a_type_may_move_to_another_module() -> None:
    """As what grows out of a script does."""
    payload = encode(Tag("a"), types=Types(Tag("a")))
    moved = copy.copy(payload).replace(b"tests.unit.codec.test_own.Tag", b"__main__.Tag")
    assert decode(moved, types=Types(Tag("a"))) == Tag("a")


@given(
    st.lists(
        st.sampled_from([one for one in VALUES if not isinstance(one, (Config, Color, Everything))])
    )
)
def test_a_fingerprint_sees_every_change_inside(several: list[Any]) -> None:
    """And nothing else: what is equal and of the same types has the same."""
    copied = copy.deepcopy(several)
    assert fingerprint(copied) == fingerprint(several)
    assert fingerprint([*several, Tag(1)]) != fingerprint(several)


def test_a_fingerprint_sees_a_field_that_was_changed_in_place() -> None:
    """However deep."""
    value = [everything()]
    before = fingerprint(value)
    value[0].parent.made = "otherwise"  # type: ignore[union-attr]
    assert fingerprint(value) != before


def test_a_type_that_is_no_data_is_refused() -> None:
    """Though it looks like a text."""
    with pytest.raises(NotStorable, match="UserString"):
        encode(UserString("a"))
