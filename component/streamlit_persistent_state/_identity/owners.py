"""The names under which a store keeps what belongs to an app, a browser or a user.

A name holds a digest of who it is, so that a copy of the store opens nobody's state, and the app,
so that two apps with one store do not share values by accident.
"""

from __future__ import annotations

from hashlib import blake2b

_DIGEST_BYTES = 16


def of_app(app: str) -> str:
    """Return the owner of what everybody in an app shares."""
    return f"app:{app}" if app else "app"


def of_browser(app: str, browser: str) -> str:
    """Return the owner of what a browser keeps in an app; `browser` is the id in its cookie."""
    return f"{of_identity(browser)}:{app}"


def of_identity(browser: str) -> str:
    """Return the owner of what is noted of a browser itself, whatever the app."""
    return f"browser:{_digest(browser)}"


def of_user(app: str, user: str) -> str:
    """Return the owner of what a user keeps in an app; `user` is any text that tells users apart.

    Such a text can be guessed, so the digest hides it from those who do not.
    """
    return f"user:{_digest(user)}:{app}"


def before_apps(scope: str, who: str) -> str:
    """Return the owner that version 0.1 has had for a scope, and a browser's id or a user."""
    return "app" if scope == "app" else f"{scope}:{who}"


def _digest(name: str) -> str:
    written = name.encode(errors="surrogatepass")
    return blake2b(written, digest_size=_DIGEST_BYTES).hexdigest()
