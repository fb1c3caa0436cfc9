"""A socket that a page keeps open to hear of news. Plain ASGI; knows no Streamlit."""

from __future__ import annotations

import asyncio
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

_PAUSE = 0.1
"""Seconds between two things that a page tells: each has the pages of others look."""


async def serve_notifications(
    receive: Receive, send: Send, store: Store, configured: Sequence[str]
) -> None:
    """Send `CHANGED` for each piece of news, until the page or the server ends it.

    The first message of the page is its ticket, and is answered by `LISTENING`. Each later one says
    that the page's session has changed something.
    """
    await receive()  # that it wants to connect
    await send({"type": "websocket.accept"})
    try:
        first = await asyncio.wait_for(receive(), _PATIENCE)
    except asyncio.TimeoutError:
        await send({"type": "websocket.close", "code": _LATER})
        return
    if first["type"] == "websocket.disconnect":
        return
    admission = admitted(first.get("text"), configured)
    if admission is None:
        await send({"type": "websocket.close", "code": _REFUSED})
        return
    loop, news, hub = asyncio.get_running_loop(), asyncio.Event(), hub_of(store)

    def notify() -> None:
        with suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(news.set)

    unsubscribe = hub.subscribe(admission, notify)
    sender = asyncio.create_task(_send_all(news, send))
    try:
        while (await receive())["type"] != "websocket.disconnect":
            await asyncio.to_thread(hub.deliver, admission)
            await asyncio.sleep(_PAUSE)
    finally:
        unsubscribe()
        sender.cancel()


async def _send_all(news: asyncio.Event, send: Send) -> None:
    with suppress(OSError, RuntimeError):  # the page has gone
        await send({"type": "websocket.send", "text": LISTENING})
        while True:
            await news.wait()
            news.clear()
            await send({"type": "websocket.send", "text": CHANGED})
