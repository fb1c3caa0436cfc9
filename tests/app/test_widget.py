"""The widget inside an app, without a browser: session state, callbacks, reset, assignment."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import Enum

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import CounterText
from streamlit_persistent_state.errors import InvalidArgument
from streamlit_persistent_state.testing import edit
from streamlit_persistent_state.testing._edit import _element


@pytest.fixture(params=["inline", "iframe"])
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def started(app: Callable[..., None], host: str) -> AppTest:
    at = AppTest.from_function(app)
    at.session_state["host"] = host
    return ran(at.run())


def ran(at: AppTest) -> AppTest:
    assert not at.exception, at.exception
    return at


def page() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state, reset

    log = st.session_state.setdefault("log", [])
    log.append(("script", st.session_state.get("v")))

    def note(name: str, *args: int, **kwargs: int) -> None:
        log.append((name, st.session_state.v, args, kwargs))

    if st.session_state.get("shown", True):
        st.session_state.returned = persistent_state(
            "V",
            key="v",
            counter=5,
            text="five",
            min_value=0,
            max_value=50,
            max_chars=20,
            host=st.session_state.host,
            on_change=lambda *args, **kwargs: note("change", *args, **kwargs),
            on_reset=lambda *args, **kwargs: note("reset", *args, **kwargs),
            args=(1,),
            kwargs={"two": 2},
        )
    st.button("Reset", on_click=reset, args=("v",))
    st.button("Set", on_click=lambda: st.session_state.update(v={"counter": 40, "text": "set"}))


def test_the_value_stands_in_session_state(host: str) -> None:
    """What the call returns is what st.session_state[key] holds."""
    at = started(page, host)
    assert at.session_state["v"] == CounterText(5, "five")
    assert at.session_state["returned"] is at.session_state["v"]


def test_callbacks_run_before_the_script_with_their_arguments(host: str) -> None:
    """An edit calls on_change once, the new value already in session state, then the script."""
    at = started(page, host)
    at.session_state["log"].clear()
    ran(edit(at, "v", counter=7, text="seven"))
    value = CounterText(7, "seven")
    assert at.session_state["log"] == [("change", value, (1,), {"two": 2}), ("script", value)]
    at.session_state["log"].clear()
    ran(edit(at, "v", reset=True))
    value = CounterText(5, "five")
    assert at.session_state["log"] == [("reset", value, (1,), {"two": 2}), ("script", value)]


def test_a_rerun_without_an_edit_calls_nothing(host: str) -> None:
    """Callbacks belong to edits: a rerun for another reason calls neither."""
    at = ran(edit(started(page, host), "v", counter=7))
    at.session_state["log"].clear()
    ran(at.run())
    assert at.session_state["log"] == [("script", CounterText(7, "five"))]


def test_reset_from_a_button_and_reset_of_the_widget_agree(host: str) -> None:
    """Both give the declared defaults, and editing goes on from there."""
    at = started(page, host)
    ran(edit(at, "v", counter=30, text="x"))
    ran(at.button[0].click().run())
    assert at.session_state["v"] == at.session_state["returned"] == CounterText(5, "five")
    ran(edit(at, "v", counter=6))
    assert at.session_state["v"] == CounterText(6, "five")
    ran(edit(at, "v", reset=True, counter=8))
    assert at.session_state["v"] == CounterText(8, "five")


def test_an_assignment_shows_in_the_same_run_and_stays(host: str) -> None:
    """A mapping assigned in a callback is what the call returns; later edits add to it."""
    at = started(page, host)
    ran(edit(at, "v", counter=7))
    ran(at.button[1].click().run())
    assert at.session_state["returned"] == CounterText(40, "set")
    assert isinstance(at.session_state["v"], CounterText)
    ran(at.run())
    assert at.session_state["v"] == CounterText(40, "set")
    ran(edit(at, "v", counter=41))
    assert at.session_state["v"] == CounterText(41, "set")


def test_a_value_set_before_the_first_call_is_taken(host: str) -> None:
    """A script may set the key before the widget was ever shown."""
    at = AppTest.from_function(page)
    at.session_state["host"] = host
    at.session_state["v"] = {"counter": 9, "text": "early"}
    assert ran(at.run()).session_state["returned"] == CounterText(9, "early")


def test_deleting_the_key_is_a_reset(host: str) -> None:
    """`del st.session_state[key]` gives the defaults, not an error and not the old value."""
    at = ran(edit(started(page, host), "v", counter=7))
    del at.session_state["v"]
    assert ran(at.run()).session_state["returned"] == CounterText(5, "five")


def test_a_hidden_widget_keeps_its_value(host: str) -> None:
    """Hidden for some runs and shown again, it holds what it held, in session state all along."""
    at = ran(edit(started(page, host), "v", counter=7, text="kept"))
    at.session_state["shown"] = False
    ran(at.run())
    assert ran(at.run()).session_state["v"] == CounterText(7, "kept")
    at.session_state["shown"] = True
    assert ran(at.run()).session_state["returned"] == CounterText(7, "kept")


def test_reset_works_on_a_hidden_widget(host: str) -> None:
    """A widget on another page can be reset from this one."""
    at = ran(edit(started(page, host), "v", counter=7))
    at.session_state["shown"] = False
    ran(at.run())
    ran(at.button[0].click().run())
    assert at.session_state["v"] == CounterText(5, "five")


@pytest.mark.parametrize(
    ("assigned", "words"),
    [
        (3, "holds int: 3"),
        ({"counter": 1}, "exactly the entries"),
        ({"counter": True, "text": ""}, "counter must be an int, got bool"),
        ({"counter": 51, "text": ""}, "counter is 51, outside min_value=0 .. max_value=50"),
        ({"counter": 1, "text": "x" * 21}, "21 characters, more than max_chars=20"),
    ],
)
def test_a_wrong_assignment_is_an_error_that_loses_nothing(
    host: str, assigned: object, words: str
) -> None:
    """The page says which key and why; once mended, the value before it is there again."""
    at = ran(edit(started(page, host), "v", counter=7))
    at.session_state["v"] = assigned
    at.run()
    assert len(at.exception) == 1
    assert words in at.exception[0].message
    assert "st.session_state['v']" in at.exception[0].message
    at.session_state["v"] = {"counter": 8, "text": "mended"}
    assert ran(at.run()).session_state["returned"] == CounterText(8, "mended")


def test_a_wrong_assignment_is_told_by_the_call_and_not_by_a_callback(host: str) -> None:
    """An edit that meets a wrong assignment runs no callback; the call then says what is wrong."""
    at = started(page, host)
    at.session_state["v"] = "wrong"
    at.session_state["log"].clear()
    edit(at, "v", counter=9)
    assert [entry[0] for entry in at.session_state["log"]] == ["script"]
    assert "holds str" in at.exception[0].message


def two_with_one_key() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state

    persistent_state("A", key="same", host=st.session_state.host)
    persistent_state("B", key="same", host="inline")


def test_the_same_key_twice_in_one_run_is_refused(host: str) -> None:
    """The error names the user's key, not an internal one, also across hosts."""
    at = AppTest.from_function(two_with_one_key)
    at.session_state["host"] = host
    at.run()
    assert at.exception[0].message.startswith("key 'same' is used by two persistent_state() calls")


def moving_bounds() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state

    st.session_state.returned = persistent_state(
        "V", key="v", max_value=st.session_state.get("max", 100), host=st.session_state.host
    )


def test_a_bound_that_moves_takes_the_value_along(host: str) -> None:
    """A value the user reached under older bounds is moved inside, not an error."""
    at = ran(edit(started(moving_bounds, host), "v", counter=80))
    at.session_state["max"] = 10
    assert ran(at.run()).session_state["returned"] == CounterText(10, "")
    assert at.session_state["v"] == CounterText(10, "")


def cleared() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state

    persistent_state("V", key="v", host=st.session_state.get("host", "inline"))
    st.button("Forget", on_click=st.session_state.clear)


def test_clearing_session_state_starts_anew(host: str) -> None:
    """After st.session_state.clear() the widget is at its defaults and counts from there."""
    at = ran(edit(started(cleared, host), "v", counter=20))
    ran(at.button[0].click().run())
    assert at.session_state["v"] == CounterText()
    ran(edit(at, "v", counter=1))
    assert at.session_state["v"] == CounterText(1, "")


def test_sessions_do_not_see_each_other(host: str) -> None:
    """Two sessions of one app each have their own value."""
    one, two = started(page, host), started(page, host)
    ran(edit(one, "v", counter=7))
    assert ran(two.run()).session_state["v"] == CounterText(5, "five")


def cached() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state

    @st.cache_data
    def told(value: object) -> str:
        return f"It is {value}"

    value = persistent_state("V", key="v", counter=3)
    st.session_state.told = told(value)
    st.write(value)


def test_the_value_works_with_caching_and_st_write() -> None:
    """It can be an argument of a cached function, and st.write shows it readably."""
    at = started(cached, "inline")
    assert at.session_state["told"] == "It is CounterText(counter=3, text='')"
    assert at.markdown[0].value == "`CounterText(counter=3, text='')`"
    ran(edit(at, "v", counter=4))
    assert at.session_state["told"] == "It is CounterText(counter=4, text='')"


def two_in_one_run() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state

    seen = st.session_state.setdefault("seen", [])

    def note(name: str) -> None:
        seen.append((name, st.session_state.a.counter, st.session_state.b.counter))

    for key in ("a", "b"):
        host = st.session_state.host
        persistent_state(key, key=key, host=host, on_change=note, args=(key,))


def test_a_callback_reads_the_new_values_of_all_widgets(host: str) -> None:
    """Edits that arrive together, as from a form, are all there when the first callback runs."""
    at = started(two_in_one_run, host)
    states = at._tree.get_widget_states()
    message = {"mount": "0" * 16, "seq": 1, "resets": 0, "counter": 3, "commits": 0, "text": ""}
    for key in ("a", "b"):
        element = _element(at, key)
        value = {"edits": message} if host == "inline" else message
        states.widgets.append(WidgetState(id=element.proto.id, json_value=json.dumps(value)))
    ran(at._run(states))
    assert sorted(at.session_state["seen"]) == [("a", 3, 3), ("b", 3, 3)]


def shrinking_text() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state

    chars = st.session_state.get("chars", 30)
    st.session_state.returned = persistent_state("V", key="v", max_chars=chars)


def test_a_text_that_became_too_long_does_not_block_the_counter() -> None:
    """Only what an assignment changes is held against the bounds."""
    at = started(shrinking_text, "inline")
    ran(edit(at, "v", text="x" * 30))
    at.session_state["chars"] = 5
    ran(at.run())
    at.session_state["v"] = at.session_state["v"].replace(counter=1)
    assert ran(at.run()).session_state["returned"] == CounterText(1, "x" * 30)


class Color(str, Enum):
    RED = "red"


def enum_text() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state
    from tests.app.test_widget import Color

    st.session_state.returned = persistent_state(Color.RED, key="v", text=Color.RED)


def test_a_text_of_a_subclass_is_plain_text() -> None:
    """An enum's or NumPy's string is taken as the text it is."""
    value = started(enum_text, "inline").session_state["returned"]
    assert value == CounterText(0, "red")
    assert type(value.text) is str


def not_shown_yet() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state, reset

    st.button("Reset", on_click=reset, args=("v",))
    if st.session_state.get("shown"):
        st.session_state.returned = persistent_state("V", key="v", counter=5)


def test_reset_before_the_widget_was_ever_shown(caplog: pytest.LogCaptureFixture) -> None:
    """A value set early is dropped, the widget starts from its defaults, and a log line says so."""
    at = AppTest.from_function(not_shown_yet)
    at.session_state["v"] = {"counter": 9, "text": "early"}
    ran(ran(at.run()).button[0].click().run())
    assert "reset('v')" in caplog.text
    at.session_state["shown"] = True
    assert ran(at.run()).session_state["returned"] == CounterText(5, "")


def test_an_edit_that_no_user_could_make_is_refused(host: str) -> None:
    """testing.edit says when the widget would not let a user do this."""
    at = started(page, host)
    with pytest.raises(InvalidArgument, match="counter is 51"):
        edit(at, "v", counter=51)
    with pytest.raises(InvalidArgument, match="no persistent_state"):
        edit(at, "other", counter=1)


def disabled() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state

    persistent_state("V", key="v", disabled=True, host=st.session_state.host)


def test_a_disabled_widget_cannot_be_edited(host: str) -> None:
    """testing.edit respects disabled as the browser does."""
    with pytest.raises(InvalidArgument, match="disabled"):
        edit(started(disabled, host), "v", counter=1)
