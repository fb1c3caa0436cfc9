"""The widget over a store: several sessions, restarts, records that are damaged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import CounterText, _settings, configure
from streamlit_persistent_state._identity.cookie import new_id
from streamlit_persistent_state._session.saver import Saver
from streamlit_persistent_state._streamlit import runtime
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY
from streamlit_persistent_state.stores import MemoryStore, Write
from streamlit_persistent_state.testing import edit
from tests.support.identity import cookie_for, name_in, owner_in_test, values_in


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    monkeypatch.setattr(_settings, "_configured", {})
    made = MemoryStore()
    configure(store=made)
    return made


@pytest.fixture(params=["inline", "iframe"])
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def page() -> None:
    import streamlit as st

    from streamlit_persistent_state import forget, persistent_state, reset

    if "v" not in st.session_state:
        st.session_state.v = {"counter": 5, "text": "start"}
    st.session_state.returned = persistent_state(
        "V", key="v", counter=1, scope="app", host=st.session_state.host
    )
    st.button("Reset", on_click=reset, args=("v",))
    st.button("Forget", on_click=forget, args=("v",))


def started(host: str, app: Callable[..., None] = page) -> AppTest:
    at = AppTest.from_function(app)
    at.session_state["host"] = host
    return ran(at)


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def saved(at: AppTest) -> AppTest:
    assert at.session_state[HANDLE_KEY].save()
    return at


def value(at: AppTest) -> Any:
    found = at.session_state["returned"]
    assert at.session_state["v"] is found
    return found


def test_a_new_session_starts_from_what_was_kept(host: str) -> None:
    """In its first run, and not from what the script starts with."""
    at = started(host)
    assert value(at) == CounterText(5, "start")
    saved(edit(at, "v", counter=8, text="kept"))
    assert value(started(host)) == CounterText(8, "kept")


def test_two_sessions_add_up(host: str) -> None:
    """Each sees the other's steps in its next run."""
    one, other = saved(started(host)), started(host)
    edit(one, "v", counter=8)
    edit(other, "v", counter=9)
    saved(one)
    saved(other)
    assert value(ran(one)) == value(ran(other)) == CounterText(12, "start")
    assert value(started(host)) == CounterText(12, "start")


def test_a_reset_reaches_the_other_session(host: str) -> None:
    """And a later step there counts from the default."""
    one, other = saved(edit(started(host), "v", counter=8)), started(host)
    one.button[0].click()
    saved(ran(one))
    assert value(ran(other)) == CounterText(1, "")
    saved(edit(other, "v", counter=3))
    assert value(ran(one)) == CounterText(3, "")


def test_what_was_forgotten_starts_anew(host: str, store: MemoryStore) -> None:
    """Here with the start of the script, as in the very first session."""
    at = saved(edit(started(host), "v", counter=8))
    at.button[1].click()
    ran(at)
    assert value(at) == CounterText(5, "start")


def plain_page() -> None:
    import streamlit as st

    from streamlit_persistent_state import forget, persistent_state

    st.session_state.returned = persistent_state(
        "V", key="v", counter=1, scope="app", host=st.session_state.host, live=st.session_state.live
    )
    st.button("Forget", on_click=forget, args=("v",))


@pytest.mark.parametrize("live", [False, True])
def test_what_was_forgotten_elsewhere_starts_anew(host: str, live: bool) -> None:
    """The other tab's widget shows its default, and a click there counts from that."""

    def started() -> AppTest:
        at = AppTest.from_function(plain_page)
        at.session_state["host"], at.session_state["live"] = host, live
        return ran(at)

    one = saved(edit(started(), "v", counter=8, text="old"))
    other = started()
    assert value(other) == CounterText(8, "old")
    one.button[0].click()
    saved(ran(one))
    assert value(ran(other)) == CounterText(1, "")
    assert value(ran(saved(other))) == value(started()) == CounterText(1, "")
    saved(edit(other, "v", counter=3))
    assert value(other) == value(ran(one)) == value(started()) == CounterText(3, "")


def test_a_record_that_is_no_widgets_is_left_aside(
    host: str, store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    """The widget starts from its start, and the log says so."""
    store.commit("app", [Write("v", b'{"counter": "many"}', 1)])
    assert value(started(host)) == CounterText(5, "start")
    assert "'v' is quarantined" in caplog.text


def browser_page() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist, persistent_state

    st.session_state.kept = persist("note", "count")
    if "count" not in st.session_state:
        st.session_state.count = 0
    st.session_state.returned = persistent_state("V", key="v", host=st.session_state.host)


def test_a_tab_that_finds_anothers_cookie_joins_it(
    host: str, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two tabs of a first visit end with one owner, and the edits of both."""
    first, second = (saved(started(host, browser_page)) for _ in range(2))
    first.session_state["count"] = 7
    second.session_state["note"] = "from the second"
    saved(edit(first, "v", counter=2))
    saved(edit(second, "v", counter=3))
    assert len(values_in(store)) == 2

    session = second.session_state[HANDLE_KEY]
    first_owner = first.session_state["kept"].owner
    first_visitor = first.session_state[HANDLE_KEY]._visitor
    session._visitor._found(cookie_for(first_visitor.id, store).partition("=")[2])
    saved(ran(second))
    assert second.session_state["kept"].owner == first_owner
    assert second.session_state["count"] == 7
    assert second.session_state["note"] == "from the second"
    assert value(second).counter == 5
    saved(ran(first))
    assert value(first).counter == 5
    assert first.session_state["note"] == "from the second"
    assert values_in(store) == {first_owner}


def test_a_cookie_decides_who_the_owner_is(
    host: str, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was issued is verified; one that nobody knows is not."""
    known, unknown, stranger = new_id(), new_id(), new_id()
    name = name_in(store)
    store.commit(owner_in_test(known), [Write("count", b"3", 1)])
    for cookie, owner in (
        (cookie_for(unknown, store), unknown),
        (f"{name}={known}.of-another-secret", known),
        (f"{name}={stranger}.of-another-secret", None),
        (f"{name}=../../etc/passwd", None),
        (f"streamlit_persistent_state={known}", None),
    ):
        monkeypatch.setattr(runtime, "cookies", lambda cookie=cookie: cookie)
        at = started(host, browser_page)
        found = at.session_state["kept"].owner
        if owner:
            assert found == owner_in_test(owner)
        else:
            assert found not in map(owner_in_test, (known, unknown, stranger))
        assert at.session_state["count"] == (3 if owner == known else 0)


def test_the_end_of_a_script_leaves_the_widget_to_its_record(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What session state holds under its key is not what is stored."""
    at = saved(started(host))
    monkeypatch.setattr(Saver, "save", lambda *_: True)
    ran(edit(at, "v", counter=9))
    entry = at.session_state[HANDLE_KEY].keepers["app"].entries["v"]
    assert '"marks"' in entry.pending.decode()
    saved(at)
    assert ran(started(host)).session_state["returned"].counter == 9
