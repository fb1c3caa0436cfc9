"""What a script declares wrongly is an error at its own line that names the key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
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


def started(app: Callable[..., None], **kwargs: Any) -> AppTest:
    return ran(AppTest.from_function(app, kwargs=kwargs))


def test_defaults_may_come_in_a_mapping(shared: MemoryStore) -> None:
    """So that a key can be named like a parameter."""

    def app() -> None:
        import streamlit as st

        from streamlit_persistent_state import persist

        st.session_state.kept = persist(
            "name", {"scope": 1, "version": 2}, {"merge": [3]}, scope="app", count=4
        )
        st.session_state.setdefault("name", "Ada")

    at = started(app)
    assert not at.warning
    at.session_state["scope"] = 5
    ran(at)
    assert at.session_state["kept"].save()
    again = started(app)
    kept = ("name", "scope", "version", "merge", "count")
    assert [again.session_state[key] for key in kept] == ["Ada", 5, 2, [3], 4]


def test_a_key_that_is_given_twice() -> None:
    """Once in a mapping, once as a keyword: an error, since either could hold."""

    def app() -> None:
        from streamlit_persistent_state import persist

        persist({"count": 1}, count=2)

    at = AppTest.from_function(app).run()
    assert "'count' is given twice" in at.exception[0].message


def of_two_kinds(order: str) -> None:
    import streamlit as st

    from streamlit_persistent_state import persist, persistent_state

    scope = st.session_state.get("scope", "browser")
    for kind in st.session_state.get("order", order).split():
        if kind == "persist":
            persist("w")
        else:
            persistent_state("W", key="w", scope=scope)


@pytest.mark.parametrize("scope", ["browser", "session"])
@pytest.mark.parametrize("order", ["persist widget", "widget persist"])
def test_one_key_for_persist_and_for_the_widget(order: str, scope: str) -> None:
    """An error names both; after one of them has gone from the script there is none."""
    at = AppTest.from_function(of_two_kinds, kwargs={"order": order})
    at.session_state["scope"] = scope
    at.run()
    for _ in range(2):
        (error,) = at.exception
        assert "'w' is given to persist() and to persistent_state()" in error.message
        assert "of_two_kinds" in "".join(error.stack_trace)
        at.run()
    at.session_state["order"] = "widget"
    ran(at)


def two_defaults() -> None:
    import datetime

    import streamlit as st

    from streamlit_persistent_state import persist

    def declare() -> None:
        persist(now=datetime.datetime.now(), scope="app")

    declare()
    declare()
    persist(a=[1], scope="app")
    if st.session_state.get("twice"):
        persist(a=st.session_state.twice, scope="app")


def test_two_defaults_of_one_key_in_one_run() -> None:
    """An error; the same default again is none, nor is what one line says anew."""
    at = AppTest.from_function(two_defaults)
    at.session_state["twice"] = [2]
    at.run()
    assert "key 'a' has two defaults in this run, list: [1] and list: [2]" in (
        at.exception[0].message
    )
    at.session_state["twice"] = [1]
    ran(at)


def test_a_default_that_is_edited_is_no_error() -> None:
    """A script is run again and edited meanwhile: each run stands for itself."""

    def app() -> None:
        import streamlit as st

        from streamlit_persistent_state import persist

        persist(a=st.session_state.get("edited", 1), scope="app")

    at = started(app)
    at.session_state["edited"] = 2
    ran(at)


def resetting() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist, reset

    persist(visits=0, scope="app")
    if st.session_state.get("second page"):
        st.session_state.kept = persist(other=0, scope="app")
    for keys in (("visit",), ("visits", "nothing like it"), ("other",)):
        st.button(", ".join(keys), on_click=reset, args=keys)


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def test_a_reset_of_a_misspelt_key() -> None:
    """An error that names the key and what may be meant; nothing is reset or deleted."""
    at = started(resetting)
    at.session_state["visits"] = 5
    ran(at)
    assert "is 'visits' meant?" in press(at, "visit").exception[0].message
    assert "'nothing like it'" in press(ran(at), "visits, nothing like it").exception[0].message
    assert ran(at).session_state["visits"] == 5


def test_a_reset_of_a_key_whose_page_was_not_shown_yet(shared: MemoryStore) -> None:
    """What is stored of it is deleted."""
    at = started(resetting)
    assert "'other'" in press(at, "other").exception[0].message
    ran(at)
    at.session_state["second page"] = True
    ran(at).session_state["other"] = 3
    assert ran(at).session_state["kept"].save()
    assert "other" in {key for _, key, _ in shared.records()}
    again = started(resetting)
    assert not press(again, "other").exception
    again.session_state["second page"] = True
    assert ran(again).session_state["other"] == 0


@pytest.mark.parametrize(
    ("keywords", "warned"),
    [
        ({"scop": "user"}, True),
        ({"Scope": "user"}, True),
        ({"merg": max}, True),
        ({"chek": int}, True),
        ({"type": [int]}, True),
        ({"liv": True}, True),
        ({"liev": "2s"}, True),
        ({"scop": "a text"}, False),
        ({"lives": 3}, False),
        ({"lives": "2s"}, False),
        ({"alive": True}, False),
        ({"groups": "staff"}, False),
        ({"cheque": 5}, False),
    ],
)
def test_a_misspelt_parameter(keywords: dict[str, Any], warned: bool) -> None:
    """Is said where its value is one that the parameter takes; it is kept as a key all the same."""

    def app(keywords: dict[str, object]) -> None:
        from streamlit_persistent_state import persist

        persist("name", **keywords)  # type: ignore[arg-type]  # any name can be a key

    at = started(app, keywords=keywords)
    (key,) = keywords
    said = [box.value for box in at.warning if "If the parameter" in box.value]
    assert [f"`{key}`" in text for text in said] == [True] * warned
    assert at.session_state[key] == keywords[key]
