"""The middleware sets one cookie, on pages alone, where none that is verified has come."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from streamlit_persistent_state import _settings, asgi, configure
from streamlit_persistent_state._identity.cookie import Identity, cookie_value, issued, new_id
from streamlit_persistent_state._sync import breaker, notifications
from streamlit_persistent_state.asgi import IdentityMiddleware
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Write

NAME = "streamlit_persistent_state"


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    monkeypatch.setattr(_settings, "_configured", {})
    monkeypatch.setattr(notifications, "_served", threading.Event())
    made = MemoryStore()
    configure(store=made)
    return made


def cookies_set(
    cookie: str | None = None,
    *,
    accept: str = "text/html,*/*",
    scheme: str = "http",
    kind: str = "http",
) -> list[str]:
    """Send one request through the middleware, and return the cookies of the answer."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "headers": [(b"x", b"y")]})
        await send({"type": "http.response.body"})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {}

    headers = [(b"accept", accept.encode())]
    if cookie is not None:
        headers.append((b"cookie", cookie.encode()))
    scope = {"type": kind, "path": "/", "scheme": scheme, "headers": headers}
    asyncio.run(IdentityMiddleware(app)(scope, receive, send))
    assert sent[0]["headers"][0] == (b"x", b"y")
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


def of(cookies: list[str]) -> Identity:
    """Return what the only cookie says."""
    (cookie,) = cookies
    found = issued(cookie.partition(";")[0].partition("=")[2], ())
    assert found is not None
    return found


def test_a_first_visit_gets_an_id() -> None:
    """Signed, out of reach for scripts of the page, for the whole host."""
    (cookie,) = cookies_set()
    value, *options = cookie.removeprefix(f"{NAME}=").split("; ")
    assert issued(value, ()) is not None
    assert options == ["Path=/", "Max-Age=34560000", "HttpOnly", "SameSite=Lax"]


def test_on_https_the_cookie_is_bound_to_the_host() -> None:
    """With the prefix that browsers guard."""
    (cookie,) = cookies_set(scheme="https")
    assert cookie.startswith(f"__Host-{NAME}=")
    assert cookie.endswith("; Secure")


def test_only_pages_get_one() -> None:
    """Files of a page are fetched at once; each would bring another id."""
    assert cookies_set(accept="*/*") == []
    assert cookies_set(kind="websocket") == []


def test_a_known_browser_keeps_its_id(store: MemoryStore) -> None:
    """Issued by this process, or by an earlier one and known to the store; it is set once."""
    (first,) = cookies_set()
    cookie = first.partition(";")[0]
    assert cookies_set(f"a=b; {cookie}") == []
    known = new_id()
    store.commit(f"browser:{known}", [Write("k", b"1", 1)])
    for cookie in (f"{known}.of-another-process", cookie_value(Identity(known), ())):
        assert of(cookies_set(f"{NAME}={cookie}")).browser == known


def test_a_login_gives_a_new_id_and_what_was_kept_goes_along(store: MemoryStore) -> None:
    """Whoever has planted the old id is left with nothing; logging out changes no id."""
    old = of(before := cookies_set())
    store.commit(f"browser:{old.browser}", [Write("k", b"1", 1)])
    cookie = before[0].partition(";")[0]
    after = cookies_set(f"{cookie}; _streamlit_user=ada")
    new = of(after)
    assert new.browser != old.browser
    assert store.load(f"browser:{new.browser}", ["k"])["k"].payload == b"1"
    assert store.load(f"browser:{old.browser}", ["k"])["k"].payload is None
    cookie = after[0].partition(";")[0]
    assert cookies_set(f"{cookie}; _streamlit_user=ada") == []
    assert of(cookies_set(cookie)).browser == new.browser
    assert of(cookies_set(f"{cookie}; _streamlit_user=grace")).browser != new.browser


@pytest.mark.parametrize("cookie", ["", "x", "a" * 32, "../../etc/passwd", '"\x01"', "a" * 5000])
def test_a_forged_id_is_replaced(cookie: str) -> None:
    """Whatever it looks like."""
    assert len(cookies_set(f"{NAME}={cookie}")) == 1
    assert len(cookies_set(cookie)) == 1


def test_a_server_that_stops_saves_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the app has ended its sessions, and before the server hears of it."""
    happened: list[str] = []
    monkeypatch.setattr(asgi, "drain", lambda: happened.append("drained"))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for end in ("startup", "shutdown"):
            await send({"type": f"lifespan.{end}.complete"})

    async def receive() -> Any: ...

    async def send(message: Any) -> None:
        happened.append(message["type"])

    asyncio.run(IdentityMiddleware(app)({"type": "lifespan"}, receive, send))
    assert happened == ["lifespan.startup.complete", "drained", "lifespan.shutdown.complete"]


def test_a_cookie_that_nobody_can_check_stays(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an earlier process, while the store is down: replacing it would lose what is kept."""
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)
    known = new_id()
    store.commit(f"browser:{known}", [Write("k", b"1", 1)])

    def down(owner: str) -> bool:
        raise StoreUnavailable("it is down")

    with monkeypatch.context() as fault:
        fault.setattr(store, "exists", down)
        assert cookies_set(f"{NAME}={known}.of-another-process") == []
        assert len(cookies_set()) == 1
    assert of(cookies_set(f"{NAME}={known}.of-another-process")).browser == known


def test_a_page_that_closes_leaves_time_for_its_last_click() -> None:
    """What was to happen next on the event loop has happened when Streamlit hears of the end."""
    happened: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "websocket.receive"
        asyncio.get_running_loop().call_later(0.01, happened.append, "the click's run has begun")
        assert (await receive())["type"] == "websocket.disconnect"
        happened.append("the page has closed")

    messages = iter([{"type": "websocket.receive"}, {"type": "websocket.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None: ...

    scope = {"type": "websocket", "path": "/_stcore/stream"}
    asyncio.run(IdentityMiddleware(app)(scope, receive, send))
    assert happened == ["the click's run has begun", "the page has closed"]


def test_its_own_sockets_do_not_reach_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Below any path of the app; the others do, and pages learn of the route."""
    passed: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        passed.append(scope["path"])

    async def serve_notifications(*arguments: Any) -> None:
        passed.append("news")

    async def nothing(*arguments: Any) -> Any: ...

    monkeypatch.setattr(asgi, "serve_notifications", serve_notifications)
    assert not notifications.is_served()
    middleware = IdentityMiddleware(app)
    assert notifications.is_served()
    for path in (notifications.PATH, f"/below/here{notifications.PATH}", "/_stcore/stream"):
        asyncio.run(middleware({"type": "websocket", "path": path}, nothing, nothing))
    assert passed == ["news", "news", "/_stcore/stream"]


def test_a_page_that_cannot_be_written_to_may_have_said_something() -> None:
    """What it has sent before it closed is received before Streamlit hears of the end."""
    happened: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asyncio.get_running_loop().call_later(0.01, happened.append, "its last click is received")
        with pytest.raises(OSError, match="closed"):
            await send({"type": "websocket.send"})
        happened.append("the page has closed")

    async def receive() -> Any: ...

    async def send(message: Any) -> None:
        raise OSError("closed")

    scope = {"type": "websocket", "path": "/_stcore/stream"}
    asyncio.run(IdentityMiddleware(app)(scope, receive, send))
    assert happened == ["its last click is received", "the page has closed"]
