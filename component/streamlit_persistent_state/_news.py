"""Tells those who wait for it that an owner's values have changed, here or in another process.

News names an owner by a digest, and the session that has made the change; it holds no values.
"""

from __future__ import annotations

import secrets
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from weakref import WeakValueDictionary

from itsdangerous import BadSignature

from ._identity import signer
from .errors import StoreUnavailable
from .stores import Announcer, Store

_SALT = b"streamlit-persistent-state.news"
_MAX_TICKET_CHARS = 1024
_PAUSE = 1.0
"""Seconds until a store that has failed is listened to again."""

PATH = "/_streamlit_persistent_state/news"
"""Where the server of the app takes sockets for news, behind its own path."""

_served = threading.Event()


def serve() -> None:
    """Note that this process takes sockets at `PATH`."""
    _served.set()


def is_served() -> bool:
    return _served.is_set()


def _digest(owner: str) -> str:
    return blake2b(owner.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def ticket(sessions: Mapping[str, str], configured: Sequence[str]) -> str:
    """Return what entitles a page to news.

    Parameters
    ----------
    sessions : dict of str to str
        For each owner whom to leave out: what the page's own session changes is no news to it.
    configured : sequence of str
        The secrets; the first signs.
    """
    text = ",".join(f"{_digest(owner)}:{session}" for owner, session in sessions.items())
    return signer(configured, _SALT).sign(text).decode("ascii")


def admitted(ticket: object, configured: Sequence[str]) -> dict[str, str] | None:
    """Return what a ticket says, with digests for the owners, or None for one that is forged."""
    if not isinstance(ticket, str) or len(ticket) > _MAX_TICKET_CHARS:
        return None
    try:
        text = signer(configured, _SALT).unsign(ticket).decode("ascii")
    except (BadSignature, UnicodeError):
        return None
    return dict(one.split(":", 1) for one in text.split(","))


class Hub:
    """Passes the news of one store on, to this process and, where the store can, to others."""

    def __init__(self, store: Store) -> None:
        self._id = secrets.token_hex(8)
        self._announcer = store if isinstance(store, Announcer) else None
        self._watchers: dict[object, tuple[Mapping[str, str], Callable[[], None]]] = {}
        self._lock = threading.Lock()
        self._listens = False

    def watch(self, sessions: Mapping[str, str], heard: Callable[[], None]) -> Callable[[], None]:
        """Call `heard` from any thread when there is news; return what ends that.

        Parameters
        ----------
        sessions : dict of str to str
            As `admitted` returns it.
        """
        token = object()
        with self._lock:
            self._watchers[token] = (sessions, heard)
            if self._announcer is not None and not self._listens:
                self._listens = True
                start_new_thread(self._listen, (self._announcer,))

        def leave() -> None:
            with self._lock:
                del self._watchers[token]

        return leave

    def announce(self, owner: str, session: str) -> None:
        """Tell that a session has changed something."""
        digest = _digest(owner)
        self._pass_on(digest, session)
        if self._announcer is not None:
            with suppress(StoreUnavailable):
                self._announcer.announce(f"{self._id}:{digest}:{session}")

    def _pass_on(self, digest: str, session: str) -> None:
        for sessions, heard in self._all():
            if sessions.get(digest, session) != session:
                heard()

    def _all(self) -> Collection[tuple[Mapping[str, str], Callable[[], None]]]:
        with self._lock:
            return list(self._watchers.values())

    def _listen(self, announcer: Announcer) -> None:
        while True:
            with suppress(StoreUnavailable):
                for number, text in enumerate(announcer.announcements()):
                    if number == 0:
                        self._catch_up()
                    elif text is not None:
                        hub, _, news = text.partition(":")
                        if hub != self._id:
                            self._pass_on(*news.split(":", 1))
                    if self._has_ended():
                        return
            if self._has_ended():
                return
            time.sleep(_PAUSE)

    def _catch_up(self) -> None:
        """Have everybody look: nobody knows what was announced before this process listened."""
        for _, heard in self._all():
            heard()

    def _has_ended(self) -> bool:
        with self._lock:
            self._listens = bool(self._watchers)
            return not self._listens


_hubs: WeakValueDictionary[int, Hub] = WeakValueDictionary()
_lock = threading.Lock()


def hub_of(store: Store) -> Hub:
    """Return the hub of a store; it lives as long as somebody holds it."""
    with _lock:
        found = _hubs.get(id(store))
        if found is None:
            found = _hubs[id(store)] = Hub(store)
        return found


def announce(store: Store, owner: str, session: str) -> None:
    """Tell that a session has changed something, if anybody of this process may wait for news."""
    with _lock:
        hub = _hubs.get(id(store))
    if hub is not None:
        hub.announce(owner, session)
