"""Who is logged in, from what Streamlit says of a user or keeps in its own cookie."""

from __future__ import annotations

import json
from typing import Any

_COOKIE = "_streamlit_user"


def name_of(user: Any) -> str | None:
    """Return a stable name for a user, as ``st.user`` describes one, or None for nobody."""
    if not user.get("is_logged_in", False):
        return None
    subject = user.get("sub") or user.get("email")
    return f"{user.get('iss') or ''}|{subject}" if subject else None


def logged_in(header: str) -> str | None:
    """Return who is logged in by the ``Cookie`` header of a request, or None.

    Streamlit signs its cookie, and checks that in functions that are not public. Where they are
    missing, nobody counts as logged in before the script runs: a log-in then leaves the HttpOnly
    cookie as it is.
    """
    if _COOKIE not in header:
        return None
    try:
        from starlette.requests import cookie_parser
        from streamlit.web.server.starlette import starlette_websocket

        cookies = cookie_parser(header)
        found = starlette_websocket._get_signed_cookie_with_chunks(cookies, _COOKIE)
        user = json.loads(found) if found else {}
        return name_of(user)
    except Exception:  # whatever somebody else's function makes of what anybody may send
        return None
