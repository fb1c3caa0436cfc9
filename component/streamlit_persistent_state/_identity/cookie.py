"""Who a browser is, and the cookie value that carries it.

A cookie is only verified when this side has issued it: a signature proves that. Where no secret is
configured, cookies are signed with a secret of this process; after a restart an older one is
verified when the store knows its owner, which the caller checks.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from itsdangerous import BadSignature

from .._signing import signer

_FORM = re.compile(r"([A-Za-z0-9_-]{32})(?:~(h?[0-9a-f]*))?")
_ID_BYTES, _LOGIN_BYTES = 24, 8
_SALT = b"streamlit-persistent-state.identity"
_MAX_COOKIE_CHARS = 128
SERVERS = "h"
"""First letter of the log-in in cookies that the server sets, which scripts cannot replace."""


class Identity(NamedTuple):
    """What a cookie says.

    Attributes
    ----------
    browser : str
        The id that stands for one browser.
    login : str
        Tells one log-in from another, without saying whose it is; empty for nobody.
    """

    browser: str
    login: str = ""


def new_id() -> str:
    """Return 192 random bits in 32 characters that are safe in a cookie."""
    return secrets.token_urlsafe(_ID_BYTES)


def login_of(who: str | None) -> str:
    """Return what stands for a log-in in a cookie; `who` is any text that tells users apart."""
    return "" if not who else blake2b(who.encode(), digest_size=_LOGIN_BYTES).hexdigest()


def cookie_value(identity: Identity, configured: Sequence[str]) -> str:
    """Return what the cookie holds; the first of the `configured` secrets signs it."""
    text = "~".join(identity) if identity.login else identity.browser
    return signer(configured, _SALT).sign(text).decode("ascii")


def issued(cookie: str | None, configured: Sequence[str]) -> Identity | None:
    """Return what this side has signed, or None."""
    if cookie is None or len(cookie) > _MAX_COOKIE_CHARS:
        return None
    try:
        text = signer(configured, _SALT).unsign(cookie).decode("ascii")
    except (BadSignature, UnicodeError):
        return None
    found = _FORM.fullmatch(text)
    return Identity(found[1], found[2] or "") if found else None


def claimed(cookie: str | None, configured: Sequence[str]) -> Identity | None:
    """Return the id of a cookie signed by an earlier process, for the store to confirm.

    Where a secret is configured there is none: every cookie of an earlier process carries a
    signature that can be checked. The log-in cannot be confirmed, so it counts as none.
    """
    if cookie is None or configured or len(cookie) > _MAX_COOKIE_CHARS:
        return None
    found = _FORM.fullmatch(cookie.partition(".")[0])
    return Identity(found[1]) if found else None
