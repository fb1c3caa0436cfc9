"""Keys that belong together come back from one moment, all or none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._identity.cookie import Identity, new_id
from streamlit_persistent_state._streamlit import runtime
from streamlit_persistent_state.errors import NotStorable
from streamlit_persistent_state.stores import MemoryStore
from tests.support.identity import cookie_for


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


def saved(at: AppTest) -> AppTest:
    assert at.session_state["kept"].save()
    return at


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return ran(at)


def payloads(store: MemoryStore) -> set[str]:
    """Return the names of all records that hold a value."""
    return {key for _, key, record in store.records() if record.payload is not None}


def sampling() -> None:
    import streamlit as st

    from streamlit_persistent_state import forget, increment, persist, reset

    scope = st.session_state.get("scope", "app")
    st.session_state.kept = persist(
        "messages", "note", in_loop=False, scope=scope, group="sampling"
    )
    persist(other=0, scope="app")
    state = st.session_state
    if st.button("Ask"):
        state.messages = [{"role": "user"}]
        state.in_loop = True
    if st.button("Ask a client"):
        state.messages = [{"role": "user", "client": object()}]
        state.update(in_loop=True, other=1)
    if st.button("Log out"):
        del state["messages"]
    st.button("Reset", on_click=reset, args=("in_loop",))
    st.button("Forget", on_click=forget, args=("messages",))
    st.button("Count", on_click=increment, args=("note",))
    if state.get("show", True):
        st.text_input("Note", key="note")
    st.text(f"{len(state.messages)} messages" if state.in_loop else "idle")


def test_a_group_comes_back_as_a_whole(shared: MemoryStore) -> None:
    """In one record, in the first run of the next page."""
    at = press(started(sampling), "Ask")
    at.text_input[0].set_value("n")
    saved(ran(at))
    again = started(sampling)
    assert again.text[0].value == "1 messages"
    assert again.session_state["note"] == again.text_input[0].value == "n"
    assert again.session_state["kept"].restored == {"messages", "note", "in_loop"}
    assert again.session_state["kept"].pending == ()
    assert payloads(shared) == {"streamlit_persistent_state:group:sampling"}


def test_a_refused_member_takes_the_group_with_it() -> None:
    """Nothing of that moment is kept; the message names the member, the place and the group."""
    at = press(started(sampling), "Ask a client")
    assert at.text[0].value == "1 messages"
    (box,) = at.warning
    assert "`messages`: `builtins.object` at `[0]['client']`" in box.value
    assert "group 'sampling' is not kept: 'note', 'in_loop'" in box.value
    with pytest.raises(NotStorable, match="key 'messages'"):
        at.session_state["kept"].save()
    again = started(sampling)
    assert again.text[0].value == "idle"
    assert "messages" not in again.session_state
    assert again.session_state["other"] == 1
    # What was kept before is there as it was.
    saved(press(again, "Ask"))
    press(again, "Ask a client")
    with pytest.raises(NotStorable):
        again.session_state["kept"].save()
    last = started(sampling).session_state
    assert (last["messages"], last["in_loop"]) == ([{"role": "user"}], True)


def test_a_hidden_widget_stays_in_its_group() -> None:
    """Streamlit cleans up after it, which is no deletion."""
    at = press(started(sampling), "Ask")
    at.text_input[0].set_value("n")
    ran(at).session_state["show"] = False
    saved(ran(ran(at)))
    assert started(sampling).session_state["note"] == "n"


@pytest.mark.parametrize("scope", ["browser", "app"])
def test_a_deleted_member_stays_deleted(
    shared: MemoryStore, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    """In `app` scope for this session alone; assigned again, it is kept again."""
    cookie = cookie_for(Identity(new_id()), shared)
    monkeypatch.setattr(runtime, "cookies", lambda: cookie)

    def page() -> AppTest:
        at = AppTest.from_function(sampling)
        at.session_state["scope"] = scope
        return ran(at)

    at = saved(press(page(), "Ask"))
    at.session_state["in_loop"] = False
    saved(press(at, "Log out"))
    assert "messages" not in ran(ran(at)).session_state
    saved(at)
    again = page()
    assert ("messages" in again.session_state) == (scope == "app")
    saved(press(at, "Ask"))
    assert page().session_state["messages"] == [{"role": "user"}]
    assert page().session_state["in_loop"] is True


@pytest.mark.parametrize("label", ["Reset", "Forget"])
def test_a_member_that_is_reset_or_forgotten_takes_the_group_with_it(label: str) -> None:
    """A flag without what it speaks of would break the app."""
    at = saved(press(started(sampling), "Ask"))
    press(at, label)
    for page in (at, started(sampling)):
        assert "messages" not in page.session_state
        assert page.session_state["in_loop"] is False
    saved(press(at, "Ask"))
    assert started(sampling).text[0].value == "1 messages"


def test_a_member_cannot_be_incremented() -> None:
    """Sums of several sessions would mix moments; the error says what to do."""
    at = started(sampling)
    next(button for button in at.button if button.label == "Count").click().run()
    assert "'note' is kept in a group" in at.exception[0].message


def two_fields() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist(street="", town="", scope="app", group="address")
    st.text_input("Street", key="street")
    st.text_input("Town", key="town")


def test_two_tabs_do_not_mix_an_address() -> None:
    """The later one wins as a whole, and the other is in `conflicts`."""
    first, second = started(two_fields), started(two_fields)
    for at, street, town in ((first, "Main Street", "Bath"), (second, "Rue Neuve", "Paris")):
        at.text_input[0].set_value(street)
        at.text_input[1].set_value(town)
        saved(ran(at))
    assert second.session_state["kept"].conflicts == {"street": "Main Street", "town": "Bath"}
    third = started(two_fields)
    assert [field.value for field in third.text_input] == ["Rue Neuve", "Paris"]
    ran(ran(first))
    assert first.session_state["town"] == "Paris" or first.session_state["street"] == "Main Street"


def bounded() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist("file", size=1, scope="app", group="view")
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    st.write(st.session_state.get("file", "none"))
    st.slider("Size", 0, st.session_state.get("most", 10), key="size")


def test_a_member_that_fits_no_widget_takes_the_group_with_it() -> None:
    """The page begins anew without any of it, and what is stored is not lost by that."""
    at = started(bounded)
    at.session_state["file"] = "a.csv"
    at.slider[0].set_value(9)
    saved(ran(at))
    for _ in range(2):
        again = AppTest.from_function(bounded)
        again.session_state["most"] = 5
        ran(again)
        assert again.markdown[0].value == "none"
        assert again.slider[0].value == 1
        assert again.session_state["kept"].restored == frozenset()
        saved(ran(again))
        assert again.session_state["runs"] == 3
    assert started(bounded).markdown[0].value == "a.csv"


def checked() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist(
        low=1, high=2, scope="app", group="range", check=st.session_state.get("check")
    )


def test_a_member_that_fails_its_check_takes_the_group_with_it() -> None:
    """Each is checked by itself; all have their defaults then."""
    at = started(checked)
    at.session_state["low"], at.session_state["high"] = 3, 400
    saved(ran(at))
    assert (started(checked).session_state["low"], at.session_state["high"]) == (3, 400)
    again = AppTest.from_function(checked)
    again.session_state["check"] = lambda value: value < 100
    ran(again)
    assert (again.session_state["low"], again.session_state["high"]) == (1, 2)


def pages() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist(a=0, scope="app", group="g")
    if st.session_state.get("second"):
        persist(b=0, scope="app", group="g")
    if st.session_state.get("other"):
        persist(a=0, scope="app", group="h")


def test_members_of_other_pages_stay_in_the_record() -> None:
    """A page that does not know one keeps it as it was; one that does has it restored."""
    at = AppTest.from_function(pages)
    at.session_state["second"] = True
    ran(at)
    at.session_state["a"], at.session_state["b"] = 1, 2
    saved(ran(at))
    first = started(pages)
    assert first.session_state["a"] == 1
    first.session_state["a"] = 3
    saved(ran(first))
    first.session_state["second"] = True
    assert ran(first).session_state["b"] == 2
    assert started(pages).session_state["a"] == 3


def test_one_key_in_two_groups() -> None:
    """An error at the second of them that names both."""
    at = started(pages)
    at.session_state["other"] = True
    at.run()
    assert "key 'a' is given to two groups in this run, 'g' and 'h'" in at.exception[0].message


def edited() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    group = "g" if st.session_state.get("grouped") else None
    st.session_state.kept = persist("a", scope="app", group=group)


def test_a_script_that_is_edited_meanwhile() -> None:
    """A key can join a group, and leave it, while its session goes on."""
    at = started(edited)
    at.session_state["a"] = 1
    saved(ran(at)).session_state["grouped"] = True
    saved(ran(at)).session_state["a"] = 2
    saved(ran(at)).session_state["grouped"] = False
    saved(ran(at)).session_state["a"] = 3
    saved(ran(at))
    assert started(edited).session_state["a"] == 3


def test_what_was_forgotten_goes_from_another_tab(shared: MemoryStore) -> None:
    """Its members without a default are gone there too, and do not come back with an edit."""
    one = started(bare)
    one.session_state["note"], one.session_state["more"] = "old", "old"
    saved(ran(one))
    other = started(bare)
    assert [text.value for text in other.text] == ["old", "old"]
    saved(press(one, "Forget"))
    assert [text.value for text in ran(other).text] == ["none", "none"]
    other.session_state["more"] = "new"
    saved(ran(other))
    assert [text.value for text in started(bare).text] == ["none", "new"]


def bare() -> None:
    import streamlit as st

    from streamlit_persistent_state import forget, persist

    st.session_state.kept = persist("note", "more", scope="app", group="pair")
    st.button("Forget", on_click=forget, args=("note", "more"))
    st.text(st.session_state.get("note", "none"))
    st.text(st.session_state.get("more", "none"))


def mixed() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist("table", scope="app", group="g", name="unset")
    if st.session_state.get("knows_more"):
        persist(scope="app", group="g", late="l")


def members(at: AppTest) -> dict[str, object]:
    keys = ("table", "name", "late")
    return {key: at.session_state[key] for key in keys if key in at.session_state}


def test_members_with_and_without_a_default() -> None:
    """Those without are absent until they are set; the others begin with theirs, late ones too."""
    at = started(mixed)
    assert members(at) == {"name": "unset"}
    saved(ran(at))
    assert members(started(mixed)) == {"name": "unset"}
    at.session_state["name"] = "n"
    saved(ran(at))
    again = started(mixed)
    assert members(again) == {"name": "n"}
    assert again.session_state["kept"].restored == {"name"}
    again.session_state["table"] = [1]
    saved(ran(again))
    assert members(started(mixed)) == {"table": [1], "name": "n"}
    later = AppTest.from_function(mixed)
    later.session_state["knows_more"] = True
    assert members(ran(later)) == {"table": [1], "name": "n", "late": "l"}
