"""Values of all kinds in an app: kept over its runs, and back in the first run of a new session."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state.stores import MemoryStore


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """A store that all apps of a test share."""
    monkeypatch.setattr(_settings, "_configured", {})
    store = MemoryStore()
    configure(store=store)
    return store


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def clicked(at: AppTest) -> AppTest:
    at.button[0].click()
    return ran(at)


def saved(at: AppTest) -> AppTest:
    assert at.session_state["kept"].save()
    return at


def over_five_runs(app: Callable[..., None]) -> tuple[list[str], list[str]]:
    """Return what an app shows after five clicks, and what a new session of it begins with."""
    at = ran(AppTest.from_function(app))
    for _ in range(5):
        at = clicked(at)
    shown = [element.value for element in at.markdown]
    saved(at)
    again = ran(AppTest.from_function(app))
    return shown, [element.value for element in again.markdown]


def colors() -> None:
    from enum import Enum

    import streamlit as st

    from streamlit_persistent_state import persist

    class Color(Enum):
        RED = "red"
        GREEN = "green"
        BLUE = "blue"

    def following() -> None:
        members = list(Color)
        now = members.index(st.session_state.color)
        st.session_state.color = members[(now + 1) % 3]
        st.session_state.by_color[st.session_state.color] = now

    kept = persist(scope="app", color=Color.RED, by_color={Color.RED: 0})
    st.session_state.kept = kept
    assert st.session_state.color is Color(st.session_state.color.value)
    assert all(color in list(Color) for color in st.session_state.by_color)
    assert all(st.session_state.by_color[color] >= 0 for color in st.session_state.by_color)
    st.button("Next", on_click=following)
    st.markdown(st.session_state.color.name)
    st.markdown(str(len(st.session_state.by_color)))


def test_members_of_an_enum_of_the_script_are_its_members_in_every_run() -> None:
    """Though each run defines the enum anew, and a callback has assigned the last one's."""
    shown, again = over_five_runs(colors)
    assert shown == again == ["BLUE", "3"]


def todos() -> None:
    from dataclasses import dataclass, field
    from datetime import date
    from typing import Any

    import streamlit as st

    from streamlit_persistent_state import persist

    @dataclass(frozen=True)
    class Tag:
        name: str

    @dataclass
    class Todo:
        text: str
        tags: list[Tag] = field(default_factory=list)
        extra: Any = None

    @dataclass
    class Settings:
        limit: int = 0
        last: Todo | None = None

    def add() -> None:
        number = len(st.session_state.todos)
        todo = Todo(f"{number}", [Tag(f"t{number}")], {"due": date(2026, 1, 2), "by": ("a", b"b")})
        st.session_state.todos.append(todo)
        st.session_state.settings.limit += 1
        st.session_state.settings.last = todo

    st.session_state.kept = persist(scope="app", types=[Todo], todos=[], settings=Settings())
    settings = st.session_state.settings
    assert type(settings) is Settings
    assert settings.last is None or isinstance(settings.last, Todo)
    for todo in st.session_state.todos:
        assert isinstance(todo, Todo)
        assert todo == Todo(todo.text, [Tag(f"t{todo.text}")], todo.extra)
        assert todo.extra == {"due": date(2026, 1, 2), "by": ("a", b"b")}
    st.button("Add", on_click=add)
    st.markdown(f"{settings.limit} {settings.last and settings.last.text}")
    st.markdown(" ".join(todo.text for todo in st.session_state.todos))


def test_a_list_of_the_scripts_type_may_start_empty() -> None:
    """With ``types=``; its items, and what these hold, are of the types of every run."""
    shown, again = over_five_runs(todos)
    assert shown == again == ["5 4", "0 1 2 3 4"]


def nobody() -> None:
    from dataclasses import dataclass

    import streamlit as st

    from streamlit_persistent_state import persist

    @dataclass
    class User:
        name: str
        visits: int = 0

    def come() -> None:
        if st.session_state.user is None:
            st.session_state.user = User("Ada")
        st.session_state.user.visits += 1

    st.session_state.kept = persist(scope="app", user=None, types=[User | None])
    user = st.session_state.user
    assert user is None or isinstance(user, User)
    st.button("Come", on_click=come)
    st.markdown("nobody" if user is None else f"{user.name} {user.visits}")


def test_a_value_may_start_as_none() -> None:
    """And be of the script's own type later."""
    assert over_five_runs(nobody) == (["Ada 5"], ["Ada 5"])


def frames() -> None:
    import pandas as pd
    import streamlit as st

    from streamlit_persistent_state import persist

    def add() -> None:
        frame = st.session_state.frame
        frame.loc[len(frame)] = [len(frame), f"{len(frame)}"]

    empty = pd.DataFrame({"n": pd.Series(dtype="int64"), "text": pd.Series(dtype="str")})
    st.session_state.kept = persist(scope="app", frame=empty)
    st.button("Add", on_click=add)
    st.markdown(str(st.session_state.frame.to_dict("list")))
    st.markdown(str(dict(st.session_state.frame.dtypes)))


def test_a_frame_that_is_changed_in_place_comes_back() -> None:
    """With its types."""
    shown, again = over_five_runs(frames)
    assert shown == again
    assert shown[0] == "{'n': [0, 1, 2, 3, 4], 'text': ['0', '1', '2', '3', '4']}"


def boards() -> None:
    import numpy as np
    import streamlit as st

    from streamlit_persistent_state import persist

    def move() -> None:
        board = st.session_state.board
        board[np.unravel_index(int(board.sum()), board.shape)] = 1

    st.session_state.kept = persist(scope="app", board=np.zeros((3, 3), dtype="i1"))
    st.button("Move", on_click=move)
    st.markdown(str(st.session_state.board.tolist()))


def test_an_array_that_is_changed_in_place_comes_back() -> None:
    """As the board of a game is."""
    shown, again = over_five_runs(boards)
    assert shown == again == ["[[1, 1, 1], [1, 1, 0], [0, 0, 0]]"]


def chat() -> None:
    from typing import Any, Literal

    import streamlit as st
    from pydantic import BaseModel, Field

    from streamlit_persistent_state import persist

    class Message(BaseModel):
        role: str
        content: Any = ""

    class Source(BaseModel):
        url: str

    class Answer(Message):
        role: Literal["assistant"] = "assistant"
        sources: list[Message | Source] = Field([])

    def say() -> None:
        asked = Message(role="user", content={"text": ("how", b"raw")})
        st.session_state.messages += [asked, Answer(content="so", sources=[asked, Source(url="u")])]

    st.session_state.kept = persist(scope="app", messages=[], types=[Message])
    for message in st.session_state.messages:
        assert type(message) in (Message, Answer)
        for source in getattr(message, "sources", ()):
            assert type(source) in (Message, Source)
    st.button("Say", on_click=say)
    st.markdown(str(len(st.session_state.messages)))
    st.markdown(repr(st.session_state.messages[-1:]))


def test_messages_of_a_chat_may_be_models_of_pydantic() -> None:
    """And of types that are kinds of the one which the script has named."""
    shown, again = over_five_runs(chat)
    assert shown == again
    assert shown[0] == "10"


def games() -> None:
    import streamlit as st

    from streamlit_persistent_state import codecs, persist

    class Game:
        def __init__(self, moves: list[str]) -> None:
            self.moves = moves

    codecs.register(Game, name="test game", dump=lambda game: game.moves, load=Game)

    def move() -> None:
        st.session_state.game.moves.append(f"{len(st.session_state.game.moves)}")

    st.session_state.kept = persist(scope="app", game=Game([]))
    assert isinstance(st.session_state.game, Game)
    st.button("Move", on_click=move)
    st.markdown(" ".join(st.session_state.game.moves))


def test_a_plain_class_is_kept_by_its_codec() -> None:
    """Changes in place too, and in every run as the class of that run."""
    assert over_five_runs(games) == (["0 1 2 3 4"], ["0 1 2 3 4"])


def pages() -> None:
    from dataclasses import dataclass

    import streamlit as st

    from streamlit_persistent_state import persist

    if "turn" not in st.session_state or st.session_state.turn % 2 == 0:

        @dataclass
        class Todo:
            text: str

        persist(scope="app", todos=[], types=[Todo])
        st.session_state.todos.append(Todo("a"))
    st.session_state.kept = persist("todos", scope="app")
    st.session_state.turn = st.session_state.get("turn", 0) + 1
    st.button("Next")
    st.markdown(str(len(st.session_state.todos)))


def test_a_page_that_names_no_type_keeps_values_of_those_that_another_has_named() -> None:
    """And saves them."""
    shown, again = over_five_runs(pages)
    assert shown == ["3"]
    assert again == ["4"]


def options() -> None:
    from enum import Enum

    import streamlit as st

    from streamlit_persistent_state import persist

    class Size(Enum):
        SMALL = 1
        LARGE = 2

    st.session_state.kept = persist("size", scope="app", types=[Size])
    size = st.selectbox("Size", list(Size), key="size", format_func=lambda size: size.name)
    st.button("Next")
    st.markdown(f"{size and size.name} {size in list(Size)}")


def test_a_widget_may_offer_members_of_an_enum_of_the_script() -> None:
    """What was chosen is one of this run's members, also in a new session."""
    at = ran(AppTest.from_function(options))
    at.selectbox[0].select_index(1)
    for _ in range(3):
        at = ran(at)
        assert at.markdown[0].value == "LARGE True"
    saved(at)
    again = ran(AppTest.from_function(options))
    for _ in range(5):
        assert again.markdown[0].value == "LARGE True"
        again = clicked(again)
