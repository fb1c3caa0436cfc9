"""A socket that a page keeps open to hear of news. Plain ASGI; knows no Streamlit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from ..stores import Store
from .notifications import admitted, hub_of

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

LISTENING, CHANGED = "listening", "changed"

_PATIENCE = 10.0
"""Seconds in which a page must show its ticket."""

_REFUSED = 1008  # violation of a policy; the page does not try again
_LATER = 1013

_SOCKETS = 4
"""How many a session may have: its page needs one, and may not know yet that another is lost."""


async def serve_notifications(
    receive: Receive, send: Send, store: Store, keys: Sequence[str]
) -> None:
    """Send `CHANGED` for news, until the page, its ticket or the server ends.

    The first message of the page is its ticket, and is answered by `LISTENING`. It has nothing else
    to say.

    Parameters
    ----------
    keys : sequence of str
        Those that tickets are signed with; none where that is not known now.
    """
    await receive()  # that it wants to connect
    await send({"type": "websocket.accept"})
    code = await _served(receive, send, store, keys)
    if code is not None:
        await send({"type": "websocket.close", "code": code})


async def _served(receive: Receive, send: Send, store: Store, keys: Sequence[str]) -> int | None:
    """Return the code with which the page is sent away, None where it has left."""
    first = await _said(receive, _PATIENCE)
    if first is None or first["type"] == "websocket.disconnect":
        return None if first else _LATER
    if not keys:
        return _LATER
    admission, hub = admitted(first.get("text"), keys), hub_of(store)
    if admission is None or hub.count(admission.session) >= _SOCKETS:
        return _LATER if admission else _REFUSED
    loop, news = asyncio.get_running_loop(), asyncio.Event()

    def notify() -> None:
        with suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(news.set)

    sender = asyncio.create_task(_send_all(news, send))
    unsubscribe = hub.subscribe(admission, notify)
    try:
        last = await _said(receive, admission.ends_at - time.time())
    finally:
        unsubscribe()
        sender.cancel()
    if last is None:
        return _LATER  # the page has a newer ticket, or comes back with its next run
    return None if last["type"] == "websocket.disconnect" else _REFUSED


async def _said(receive: Receive, seconds: float) -> Message | None:
    """Return what the page says next, None for nothing within that time."""
    try:
        return await asyncio.wait_for(receive(), max(0.0, seconds))
    except asyncio.TimeoutError:
        return None


async def _send_all(news: asyncio.Event, send: Send) -> None:
    with suppress(OSError, RuntimeError):  # the page has gone
        await send({"type": "websocket.send", "text": LISTENING})
        while True:
            await news.wait()
            news.clear()
            await send({"type": "websocket.send", "text": CHANGED})
