"""Tells those who wait for it that an owner's values have changed, here or in another process.

News names an owner by a digest, and the session that has made the change; it holds no values. It is
told where something was committed, and nowhere else: what a page says is believed by nobody.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from typing import NamedTuple, Protocol
from weakref import WeakValueDictionary

from itsdangerous import BadSignature

from .._signing import signer
from .._workers import Job
from ..errors import StoreUnavailable
from ..stores import Announcer, Store

_log = logging.getLogger(__name__)

_SALT = b"streamlit-persistent-state.news"
_MAX_TICKET_CHARS = 1024
_PAUSE = 1.0
"""Seconds until a store that has failed is listened to again."""

TICKET_SECONDS = 2 * 24 * 3600.0
"""How long a page may hear of news without a run; a page with ``live`` has one a day."""

PATH = "/_streamlit_persistent_state/news"
"""Where the server of the app takes sockets for news, behind its own path."""

_served = threading.Event()


def serve() -> None:
    """Note that this process takes sockets at `PATH`."""
    _served.set()


def is_served() -> bool:
    return _served.is_set()


def reach(store: Store) -> str:
    """Return the same for all processes that tell each other's pages of what they commit."""
    return "" if isinstance(store, Announcer) else _process


_process = secrets.token_hex(8)


class News(NamedTuple):
    """That something was committed.

    Attributes
    ----------
    session : str
        Who has committed it.
    owner : str
        A digest of the name of the owner whose it is.
    """

    session: str
    owner: str


class Admission(NamedTuple):
    """What a page may hear of.

    Attributes
    ----------
    session : str
        Its own; what that changes is no news to it.
    ends_at : float
        Until when, in seconds since 1970.
    owners : frozenset of str
        Digests of their names.
    """

    session: str
    ends_at: float
    owners: frozenset[str]


class Follower(Protocol):
    """A session of this process whose page waits for news."""

    def follows(self, owner: str) -> bool:
        """Whether its page shows values of an owner, of whose name this is the digest."""
        ...

    def is_behind(self) -> bool:
        """Whether the store has something that its script has not seen, as far as can be known."""
        ...


_followers: WeakValueDictionary[str, Follower] = WeakValueDictionary()


def follow(session: str, follower: Follower) -> None:
    """Have `follower` asked before the page of a session is told of news."""
    _followers[session] = follower


def digest(owner: str) -> str:
    """Return what stands for the name of an owner where that is not to be read."""
    return blake2b(owner.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def ticket(admission: Admission, keys: Sequence[str]) -> str:
    """Return what admits a page; the first of the `keys` signs it."""
    text = ",".join([admission.session, str(int(admission.ends_at)), *sorted(admission.owners)])
    return signer(keys, _SALT).sign(text).decode("ascii")


def admitted(ticket: object, keys: Sequence[str]) -> Admission | None:
    """Return what a ticket says that one of the `keys` has signed; None also where it has ended."""
    if not isinstance(ticket, str) or len(ticket) > _MAX_TICKET_CHARS:
        return None
    try:
        text = signer(keys, _SALT).unsign(ticket).decode("ascii")
    except (BadSignature, UnicodeError):
        return None
    session, ends_at, *owners = text.split(",")
    found = Admission(session, float(ends_at), frozenset(owners))
    return found if found.ends_at > time.time() else None


class Hub:
    """Passes the news of one store on, to this process and, where the store can, to others."""

    def __init__(self, store: Store) -> None:
        self._id = secrets.token_hex(8)
        self._announcer = store if isinstance(store, Announcer) else None
        self._subscribers: dict[object, tuple[Admission, Job]] = {}
        self._lock = threading.Lock()
        self._listens = False

    def subscribe(self, admission: Admission, notify: Callable[[], None]) -> Callable[[], None]:
        """Call `notify` when there is news for a page; return what ends that.

        It is called by any thread, and the first time for what the page may have missed.
        """
        token, looking = object(), Job(partial(_notify_if_behind, admission.session, notify))
        with self._lock:
            self._subscribers[token] = (admission, looking)
            if self._announcer is not None and not self._listens:
                self._listens = True
                start_new_thread(self._listen, (self._announcer,))  # tells everybody first
            else:
                looking.ask()

        def unsubscribe() -> None:
            with self._lock:
                del self._subscribers[token]

        return unsubscribe

    def publish(self, owner: str, session: str) -> None:
        """Tell that a session has committed something."""
        news = News(session, digest(owner))
        self._notify(news)
        if self._announcer is not None:
            with suppress(StoreUnavailable):
                self._announcer.announce(f"{self._id}:{news.session}:{news.owner}")

    def count(self, session: str) -> int:
        """Return how often a session is subscribed."""
        with self._lock:
            return sum(one.session == session for one, _ in self._subscribers.values())

    def _notify(self, news: News | None) -> None:
        """Tell those whom some news is for; None is for everybody."""
        with self._lock:
            subscribers = list(self._subscribers.values())
        for admission, looking in subscribers:
            if news is None or _is_for(admission, news):
                looking.ask()

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
            time.sleep(_PAUSE)  # before it connects again

    def _receive(self, text: str) -> None:
        hub, *news = text.split(":")
        # Anybody may say anything there.
        if hub != self._id and len(news) == 2:
            self._notify(News(*news))

    def _has_ended(self) -> bool:
        with self._lock:
            self._listens = bool(self._subscribers)
            return not self._listens


def _is_for(admission: Admission, news: News) -> bool:
    if admission.session == news.session or news.owner not in admission.owners:
        return False
    follower = _followers.get(admission.session)
    return follower is None or follower.follows(news.owner)


def _notify_if_behind(session: str, notify: Callable[[], None]) -> None:
    """Tell a page; one whose session is elsewhere finds out by itself whether it is behind."""
    follower = _followers.get(session)
    if follower is None or follower.is_behind():
        notify()


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
