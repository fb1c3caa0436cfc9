"""For ``st.App``: a cookie that scripts of the page cannot read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

from . import _settings
from ._identity.cookie import cookie_name, cookie_value, login_of, on_https, today
from ._identity.login import identified
from ._identity.register import Register, register_of
from ._identity.request import Request, for_one_browser, set_cookie
from ._identity.verify import accepted_keys, sent_by, signing_keys, verified
from ._session.saver import drain
from ._settings import Settings
from ._streamlit.logins import logged_in
from ._streamlit.runtime import secrets_table
from ._sync.notifications import PATH, serve
from ._sync.socket import Message, Receive, Send, serve_notifications
from .errors import StoreUnavailable
from .stores import Store

__all__ = ["IdentityMiddleware"]

_App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

# Seconds. When a page closes, Streamlit drops a click whose run it has not begun yet, which takes
# it a few milliseconds after the message.
_LINGER = 0.1


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
        self._register: Register | None = None
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
            store = _settings.opened(settings.store)
            # A thread, since the store may be asked.
            keys = await asyncio.to_thread(self._ticket_keys, settings, store)
            await serve_notifications(receive, send, store, keys)
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
        if scope["type"] != "http" or not Request(scope).wants_a_page:
            await self._app(scope, receive, send)
            return
        settings = _settings.current(secrets_table())
        try:
            # A thread, since a store may be asked.
            cookie = await asyncio.to_thread(self._cookie, scope, settings)
        except StoreUnavailable:
            # The cookie stays, and with it what is kept: the next page asks again.
            cookie = None
        if cookie is None:
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*for_one_browser(message.get("headers", ())), (b"set-cookie", cookie)]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _ticket_keys(self, settings: Settings, store: Store) -> tuple[str, ...]:
        """Return what may have signed a page's ticket; nothing where the store has not said it."""
        self._register = register = register_of(store)
        with suppress(StoreUnavailable):
            return accepted_keys(settings, register)
        return ()

    def _cookie(self, scope: Message, settings: Settings) -> bytes | None:
        """Return the cookie that a page's browser is to have, or None where it has it."""
        register = register_of(_settings.opened(settings.store))
        facts = register.facts()
        self._register = register  # what it knows lives as long as somebody holds it
        request = Request(scope)
        name = cookie_name(settings, facts)
        is_https = request.is_https(on_https(name))
        sent = sent_by(request.cookies, settings, facts, is_https=is_https)
        found = verified(sent, settings, register)
        known = None if found is None else found.identity
        login = login_of(logged_in(request.cookies))
        identity = identified(known, login, register, is_servers=True)._replace(day=today())
        value = cookie_value(identity, signing_keys(settings, register))
        if found is not None and found.cookie == value:
            return None
        return set_cookie(
            on_https(name) if is_https else name,
            value,
            is_https=is_https,
            is_in_a_frame=request.is_in_a_frame,
        )
