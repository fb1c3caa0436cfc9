"""For ``st.App``: a cookie that scripts of the page cannot read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import TypeAlias

from . import _settings
from ._identity.cookie import SERVERS, cookie_value, login_of
from ._identity.verify import identified, verified
from ._session.saver import drain
from ._streamlit.runtime import LOGIN_COOKIE, secrets_table
from ._sync.breaker import health_of
from ._sync.notifications import PATH, serve
from ._sync.socket import Message, Receive, Send, serve_notifications
from .errors import StoreUnavailable

__all__ = ["IdentityMiddleware"]

_App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

# Seconds. When a page closes, Streamlit drops a click whose run it has not begun yet, which takes
# it a few milliseconds after the message.
_LINGER = 0.1
_MAX_AGE = 400 * 24 * 3600  # browsers allow no more


class IdentityMiddleware:
    """Gives each browser its id in an ``HttpOnly`` cookie, before the first run of the script.

    A log-in gives it a new one. Pages with ``live=True`` hear at once what other browsers and, with
    Redis or PostgreSQL, other servers have changed. Streamlit gets 0.1 s for the last click before
    a page closes. When the server stops, what a store has not taken yet is saved if that can be
    done in seconds.

    Call `configure` where ``st.App`` is made, or use the environment: the first page is asked for
    before any script has run.

    Parameters
    ----------
    app : ASGI application
        What the middleware wraps; ``st.App`` fills it in.

    Examples
    --------
    >>> from starlette.middleware import Middleware  # doctest: +SKIP
    >>> app = st.App("app.py", middleware=[Middleware(IdentityMiddleware)])  # doctest: +SKIP
    """

    def __init__(self, app: _App) -> None:
        self._app = app
        serve()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, and set the cookie with the page where it is missing."""
        if scope["type"] == "lifespan":

            async def drain_and_send(message: Message) -> None:
                if message["type"].startswith("lifespan.shutdown."):
                    await asyncio.to_thread(drain)  # all sessions have ended by now
                await send(message)

            await self._app(scope, receive, drain_and_send)
            return
        if scope["type"] == "websocket" and scope["path"].endswith(PATH):
            settings = _settings.current(secrets_table())
            await serve_notifications(
                receive, send, _settings.opened(settings.store), settings.secret
            )
            return
        if scope["type"] == "websocket":
            settled = time.monotonic()

            async def receive_all() -> Message:
                nonlocal settled
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    await asyncio.sleep(max(0.0, settled - time.monotonic()))
                settled = time.monotonic() + _LINGER
                return message

            async def send_all(message: Message) -> None:
                try:
                    await send(message)
                except OSError:  # the page has closed, and its last message is yet to be received
                    await asyncio.sleep(_LINGER)
                    raise

            await self._app(scope, receive_all, send_all)
            return
        if scope["type"] != "http" or b"text/html" not in _header(scope, b"accept"):
            await self._app(scope, receive, send)
            return
        settings = _settings.current(secrets_table())
        secure = scope.get("scheme") == "https"
        name = f"__Host-{settings.cookie}" if secure else settings.cookie
        store = _settings.opened(settings.store)
        found, login = _cookie(scope, name), SERVERS + login_of(_cookie(scope, LOGIN_COOKIE))
        self._health = health_of(store)  # lives as long as somebody holds it
        try:
            # A thread, since a store may be asked whether it knows an earlier process's cookie.
            known = await asyncio.to_thread(verified, found, settings, store)
            identity = await asyncio.to_thread(identified, known, login, store)
        except StoreUnavailable:
            # The cookie stays, and with it what is kept: the next page asks again.
            await self._app(scope, receive, send)
            return
        value = cookie_value(identity, settings.secret)
        if value == found:
            await self._app(scope, receive, send)
            return
        cookie = f"{name}={value}; Path=/; Max-Age={_MAX_AGE}; HttpOnly; SameSite=Lax"
        header = (b"set-cookie", (cookie + ("; Secure" if secure else "")).encode("ascii"))

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _header(scope: Message, name: bytes) -> bytes:
    return b"; ".join(value for key, value in scope["headers"] if key == name)


def _cookie(scope: Message, name: str) -> str | None:
    try:
        found = SimpleCookie(_header(scope, b"cookie").decode("latin-1")).get(name)
    except CookieError:
        return None
    return None if found is None else found.value
