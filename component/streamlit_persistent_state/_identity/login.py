"""What a log-in makes of a browser: a new id, and what was kept goes along.

Nobody can know who has had a hand in an id from before the log-in.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from hashlib import blake2b

from .._process import current
from .._record import Record, Write
from .._sync.breaker import health_of
from .._sync.transfer import move
from ..errors import Conflict, StoreUnavailable
from . import owners
from .cookie import ID_BYTES, MAX_AGE, Identity, new_id
from .register import Register

_FORWARD = "forward"
_SCHEMA = 1
_MAX_LOGINS = 8
"""How many users' ways from one id are remembered, the newest; a page that was opened before the
log-in, or one that has not written its new cookie, comes with the old one."""


def identified(
    known: Identity | None, login: str, register: Register, *, is_servers: bool = False
) -> Identity:
    """Return who the browser is from now on whose cookie says `known`.

    Parameters
    ----------
    login : str
        Who is logged in now; empty for nobody, which changes no id.
    is_servers : bool
        Whether the server sets the cookie.
    """
    if known is None:
        return Identity(new_id(), login, is_servers)
    if login in (known.login, ""):
        return known._replace(login=login, is_servers=is_servers)
    try:
        browser = _forward(register, known.browser, login)
        for app in register.facts().apps:
            source, target = (owners.of_browser(app, one) for one in (known.browser, browser))
            move(register.store, source, target)
    except StoreUnavailable:
        # The next page load tries again. Until then it is nobody's cookie of before.
        return known._replace(is_servers=is_servers)
    return Identity(browser, login, is_servers)


def _forward(register: Register, browser: str, login: str) -> str:
    """Return the id under which a browser goes on for one user.

    It is another one if a tab that was opened at the same time was first.
    """
    store, health, owner = register.store, health_of(register.store), owners.of_identity(browser)
    attempts = health.attempts()
    while True:
        next(attempts)
        with health.reading():
            noted = store.load(owner, [_FORWARD]).get(_FORWARD)
        ways = _read(noted)
        if login in ways:
            return _successor(browser, ways[login])
        ways = dict([*ways.items(), (login, secrets.token_urlsafe(ID_BYTES))][-_MAX_LOGINS:])
        revision = 0 if noted is None else noted.revision
        until = current().now() + MAX_AGE
        write = Write(_FORWARD, json.dumps(ways).encode(), _SCHEMA, revision, until)
        try:
            with health.writing():
                store.commit(owner, [write])
        except Conflict:
            continue
        return _successor(browser, ways[login])


def _successor(browser: str, way: str) -> str:
    """Return an id that takes both to know: the one before, and what the store has noted."""
    digest = blake2b(way.encode(), key=browser.encode(), digest_size=ID_BYTES)
    return urlsafe_b64encode(digest.digest()).decode("ascii")


def _read(noted: Record | None) -> dict[str, str]:
    if noted is None or noted.payload is None:
        return {}
    try:
        found = json.loads(noted.payload)
        return {str(login): str(way) for login, way in found.items()}
    except (ValueError, AttributeError):
        return {}
