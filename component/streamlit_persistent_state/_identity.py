"""The id that stands for one browser, and the cookie value that carries it.

A cookie is only believed when this side has issued it: a signature proves that. Where no secret is
configured, ids are signed with a secret of this process; after a restart an older cookie is
believed when the store knows its owner, which the caller checks.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from itsdangerous import BadSignature, Signer

_ID = re.compile(r"[A-Za-z0-9_-]{32}")
_ID_BYTES = 24
_SALT = b"streamlit-persistent-state.identity"
_MAX_COOKIE_CHARS = 128

_process_secret = secrets.token_bytes(32)


def new_id() -> str:
    """Return 192 random bits in 32 characters that are safe in a cookie."""
    return secrets.token_urlsafe(_ID_BYTES)


def _signer(configured: Sequence[str]) -> Signer:
    # itsdangerous signs with the last key and accepts all of them.
    keys = [secret.encode() for secret in reversed(configured)] or [_process_secret]
    return Signer(keys, salt=_SALT, key_derivation="hmac")


def cookie_value(browser: str, configured: Sequence[str]) -> str:
    """Return what the cookie holds; the first of the `configured` secrets signs it."""
    return _signer(configured).sign(browser).decode("ascii")


def issued_id(cookie: str | None, configured: Sequence[str]) -> str | None:
    """Return the id that this side has signed, or None."""
    if cookie is None or len(cookie) > _MAX_COOKIE_CHARS:
        return None
    try:
        browser = _signer(configured).unsign(cookie).decode("ascii")
    except (BadSignature, UnicodeError):
        return None
    return browser if _ID.fullmatch(browser) else None


def claimed_id(cookie: str | None, configured: Sequence[str]) -> str | None:
    """Return the id of a cookie signed by an earlier process, for the store to confirm.

    Where a secret is configured there is none: every cookie of an earlier process carries a
    signature that can be checked.
    """
    if cookie is None or configured or len(cookie) > _MAX_COOKIE_CHARS:
        return None
    browser = cookie.partition(".")[0]
    return browser if _ID.fullmatch(browser) else None
