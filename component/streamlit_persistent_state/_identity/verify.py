"""Which browser a cookie stands for, and what a log-in makes of it."""

from __future__ import annotations

from .._settings import Settings
from .._sync.breaker import health_of
from .._sync.shared import is_live
from .._sync.transfer import forward, move
from ..errors import StoreUnavailable
from ..stores import Store
from .cookie import SERVERS, Identity, claimed, issued, new_id


def owner_of(browser: str) -> str:
    return f"browser:{browser}"


def verified(cookie: str | None, settings: Settings, store: Store) -> Identity | None:
    """Return what a cookie says that was issued here, or that the store knows; None otherwise.

    Raises
    ------
    StoreUnavailable
        Only the store can tell, and does not.
    """
    found = issued(cookie, settings.secret)
    if found is not None:
        return found
    claim = claimed(cookie, settings.secret)
    if claim is None:
        return None
    owner = owner_of(claim.browser)
    if is_live(store, owner):
        return claim
    with health_of(store).reading():
        return claim if store.exists(owner) else None


def identified(found: Identity | None, login: str, store: Store) -> Identity:
    """Return who the browser is from now on whose cookie is verified to say `found`.

    A log-in since the cookie was written gives the browser a new id, which nobody can know who
    has had a hand in the old one. What was kept goes with it.
    """
    if found is None:
        return Identity(new_id(), login)
    if found.login == login or login in ("", SERVERS):
        return found._replace(login=login)
    try:
        browser = forward(store, owner_of(found.browser), login, new_id())
        move(store, owner_of(found.browser), owner_of(browser))
    except StoreUnavailable:
        return found  # the next page load tries again
    return Identity(browser, login)
