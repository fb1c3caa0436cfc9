"""Tells those who wait for it that an owner's values have changed, here or in another process.

News names an owner by a digest, and the session that has made the change; it holds no values.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple
from weakref import WeakValueDictionary

from itsdangerous import BadSignature

from .._signing import signer
from ..errors import StoreUnavailable
from ..stores import Announcer, Store

_log = logging.getLogger(__name__)

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


class Admission(NamedTuple):
    """What a page may hear of.

    Attributes
    ----------
    session : str
        Its own; what that changes is no news to it.
    owners : frozenset of str
        Digests of their names.
    """

    session: str
    owners: frozenset[str]


def _digest(owner: str) -> str:
    return blake2b(owner.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def ticket(session: str, owners: Iterable[str], configured: Sequence[str]) -> str:
    """Return what admits the page of a session to news of owners; the first secret signs it."""
    text = ",".join([session, *map(_digest, owners)])
    return signer(configured, _SALT).sign(text).decode("ascii")


def admitted(ticket: object, configured: Sequence[str]) -> Admission | None:
    """Return what a ticket says, or None for one that is forged."""
    if not isinstance(ticket, str) or len(ticket) > _MAX_TICKET_CHARS:
        return None
    try:
        text = signer(configured, _SALT).unsign(ticket).decode("ascii")
    except (BadSignature, UnicodeError):
        return None
    session, *owners = text.split(",")
    return Admission(session, frozenset(owners))


class Hub:
    """Passes the news of one store on, to this process and, where the store can, to others."""

    def __init__(self, store: Store) -> None:
        self._id = secrets.token_hex(8)
        self._announcer = store if isinstance(store, Announcer) else None
        self._subscribers: dict[object, tuple[Admission, Callable[[], None]]] = {}
        self._lock = threading.Lock()
        self._listens = False

    def subscribe(self, admission: Admission, notify: Callable[[], None]) -> Callable[[], None]:
        """Call `notify` from any thread when there is news; return what ends that."""
        token = object()
        with self._lock:
            self._subscribers[token] = (admission, notify)
            if self._announcer is not None and not self._listens:
                self._listens = True
                start_new_thread(self._listen, (self._announcer,))

        def unsubscribe() -> None:
            with self._lock:
                del self._subscribers[token]

        return unsubscribe

    def publish(self, owner: str, session: str) -> None:
        """Tell that a session has changed something."""
        self.deliver(Admission(session, frozenset([_digest(owner)])))

    def deliver(self, news: Admission) -> None:
        """Tell that a session has changed something of some owners."""
        self._notify(news)
        if self._announcer is not None:
            for owner in news.owners:
                with suppress(StoreUnavailable):
                    self._announcer.announce(f"{self._id}:{news.session}:{owner}")

    def _notify(self, news: Admission | None) -> None:
        """Tell those whom some news is for; None is for everybody."""
        with self._lock:
            subscribers = list(self._subscribers.values())
        for admission, notify in subscribers:
            if news is None or (
                admission.session != news.session and admission.owners & news.owners
            ):
                notify()

    def _listen(self, announcer: Announcer) -> None:
        works = True
        while not self._has_ended():
            try:
                for number, text in enumerate(announcer.announcements()):
                    if number == 0:
                        works = True
                        self._notify(None)  # nobody knows what was announced before
                    elif text is not None:
                        self._receive(text)
                    if self._has_ended():
                        return
            except Exception as error:
                if works:
                    _log.warning("News of other servers does not come through: %s", error)
                works = False
            time.sleep(_PAUSE)

    def _receive(self, text: str) -> None:
        hub, *news = text.split(":")
        # Anybody may say anything there.
        if hub != self._id and len(news) == 2:
            self._notify(Admission(news[0], frozenset([news[1]])))

    def _has_ended(self) -> bool:
        with self._lock:
            self._listens = bool(self._subscribers)
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


def publish(store: Store, owner: str, session: str) -> None:
    """Tell that a session has changed something, if any page may wait for news."""
    with _lock:
        hub = _hubs.get(id(store))
    if hub is None and is_served():
        hub = hub_of(store)  # pages of other processes may wait
    if hub is not None:
        hub.publish(owner, session)
