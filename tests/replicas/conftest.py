"""Two replicas of one app behind nginx, on one store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from streamlit_persistent_state._codec.envelope import value_in
from streamlit_persistent_state._identity import owners
from streamlit_persistent_state._identity.app import app_name
from streamlit_persistent_state.stores import open_store
from tests.e2e.conftest import browser as browser
from tests.e2e.conftest import context as context
from tests.e2e.conftest import host as host
from tests.support.identity import browser_of
from tests.support.nginx import Nginx, nginx
from tests.support.postgres_server import serve_postgres
from tests.support.redis_server import redis_server
from tests.support.server import Server, serve
from tests.support.tab import Browser, Tab

APP = Path(__file__).parent / "apps" / "shared.py"
EVERYBODY = owners.of_app(app_name(str(APP)))
SECRET = "the same for all of them"
PATIENCE = 60.0


class Replica:
    """A server of the app that comes back to its port when it is restarted."""

    def __init__(self, folder: Path, number: int, store: str, asgi: bool) -> None:
        self._folder = folder / str(number)
        self._folder.mkdir()
        self._env = {
            "STREAMLIT_PERSISTENT_STATE_STORE": store,
            "REPLICA": str(number),
        }
        if not asgi:  # where none is set, what lies in the store is the same for all of them
            self._env["STREAMLIT_PERSISTENT_STATE_SECRET"] = SECRET
        self._asgi = asgi
        self._stack = ExitStack()
        self.logs = ""
        self.start()

    @property
    def url(self) -> str:
        return self.server.url

    def start(self, port: int = 0) -> None:
        self.server: Server = self._stack.enter_context(
            serve(APP, env=self._env, folder=self._folder, port=port, asgi=self._asgi)
        )

    def stop(self) -> None:
        """Ask it to end, as a rolling restart does, and wait until it has."""
        self._stack.close()
        self.logs += self.server.log

    def restart(self) -> None:
        self.stop()
        self.start(self.server.port)

    @property
    def log(self) -> str:
        return self.logs + self.server.log


class Cluster:
    """Two replicas, what distributes connections over them, and what they have stored."""

    def __init__(self, store: str, replicas: list[Replica], proxy: Nginx) -> None:
        self.replicas, self.proxy = replicas, proxy
        self._store = open_store(store)

    @property
    def url(self) -> str:
        return self.proxy.url

    def browser(self) -> Browser:
        """Return a new one that is known already, so that its tabs share what they keep."""
        made = Browser(self.url)
        made.open().close()
        return made

    def stored(self, browser: Browser | None, key: str) -> Any:
        """Return what the store has of a browser, or of everybody; None for nothing."""
        owner = EVERYBODY if browser is None else owner_of(browser.cookies)
        record = self._store.load(owner, [key]).get(key)
        if record is None or record.payload is None:
            return None
        return value_in(record.payload, record.schema)

    def forget_everybody(self) -> None:
        self._store.delete(EVERYBODY, None)

    def close(self) -> None:
        self._store.close()


def owner_of(cookies: dict[str, str]) -> str:
    return owners.of_browser(app_name(str(APP)), browser_of(cookies))


@contextmanager
def running(kind: str, *, asgi: bool = False) -> Iterator[Cluster]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="replicas-")))
        if kind == "redis":
            store = stack.enter_context(redis_server(appendonly="yes")).url
        else:
            store = stack.enter_context(serve_postgres()).url
        replicas = []
        for number in (1, 2):
            replica = Replica(folder, number, store, asgi)
            stack.callback(replica.stop)
            replicas.append(replica)
        proxy = stack.enter_context(nginx([replica.server.port for replica in replicas]))
        cluster = Cluster(store, replicas, proxy)
        stack.callback(cluster.close)
        yield cluster


@pytest.fixture(scope="session", params=["redis", "postgresql"])
def started(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    with running(request.param) as cluster:
        yield cluster


@pytest.fixture
def cluster(started: Cluster) -> Cluster:
    """Give a test the replicas, with nothing that everybody shares, and both at work."""
    started.forget_everybody()
    return started


def eventually(what: Callable[[], object], expected: object) -> None:
    """Wait for what a run has changed to be stored: that happens when the run has ended."""
    deadline = time.monotonic() + PATIENCE
    while (found := what()) != expected:
        assert time.monotonic() < deadline, f"{found} is not {expected}"
        time.sleep(0.02)


def tab_on(browser: Browser, url: str) -> Tab:
    """Open a tab without the proxy."""
    direct = Browser(url)
    direct.cookies = browser.cookies
    return direct.open()
