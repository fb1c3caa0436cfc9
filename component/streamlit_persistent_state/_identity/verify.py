"""Which browser a cookie stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .._settings import Settings
from .._sync.breaker import health_of
from . import owners
from .cookie import BASE, Identity, candidates, claimed, cookie_name, issued
from .register import Facts, Register


class Found(NamedTuple):
    """A cookie that counts, and what it says."""

    cookie: str
    identity: Identity


def signing_keys(settings: Settings, register: Register) -> tuple[str, ...]:
    """Return what signs cookies: the configured secrets, or what lies in the store.

    Whoever has a copy of the store can then sign, which opens nobody's state: everybody can get
    a signed id of his own, and the store knows nobody else's.
    """
    return settings.secret or (register.facts().key,)


def accepted_keys(settings: Settings, register: Register) -> tuple[str, ...]:
    """Return what may have signed what a page brings back, before `secret` was set as well."""
    return (*settings.secret, register.facts().key)


def sent_by(header: str, settings: Settings, facts: Facts, *, is_https: bool) -> list[str]:
    """Return what a ``Cookie`` header may say of its browser, what is to be trusted most first."""
    found = candidates(header, cookie_name(settings, facts), is_https)
    if facts.has_older:
        found += candidates(header, BASE, is_https)  # as version 0.1 has called it
    return found


def verified(cookies: Sequence[str], settings: Settings, register: Register) -> Found | None:
    """Return the first cookie that was issued here, now or before, or that the store knows.

    Raises
    ------
    StoreUnavailable
        Only the store can tell, and does not.
    """
    keys = signing_keys(settings, register)
    for cookie in cookies:
        found = issued(cookie, keys)
        if found is not None:
            return Found(cookie, found)
    for cookie in cookies:
        # Of the time before there was a secret, or before it was another one.
        found = issued(cookie, (register.facts().key,))
        claim = claimed(cookie)
        if found is None and claim is not None and _knows(register, claim.browser):
            found = claim
        if found is not None:
            # Nobody vouches for the log-in that it speaks of.
            return Found(cookie, Identity(found.browser, is_servers=found.is_servers))
    return None


def _knows(register: Register, browser: str) -> bool:
    """Whether the store has anything of a browser, in any app."""
    names = [owners.of_browser(app, browser) for app in register.facts().apps]
    names.append(owners.of_identity(browser))
    if register.facts().has_older:
        names.append(owners.before_apps("browser", browser))
    with health_of(register.store).reading():
        return any(register.store.exists(name) for name in names)
