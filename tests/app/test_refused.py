"""What cannot be kept ends no run and eats no input; one message names all of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._streamlit import notice, runtime
from streamlit_persistent_state.errors import NotKept, NotStorable, ValueTooLarge
from streamlit_persistent_state.stores import MemoryStore


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """A store that all apps of a test share, as `configure` names one."""
    monkeypatch.setattr(_settings, "_configured", {})
    store = MemoryStore()
    configure(store=store)
    return store


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def started(app: Callable[..., None]) -> AppTest:
    return ran(AppTest.from_function(app))


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return ran(at)


def message(at: AppTest) -> str:
    """Return the one message of a run."""
    (box,) = at.warning
    return box.value


def refused() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist("good", "bad", "worse", scope="app")

    def spoil() -> None:
        st.session_state.update(bad=object(), good=5)

    st.button("In a callback", on_click=spoil)
    if st.button("In the script"):
        spoil()
    if st.button("In place"):
        st.session_state.worse.append({"client": object()})
    if st.button("Mend"):
        st.session_state.bad = 1
    st.session_state.setdefault("worse", [])
    st.write("The last line")


@pytest.mark.parametrize("label", ["In a callback", "In the script"])
def test_what_cannot_be_kept_is_said_below_the_page(label: str) -> None:
    """Wherever it is set, in every run until it is mended; the other keys are saved."""
    at = press(started(refused), label)
    for _ in range(2):
        assert at.markdown[0].value == "The last line"
        assert "`bad`: `builtins.object` cannot be stored" in message(at)
        assert "st.cache_resource" in message(at)
        assert NotStorable.__name__ in message(at)
        ran(at)
    with pytest.raises(NotStorable, match="'bad'"):
        at.session_state["kept"].save()
    assert started(refused).session_state["good"] == 5
    assert not press(at, "Mend").warning
    assert at.session_state["kept"].save()


def test_one_message_names_all_keys_with_the_place() -> None:
    """Also what was put into a list, in the same run."""
    at = press(press(started(refused), "In place"), "In the script")
    assert "2 keys" in message(at)
    assert "`bad`: `builtins.object`" in message(at)
    assert "`worse`: `builtins.object` at `[0]['client']`" in message(at)
    with pytest.raises(NotKept, match=r"'bad'.*'worse'"):
        at.session_state["kept"].save()


def test_it_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """For each key and problem, however often the script runs, and wherever in a list it is."""
    at = press(started(refused), "In place")
    for _ in range(3):
        press(press(at, "In place"), "In the script")
    assert sum("'bad'" in line for line in caplog.messages) == 1
    assert sum("'worse'" in line for line in caplog.messages) == 1


@pytest.mark.parametrize(
    ("url", "said", "shown"),
    [
        ("http://localhost:8501/page", None, True),
        ("http://127.0.0.1:8501", None, True),
        ("http://[::1]:8501", None, True),
        ("https://app.example.org", None, False),
        ("https://localhost.example.org", None, False),
        ("https://app.example.org", True, True),
        ("http://localhost:8501", False, False),
        (None, None, False),
    ],
)
def test_who_is_shown_the_message(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    url: str | None,
    said: bool | None,
    shown: bool,
) -> None:
    """Who looks at localhost, unless `configure` says otherwise; the log has it in any case."""
    monkeypatch.setattr(runtime, "_APP_TEST", "none")
    monkeypatch.setattr(runtime, "url", lambda: url)
    configure(show_warnings=said)
    at = press(started(refused), "In the script")
    assert bool(at.warning) == shown
    with pytest.raises(NotKept):
        at.session_state["kept"].save()
    assert "'bad'" in caplog.text


def too_large() -> None:
    import streamlit as st

    from streamlit_persistent_state import configure, persist

    configure(max_value_bytes=100)
    st.session_state.kept = persist("large", "small", scope="app")
    if st.button("Fill"):
        st.session_state.update(large="x" * 200, small="y")
    st.write("The last line")


def test_what_is_too_large_names_the_setting() -> None:
    """And the sizes; the page goes on, and the other key is saved."""
    at = press(started(too_large), "Fill")
    for _ in range(2):
        assert at.markdown[0].value == "The last line"
        assert "`large`" in message(at)
        assert "202 bytes" in message(at)
        assert "configure(max_value_bytes=" in message(at)
        ran(at)
    with pytest.raises(ValueTooLarge, match="'large'"):
        at.session_state["kept"].save()
    assert started(too_large).session_state["small"] == "y"


def endings() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    persist("good", "bad", scope="app")
    how = st.radio("How", ["on", "stop", "rerun", "error"])
    st.session_state.good = how
    if how == "stop":
        with st.sidebar:
            st.session_state.bad = object()
            st.stop()
    if how == "rerun" and "bad" not in st.session_state:
        st.session_state.bad = object()
        st.rerun()
    if how == "error":
        st.session_state.bad = object()
        raise ValueError("of the script")
    st.write("The last line")


@pytest.mark.parametrize("how", ["stop", "rerun", "error"])
def test_it_is_said_however_the_run_ends(how: str) -> None:
    """After `st.stop()`, `st.rerun()` or an error of the script, once and below its page."""
    at = started(endings)
    at.radio[0].set_value(how).run()
    assert "`bad`" in message(at)
    assert [e.message for e in at.exception] == ["of the script"] * (how == "error")
    assert at.main[max(at.main.children)].type == "warning"


def rerunning() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    persist("bad", scope="app")
    st.session_state.bad = object()
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    st.text("A line")
    if st.session_state.runs < 5:
        st.rerun()
    st.stop()


def test_a_script_that_always_asks_for_the_next_run_says_it_in_a_toast(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once, since there is no end of a run to say it at."""
    said: list[str] = []
    monkeypatch.setattr(notice, "show_toast", said.append)
    at = started(rerunning)
    assert at.session_state["runs"] == 5
    assert ["`bad`" in text for text in said] == [True]
    assert "`bad`" in message(at)


def two_pages() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    def first() -> None:
        persist("a", scop="app")
        st.session_state.a = object()

    if st.session_state.get("page", "first") == "first":
        first()
    st.text("A line")


def test_a_page_without_a_declaration_says_only_what_is_still_so() -> None:
    """What session state holds and cannot be kept; not how another page has declared it."""
    at = started(two_pages)
    assert "`scop`" in message(at)
    at.session_state["page"] = "second"
    assert "`a`" in message(ran(at))
    assert "`scop`" not in message(at)


def nothing_drawn() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    persist("bad", scope="app")
    st.session_state.bad = object()


def test_a_script_that_draws_nothing_has_a_message_too() -> None:
    """There is a page even so."""
    assert "`bad`" in message(started(nothing_drawn))


def defaults() -> None:
    import threading

    import streamlit as st

    from streamlit_persistent_state import persist, reset

    st.session_state.kept = persist(lock=threading.Lock(), count=0, scope="app")
    st.button("Add", on_click=lambda: st.session_state.update(count=st.session_state.count + 1))
    st.button("Reset", on_click=reset, args=("lock",))
    st.write(st.session_state.lock.locked())


def test_a_default_that_cannot_be_kept_is_used_all_the_same(shared: MemoryStore) -> None:
    """Session state has it, nothing is stored of it, the message names it, and reset works."""
    at = press(started(defaults), "Add")
    lock = at.session_state["lock"]
    assert "`lock`: `_thread.lock`" in message(at)
    assert press(press(at, "Reset"), "Add").session_state["count"] == 2
    assert at.session_state["lock"] is not lock
    assert "`lock`" in message(at)
    with pytest.raises(NotStorable, match="'lock'"):
        at.session_state["kept"].save()
    assert [key for _, key, _ in shared.records()] == ["count"]
    assert started(defaults).session_state["count"] == 2
