"""The cookie that carries who a browser is: its name, its text, and how it is found in a header."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from itsdangerous import BadSignature

from .._process import current
from .._settings import Settings
from .._signing import signer
from .register import Facts

BASE = "streamlit_persistent_state"
"""What the names of our cookies begin with; the id of the store follows."""

MAX_AGE = 400 * 24 * 3600
"""Seconds; browsers allow no more."""

_HOST = "__Host-"
_SERVERS = "h"
_FORM = re.compile(r"([A-Za-z0-9_-]{32})(?:~(h?)([0-9a-f]*)(?:~([0-9a-f]{1,6}))?)?")
ID_BYTES, _LOGIN_BYTES = 24, 8
_SALT = b"streamlit-persistent-state.identity"
_MAX_COOKIE_CHARS = 128
_MAX_CANDIDATES = 8
_DAY = 24 * 3600


class Identity(NamedTuple):
    """What a cookie says.

    Attributes
    ----------
    browser : str
        The id that stands for one browser.
    login : str
        Tells one user from another, without saying who it is; empty for nobody.
    is_servers : bool
        Whether the server has set the cookie, so that scripts of the page cannot replace it.
    day : int
        When the cookie was written, in days since 1970; 0 where nobody knows.
    """

    browser: str
    login: str = ""
    is_servers: bool = False
    day: int = 0


def new_id() -> str:
    """Return 192 random bits in 32 characters that are safe in a cookie."""
    return secrets.token_urlsafe(ID_BYTES)


def today() -> int:
    """Return the day on which cookies are written now, in days since 1970."""
    return int(current().now()) // _DAY


def login_of(who: str | None) -> str:
    """Return what stands for a user in a cookie; `who` is any text that tells users apart."""
    if not who:
        return ""
    return blake2b(who.encode(errors="surrogatepass"), digest_size=_LOGIN_BYTES).hexdigest()


def cookie_name(settings: Settings, facts: Facts) -> str:
    """Return the cookie's name on plain http: the one that is configured, or one for the store."""
    return settings.cookie or f"{BASE}_{facts.id}"


def on_https(name: str) -> str:
    """Return a name under which only this very host can set a cookie, and only on https."""
    return f"{_HOST}{name}"


def candidates(header: str, name: str, is_https: bool) -> list[str]:
    """Return what a ``Cookie`` header has under `name`, what is to be trusted most first.

    What other cookies look like plays no part. On https only a cookie counts that no other host
    of the domain can have set.
    """
    found = sent(header, on_https(name) if is_https else name)
    # Scripts cannot replace what the server has set; what they have written before stands beside.
    found.sort(key=lambda value: not _is_servers(value))
    return found[:_MAX_CANDIDATES]


def sent(header: str, name: str) -> list[str]:
    """Return all that a ``Cookie`` header has under exactly this name."""
    parts = [part.strip().partition("=") for part in header.split(";")]
    return [value for key, _, value in parts if key == name]


def cookie_value(identity: Identity, keys: Sequence[str]) -> str:
    """Return what the cookie holds; the first of the `keys` signs it."""
    servers = _SERVERS if identity.is_servers else ""
    text = f"{identity.browser}~{servers}{identity.login}~{identity.day:x}"
    return signer(keys, _SALT).sign(text).decode("ascii")


def issued(cookie: str, keys: Sequence[str]) -> Identity | None:
    """Return what is signed by one of the `keys`, or None."""
    if not keys or len(cookie) > _MAX_COOKIE_CHARS:
        return None
    try:
        text = signer(keys, _SALT).unsign(cookie).decode("ascii")
    except (BadSignature, UnicodeError):
        return None
    return _read(text)


def claimed(cookie: str) -> Identity | None:
    """Return what a cookie says that nobody here can check, for the store to confirm."""
    return None if len(cookie) > _MAX_COOKIE_CHARS else _read(cookie.partition(".")[0])


def _read(text: str) -> Identity | None:
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    browser, servers, login, day = found.groups(default="")
    return Identity(browser, login, servers == _SERVERS, int(day or "0", 16))


def _is_servers(cookie: str) -> bool:
    claim = claimed(cookie)
    return claim is not None and claim.is_servers
