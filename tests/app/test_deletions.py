"""What a script deletes from session state stays deleted: in this session, and after a refresh."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._identity.cookie import Identity, login_of, new_id
from streamlit_persistent_state._streamlit import runtime
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore
from streamlit_persistent_state.testing import edit
from tests.support.identity import cookie_for
from tests.support.waiting import wait_until


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    monkeypatch.setattr(_settings, "_configured", {})
    store = MemoryStore()
    configure(store=store)
    return store


HEAD = """
import streamlit as st
from streamlit_persistent_state import persist
from streamlit_persistent_state._identity.cookie import Identity, login_of, new_id
from tests.support.identity import cookie_for
from tests.support.waiting import wait_until
"""
KEEP = """
st.session_state["kept"] = persist("user", "unset", scope={scope!r}, messages=[])
"""
LOG_IN = """
if st.button("Log in"):
    st.session_state.user = "Ada"
    st.session_state.messages.append("hello")
"""
SHOW = """
st.text(st.session_state.get("user", "nobody"))
st.text(str(st.session_state.get("messages", "nothing")))
"""

CLEAR = "st.session_state.clear()"
LOOP = "[st.session_state.pop(key) for key in list(st.session_state.keys())]"
WAYS = {
    "del": "del st.session_state['user'], st.session_state['messages']",
    "attribute": "del st.session_state.user, st.session_state.messages",
    "pop": "st.session_state.pop('user'), st.session_state.pop('messages')",
    "clear": CLEAR,
    "loop": LOOP,
}


def where(place: str, way: str, then: str, scope: str) -> str:
    keep = KEEP.format(scope=scope)
    body = f"    {way}\n    {then}"
    if place == "below":
        return HEAD + keep + LOG_IN + f'if st.button("Log out"):\n{body}\n' + SHOW
    if place == "above":
        return HEAD + f'if st.button("Log out"):\n{body}\n' + keep + LOG_IN + SHOW
    call = f"def log_out():\n{body}\n"
    if place == "callback":
        return HEAD + call + keep + LOG_IN + 'st.button("Log out", on_click=log_out)\n' + SHOW
    fragment = """
@st.fragment
def outlet():
    if st.button("Log out"):
        log_out()
outlet()
"""
    return HEAD + call + keep + LOG_IN + fragment + SHOW


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception, at.exception
    return at


def texts(at: AppTest) -> list[str]:
    return [text.value for text in at.text]


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def saved(at: AppTest) -> AppTest:
    assert at.session_state[HANDLE_KEY].save()
    return at


@pytest.fixture(autouse=True)
def one_browser(monkeypatch: pytest.MonkeyPatch, store: MemoryStore) -> None:
    """All sessions of a test are of one browser, and of one user."""
    cookie = cookie_for(Identity(new_id(), login_of("issuer|ada")), store)
    monkeypatch.setattr(runtime, "cookies", lambda: cookie)
    monkeypatch.setattr(runtime, "user", lambda: "issuer|ada")


@pytest.mark.parametrize("then", ["pass", "st.rerun()", "st.stop()"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", ["below", "above", "callback", "fragment"])
def test_what_the_script_deletes_is_gone(
    store: MemoryStore, place: str, way: str, then: str
) -> None:
    """The user stays logged out, in the next runs and after a refresh; a default is back."""
    if place == "callback" and then == "st.stop()":
        then = "return"
    script = where(place, WAYS[way], then, "browser")
    at = ran(AppTest.from_string(script))
    press(at, "Log in")
    assert texts(saved(ran(at))) == ["Ada", "['hello']"]
    assert texts(ran(AppTest.from_string(script))) == ["Ada", "['hello']"]
    saved(press(at, "Log out"))
    assert texts(ran(AppTest.from_string(script))) == ["nobody", "[]"]
    for _ in range(5):
        assert texts(ran(at)) == ["nobody", "[]"]
    saved(press(at, "Log in"))
    assert texts(ran(at)) == ["Ada", "['hello']"]
    assert texts(ran(AppTest.from_string(script))) == ["Ada", "['hello']"]


@pytest.mark.parametrize("scope", ["user", "app"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", ["below", "above", "callback", "fragment"])
def test_what_others_have_too_is_gone_from_this_session_alone(
    store: MemoryStore, place: str, way: str, scope: str
) -> None:
    """A log-out erases nobody's data on other devices; what begins anew there is no edit."""
    script = where(place, WAYS[way], "st.rerun()", scope)
    at = ran(AppTest.from_string(script))
    press(at, "Log in")
    assert texts(saved(ran(at))) == ["Ada", "['hello']"]
    saved(press(at, "Log out"))
    for _ in range(5):
        assert texts(saved(ran(at))) == ["nobody", "[]"]
        assert at.session_state["kept"].pending == ()
    assert texts(ran(AppTest.from_string(script))) == ["Ada", "['hello']"]


GUARDED = (
    HEAD
    + """
persist("cart", scope={scope!r})
if "cart" not in st.session_state:
    st.session_state.cart = []
st.button("Add", on_click=lambda: st.session_state.cart.append("tea"))
st.button("Coffee", on_click=lambda: st.session_state.cart.append("coffee"))
st.button("Clear", on_click=st.session_state.clear)
st.text(str(st.session_state.cart))
"""
)


@pytest.mark.parametrize("scope", ["browser", "user", "app"])
def test_what_the_script_begins_with_after_a_deletion_is_no_edit(
    store: MemoryStore, scope: str
) -> None:
    """Where others have the value too; what the user does then counts as ever."""
    script = GUARDED.format(scope=scope)
    at = ran(AppTest.from_string(script))
    saved(press(at, "Add"))
    for _ in range(3):
        assert texts(saved(press(at, "Clear"))) == ["[]"]
    found = "[]" if scope == "browser" else "['tea']"
    assert texts(ran(AppTest.from_string(script))) == [found]
    saved(press(at, "Coffee"))
    found = "['coffee']" if scope == "browser" else "['tea', 'coffee']"
    assert texts(ran(AppTest.from_string(script))) == [found]


def test_what_is_there_again_when_the_run_ends_is_not_deleted(store: MemoryStore) -> None:
    """To delete and to assign is to assign, also while somebody looks in between."""
    script = (
        HEAD
        + """
kept = st.session_state.kept = persist("n", scope="browser")
if "n" not in st.session_state:
    st.session_state.n = 1
del st.session_state["n"]
kept.save()
st.session_state.n = 2
"""
    )
    at = saved(ran(AppTest.from_string(script)))
    record = store.load(at.session_state["kept"].owner, ["n"])["n"]
    saved(ran(at))
    assert store.load(at.session_state["kept"].owner, ["n"]) == {"n": record}


def test_absence_alone_is_no_deletion(store: MemoryStore) -> None:
    """Streamlit cleans up after a widget that is hidden."""
    script = (
        HEAD
        + """
persist("name", scope="browser")
if not st.checkbox("Hide"):
    st.text_input("Name", key="name")
"""
    )
    at = ran(AppTest.from_string(script))
    at.text_input[0].set_value("Ada")
    saved(ran(at))
    at.checkbox[0].check()
    saved(ran(ran(at)))
    assert ran(AppTest.from_string(script)).text_input[0].value == "Ada"


def test_a_deletion_waits_for_the_store(store: MemoryStore, monkeypatch: Any) -> None:
    """It is pending while the store is down, and holds when it is back."""
    script = where("below", CLEAR, "st.rerun()", "browser")
    at = saved(press(ran(AppTest.from_string(script)), "Log in"))
    with monkeypatch.context() as down:
        down.setattr(store, "delete", refusing)
        press(at, "Log out")
        assert not at.session_state["kept"].save()
        assert set(at.session_state["kept"].pending) == {"user", "messages"}
        assert texts(ran(at)) == ["nobody", "[]"]
    assert press(at, "Log in").session_state["kept"].save()
    assert at.session_state["kept"].pending == ()
    assert texts(ran(AppTest.from_string(script))) == ["Ada", "['hello']"]


def refusing(*_: Any) -> Any:
    raise StoreUnavailable("no")


def test_a_run_that_does_not_reach_persist_deletes_too(store: MemoryStore) -> None:
    """The page of the log-in ends above it, and the process may end next."""
    script = (
        HEAD
        + """
if st.button("Log out"):
    del st.session_state["user"]
    st.stop()
persist("user", scope="browser")
st.session_state.setdefault("user", "Ada")
"""
    )
    at = saved(ran(AppTest.from_string(script)))
    press(at, "Log out")

    def is_gone() -> bool:
        return all(record.payload is None for _, key, record in store.records() if key == "user")

    wait_until(is_gone, "the deletion")


def test_what_was_deleted_lies_in_quarantine(store: MemoryStore) -> None:
    """A log-out by mistake can be taken back."""
    script = where("below", CLEAR, "st.rerun()", "browser")
    at = saved(press(ran(AppTest.from_string(script)), "Log in"))
    saved(press(at, "Log out"))
    again = ran(AppTest.from_string(script))
    assert texts(again) == ["nobody", "[]"]
    assert again.session_state["kept"].quarantine == {"user": ("Ada",), "messages": (["hello"],)}


def test_a_deleted_key_was_not_restored(store: MemoryStore) -> None:
    """`Persisted.restored` tells how things are now."""
    script = where("below", CLEAR, "st.rerun()", "browser")
    saved(press(ran(AppTest.from_string(script)), "Log in"))
    at = ran(AppTest.from_string(script))
    assert at.session_state["kept"].restored == {"user", "messages"}
    assert press(at, "Log out").session_state["kept"].restored == frozenset()


def test_another_tab_hears_of_the_deletion(store: MemoryStore) -> None:
    """It does not bring the values back, and goes on from the defaults."""
    script = where("below", CLEAR, "st.rerun()", "browser")
    one = saved(press(ran(AppTest.from_string(script)), "Log in"))
    other = ran(AppTest.from_string(script))
    saved(press(one, "Log out"))
    assert texts(saved(ran(other)))[1] == "[]"
    assert texts(ran(AppTest.from_string(script))) == ["nobody", "[]"]


def test_all_keys_are_the_scripts_own(store: MemoryStore) -> None:
    """Nothing of this package is listed, so that an app can store all of its session state."""
    script = HEAD + "persist(a=1)\nst.text(str(dict(st.session_state)))"
    assert texts(ran(AppTest.from_string(script))) == ["{'a': 1}"]


WIDGET = """
import streamlit as st
from streamlit_persistent_state import persistent_state
if not st.checkbox("Hide"):
    persistent_state("V", key="v", counter=1, scope={scope!r})
if st.button("Delete"):
    {way}
    st.rerun()
st.text(str(st.session_state.v.counter if "v" in st.session_state else None))
"""


@pytest.mark.parametrize("scope", ["browser", "user", "app"])
@pytest.mark.parametrize("way", [CLEAR, LOOP, "del st.session_state['v']"])
def test_the_package_s_own_widget_too(store: MemoryStore, way: str, scope: str) -> None:
    """It starts anew; where others have its value, it goes on, since it cannot show nothing."""
    script = WIDGET.format(scope=scope, way=way)
    at = ran(AppTest.from_string(script))
    saved(edit(at, "v", counter=8))
    saved(press(at, "Delete"))
    expected = "1" if scope == "browser" else "8"
    assert texts(saved(ran(at))) == [expected]
    assert texts(ran(AppTest.from_string(script))) == [expected]
    saved(edit(at, "v", counter=9))
    assert texts(ran(AppTest.from_string(script))) == ["9"]


def test_a_hidden_widget_of_the_package_is_deleted_too(store: MemoryStore) -> None:
    """A log-out does not draw again what it deletes."""
    script = WIDGET.format(scope="browser", way=CLEAR)
    at = ran(AppTest.from_string(script))
    saved(edit(at, "v", counter=8))
    at.checkbox[0].check()
    saved(press(ran(at), "Delete"))
    assert texts(ran(AppTest.from_string(script))) == ["1"]


BARE = """
st.session_state["kept"] = persist("user", scope={scope!r}, live={live})
if st.button("Log in"):
    st.session_state.user = "Ada"
st.button("Reset", on_click=reset, args=("user",))
st.button("Forget", on_click=forget, args=("user",))
if st.button("Add"):
    st.session_state.user = st.session_state.get("user", "") + "!"
st.text(st.session_state.get("user", "nobody"))
"""


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("way", ["Reset", "Forget"])
@pytest.mark.parametrize("scope", ["browser", "app"])
def test_what_has_no_default_is_gone_from_other_tabs(
    store: MemoryStore, scope: str, way: str, live: bool
) -> None:
    """They show nothing, and what is edited there begins with nothing; nobody brings it back."""
    script = HEAD + "from streamlit_persistent_state import forget, reset\n"
    script += BARE.format(scope=scope, live=live)
    one = saved(press(ran(AppTest.from_string(script)), "Log in"))
    other = ran(AppTest.from_string(script))
    assert texts(other) == ["Ada"]
    saved(press(one, way))
    assert texts(ran(other)) == ["nobody"]
    assert texts(ran(saved(other))) == ["nobody"]
    assert texts(ran(AppTest.from_string(script))) == ["nobody"]
    saved(press(other, "Add"))
    assert texts(other) == texts(ran(one)) == texts(ran(AppTest.from_string(script))) == ["!"]


def test_a_reset_that_the_store_refuses_holds_once_it_is_back(
    store: MemoryStore, monkeypatch: Any
) -> None:
    """Also of a key without a default, which leaves nothing that could be saved instead."""
    script = HEAD + "from streamlit_persistent_state import forget, reset\n"
    script += BARE.format(scope="browser", live=False)
    at = saved(press(ran(AppTest.from_string(script)), "Log in"))
    with monkeypatch.context() as down:
        down.setattr(store, "delete", refusing)
        assert texts(press(at, "Reset")) == ["nobody"]
        assert at.session_state["kept"].pending == ("user",)
    assert at.session_state["kept"].save()
    assert texts(ran(AppTest.from_string(script))) == ["nobody"]
