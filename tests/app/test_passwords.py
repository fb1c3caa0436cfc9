"""What a password input holds is never kept, and what an earlier version has kept of it goes."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._codec.envelope import SCHEMA, encode
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY
from streamlit_persistent_state._sync.quarantine import names_of
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Write

SECRET = "correct horse"
ABOVE = "st.session_state['kept'] = persist('pw', 'name', scope='app')"
PASSWORD = "st.session_state['typed'] = st.text_input('Password', type='password', key='pw')"
GO = "form.form_submit_button('Go')"
NAME = "st.text_input('Name', key='name')"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    monkeypatch.setattr(_settings, "_configured", {})
    store = MemoryStore()
    configure(store=store)
    return store


def started(*lines: str) -> AppTest:
    head = ["import streamlit as st", "from streamlit_persistent_state import persist"]
    at = AppTest.from_string("\n".join([*head, *lines]))
    at.run()
    assert not at.exception, at.exception
    return at


def saved(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    assert at.session_state[HANDLE_KEY].save()
    return at


def everything(store: MemoryStore) -> str:
    return "".join(str(record.payload) for _, _, record in store.records())


ORDERS = {
    "above": [ABOVE, PASSWORD, NAME],
    "below": [PASSWORD, NAME, ABOVE],
    "in a form": [ABOVE, "form = st.form('f')", PASSWORD.replace("st.text", "form.text"), NAME, GO],
    "in a group": [ABOVE.replace("scope=", "group='g', scope="), PASSWORD, NAME],
    "in the sidebar": [ABOVE, PASSWORD.replace("st.text", "st.sidebar.text"), NAME],
}


@pytest.mark.parametrize("order", ORDERS)
def test_it_is_never_kept(store: MemoryStore, order: str) -> None:
    """Its neighbours are, and the message names it; typing works as ever."""
    at = started(*ORDERS[order])
    fields = {field.label: field for field in at.text_input}
    fields["Password"].set_value(SECRET)
    fields["Name"].set_value("Ada")
    for button in at.button:
        button.click()
    saved(at)
    assert at.session_state["typed"] == SECRET
    (message,) = [shown.value for shown in at.warning]
    assert "`pw`" in message
    assert "what a password input holds is never kept" in message
    assert SECRET not in everything(store)
    assert "Ada" in everything(store)
    again = started(*ORDERS[order])
    assert {field.label: field.value for field in again.text_input} == {
        "Password": "",
        "Name": "Ada",
    }


@pytest.mark.parametrize("order", ["above", "below"])
def test_what_was_kept_of_it_is_deleted(store: MemoryStore, order: str) -> None:
    """With its copies in quarantine, and it is not shown either."""
    names = ["pw", *names_of("pw")[:2]]
    store.commit("app", [Write(name, encode(SECRET), SCHEMA) for name in names])
    at = started(*ORDERS[order])
    if order == "above":
        assert at.session_state["typed"] == ""
    saved(at)
    saved(at)
    assert SECRET not in everything(store)
    assert at.session_state["kept"].quarantine == {}


def test_a_store_that_is_away_is_asked_again(store: MemoryStore) -> None:
    """Until nothing of it is left."""
    store.commit("app", [Write("pw", encode(SECRET), SCHEMA)])

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "delete", away)
        at = started(*ORDERS["above"])
        assert not at.session_state[HANDLE_KEY].save()
    assert SECRET in everything(store)
    assert at.session_state["kept"].save()
    assert SECRET not in everything(store)


def test_other_texts_are_kept(store: MemoryStore) -> None:
    """Also of inputs that say their type."""
    plain = PASSWORD.replace("'password'", "'default'")
    at = started(ABOVE, plain, NAME)
    at.text_input[0].set_value("seen by all")
    saved(at)
    assert not at.warning
    assert "seen by all" in everything(store)
