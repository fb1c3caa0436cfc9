"""Who a browser is, from outside: its cookie, and the owner of what it keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streamlit_persistent_state._identity import owners
from streamlit_persistent_state._identity.app import UNNAMED
from streamlit_persistent_state._identity.cookie import BASE, Identity, claimed, cookie_value
from streamlit_persistent_state._identity.register import Register
from streamlit_persistent_state.stores import Store


def name_in(store: Store) -> str:
    """Return the name of the cookie that belongs to a store."""
    return f"{BASE}_{Register(store).facts().id}"


def cookie_for(browser: str | Identity, store: Store, secret: Sequence[str] = ()) -> str:
    """Return what a browser has been given: ``name=value``."""
    identity = Identity(browser) if isinstance(browser, str) else browser
    keys = secret or [Register(store).facts().key]
    return f"{name_in(store)}={cookie_value(identity, keys)}"


def browser_of(cookies: Mapping[str, str]) -> str:
    """Return the id in the only cookie of ours among `cookies`."""
    (cookie,) = [value for name, value in cookies.items() if BASE in name]
    found = claimed(cookie)
    assert found is not None
    return found.browser


def owner_in_test(browser: str) -> str:
    """Return the owner of what a browser keeps in an ``AppTest``."""
    return owners.of_browser(UNNAMED, browser)


def values_in(store: Store) -> set[str]:
    """Return the owners of values in a store."""
    return {owner for owner, _, _ in store.records() if owner != "store"}
