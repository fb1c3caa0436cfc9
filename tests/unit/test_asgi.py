"""The middleware sets one cookie, on pages alone, where none that is verified has come."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette import starlette_websocket
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from streamlit_persistent_state import _settings, asgi, configure
from streamlit_persistent_state._identity import owners
from streamlit_persistent_state._identity.app import UNNAMED
from streamlit_persistent_state._identity.cookie import Identity, claimed, new_id, today
from streamlit_persistent_state._streamlit import logins
from streamlit_persistent_state._sync import breaker, notifications
from streamlit_persistent_state.asgi import IdentityMiddleware
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Write
from tests.support.identity import cookie_for, name_in, values_in


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
    **more: str,
) -> list[str]:
    """Send one request through the middleware, and return the cookies of the answer."""
    found = answer(cookie, accept=accept, scheme=scheme, kind=kind, **more)
    assert found[0] == (b"x", b"y")
    return [value.decode() for name, value in found if name == b"set-cookie"]


def answer(
    cookie: str | None = None,
    *,
    accept: str = "text/html,*/*",
    scheme: str = "http",
    kind: str = "http",
    caching: str | None = None,
    **more: str,
) -> list[tuple[bytes, bytes]]:
    """Send one request through the middleware, and return the headers of the answer."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        told = [] if caching is None else [(b"cache-control", caching.encode())]
        await send({"type": "http.response.start", "headers": [(b"x", b"y"), *told]})
        await send({"type": "http.response.body"})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {}

    headers = [(b"accept", accept.encode())]
    headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
    if cookie is not None:
        headers.append((b"cookie", cookie.encode()))
    scope = {"type": kind, "path": "/", "scheme": scheme, "headers": headers}
    asyncio.run(IdentityMiddleware(app)(scope, receive, send))
    found: list[tuple[bytes, bytes]] = sent[0]["headers"]
    return found


def of(cookies: list[str]) -> Identity:
    """Return what the only cookie says."""
    (cookie,) = cookies
    found = claimed(cookie.partition(";")[0].partition("=")[2])
    assert found is not None
    return found


def test_a_first_visit_gets_an_id(store: MemoryStore) -> None:
    """Signed, out of reach for scripts of the page, for the whole host."""
    (cookie,) = cookies_set()
    assert of([cookie]) == Identity(of([cookie]).browser, "", True, today())
    value, *options = cookie.split("; ")
    assert value == cookie_for(of([cookie]), store)
    assert options == ["Path=/", "Max-Age=34560000", "HttpOnly", "SameSite=Lax"]


@pytest.mark.parametrize(
    "how",
    [
        {"scheme": "https"},
        {"x_forwarded_proto": "https"},
        {"x_forwarded_proto": "https, http"},
        {"forwarded": 'for=1.2.3.4;proto="https";by=5.6.7.8'},
    ],
)
def test_on_https_the_cookie_is_bound_to_the_host(store: MemoryStore, how: Any) -> None:
    """With the prefix that browsers guard; a frame of another site gets a partitioned one."""
    (cookie,) = cookies_set(**how)
    assert cookie.startswith(f"__Host-{name_in(store)}=")
    assert cookie.endswith("; HttpOnly; SameSite=Lax; Secure")
    (cookie,) = cookies_set(**how, sec_fetch_dest="iframe")
    assert cookie.startswith(f"__Host-{name_in(store)}=")
    assert cookie.endswith("; HttpOnly; SameSite=None; Secure; Partitioned")


def test_on_https_a_cookie_that_a_sibling_domain_can_set_is_not_believed(
    store: MemoryStore,
) -> None:
    """Whoever has signed it: an attacker gets a signed one for himself."""
    planted = cookie_for(Identity(new_id(), is_servers=True), store)
    assert of(cookies_set(planted, scheme="https")) != of([planted])
    both = f"{planted}; __Host-{cookie_for(known := new_id(), store)}"
    assert of(cookies_set(both, scheme="https")).browser == known


def test_behind_a_proxy_that_says_nothing_scripts_lose_the_cookie(store: MemoryStore) -> None:
    """What browsers send on https alone tells; so an older cookie of a script is replaced."""
    older = cookie_for(known := new_id(), store)
    (cookie,) = cookies_set(f"__Host-{older}", host="app.example.org")
    assert cookie.startswith(f"__Host-{older.partition('=')[0]}=")
    assert of([cookie]) == Identity(known, "", True, today())
    # On this machine browsers do so without https; some of them then refuse to keep it.
    for host in ("localhost:8501", "127.0.0.1:8501", "[::1]:8501"):
        (cookie,) = cookies_set(f"__Host-{older}", host=host)
        assert cookie.startswith(name_in(store))


@pytest.mark.parametrize(
    ("caching", "then"),
    [
        (None, "private"),
        ("public", "private"),
        ("public, max-age=60, s-maxage=600", "max-age=60, private"),
        ("no-cache", "no-cache, private"),
        ("private, max-age=5", "private, max-age=5"),
    ],
)
def test_no_cache_gives_one_browsers_identity_to_another(caching: str | None, then: str) -> None:
    """An answer with a cookie is for one browser; others are left as they are."""
    found = dict(answer(caching=caching))
    assert found[b"cache-control"].decode() == then
    cookie = found[b"set-cookie"].decode().partition(";")[0]
    assert dict(answer(cookie, caching="public")) == {b"x": b"y", b"cache-control": b"public"}


@pytest.mark.parametrize(
    "odd", ['prefs={"a":1}', "foo", "k[0]=1", "name=Grüße", "=x", "a b=c", 'open="x', ""]
)
def test_cookies_of_others_change_nothing(odd: str) -> None:
    """Wherever they stand, and however odd they are."""
    (first,) = cookies_set(odd)
    cookie = first.partition(";")[0]
    for header in (f"{odd}; {cookie}", f"{cookie}; {odd}", f"{odd}; {cookie}; {odd}"):
        assert cookies_set(header) == []


def test_a_visit_on_another_day_renews_the_cookie(store: MemoryStore) -> None:
    """For another 400 days, under the same id; once a day."""
    yesterday = Identity(new_id(), "", True, today() - 1)
    (renewed,) = cookies_set(cookie_for(yesterday, store))
    assert of([renewed]) == yesterday._replace(day=today())
    assert "Max-Age=34560000" in renewed
    assert cookies_set(renewed.partition(";")[0]) == []


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
    store.commit(owners.of_browser(UNNAMED, known), [Write("k", b"1", 1)])
    for cookie in (f"{name_in(store)}={known}.of-another-secret", cookie_for(known, store)):
        assert of(cookies_set(cookie)).browser == known


def logged_in(user: str) -> str:
    """Return the cookie that Streamlit gives a user."""
    payload = json.dumps({"origin": "http://x", "is_logged_in": True, "iss": "i", "sub": user})
    signed = create_signed_value(get_cookie_secret(), "_streamlit_user", payload)
    return f"_streamlit_user={signed.decode()}"


def test_a_login_gives_a_new_id_and_what_was_kept_goes_along(store: MemoryStore) -> None:
    """Whoever has planted the old id is left with nothing; logging out changes no id."""
    old = of(before := cookies_set())
    store.commit(owners.of_browser(UNNAMED, old.browser), [Write("k", b"1", 1)])
    cookie = before[0].partition(";")[0]
    after = cookies_set(f"{cookie}; {logged_in('ada')}")
    new = of(after)
    assert new.browser != old.browser
    for browser, payload in ((new.browser, b"1"), (old.browser, None)):
        owner = owners.of_browser(UNNAMED, browser)
        assert store.load(owner, ["k"])["k"].payload == payload
    cookie = after[0].partition(";")[0]
    assert cookies_set(f"{cookie}; {logged_in('ada')}") == []
    assert of(cookies_set(cookie)).browser == new.browser
    assert of(cookies_set(f"{cookie}; {logged_in('grace')}")).browser != new.browser


def test_a_login_that_nobody_has_signed_leaves_nothing(store: MemoryStore) -> None:
    """However many somebody makes up."""
    cookie = cookies_set()[0].partition(";")[0]
    for number in range(50):
        assert cookies_set(f"{cookie}; _streamlit_user=user-{number}") == []
    assert values_in(store) == set()


def test_without_streamlits_own_check_nobody_counts_as_logged_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its function is not public; the cookie then stays as it is."""
    cookie, ada = cookies_set()[0].partition(";")[0], logged_in("ada")
    assert logins.logged_in(ada) == "i|ada"
    monkeypatch.delattr(starlette_websocket, "_get_signed_cookie_with_chunks")
    assert logins.logged_in(ada) is None
    assert cookies_set(f"{cookie}; {ada}") == []


@pytest.mark.parametrize("cookie", ["", "x", "a" * 32, "../../etc/passwd", '"\x01"', "a" * 5000])
def test_a_forged_id_is_replaced(store: MemoryStore, cookie: str) -> None:
    """Whatever it looks like."""
    assert len(cookies_set(f"{name_in(store)}={cookie}")) == 1
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
    """While the store is down: replacing it would lose what is kept."""
    monkeypatch.setattr(breaker, "_FIRST_PAUSE", 0.0)
    known = new_id()
    store.commit(owners.of_browser(UNNAMED, known), [Write("k", b"1", 1)])
    cookie = f"{name_in(store)}={known}.of-another-secret"
    signed = cookie_for(Identity(known, "", True, today() - 1), store)

    def down(*arguments: Any) -> Any:
        raise StoreUnavailable("it is down")

    with monkeypatch.context() as fault:
        fault.setattr(store, "exists", down)
        assert cookies_set(cookie) == []
        assert of(cookies_set(signed)).browser == known
    assert of(cookies_set(cookie)).browser == known


def test_a_store_that_has_not_told_its_id_gets_no_cookie() -> None:
    """Not even what the cookie is called is known."""
    configure(store=(away := MemoryStore()))
    away.close()
    assert cookies_set() == []
    assert cookies_set(f"streamlit_persistent_state_0123={new_id()}") == []


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
