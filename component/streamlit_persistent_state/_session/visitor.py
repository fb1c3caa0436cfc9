"""The browser behind a session: its id, and the cookie that its page is to keep."""

from __future__ import annotations

import logging
from contextlib import suppress
from enum import Enum, auto
from typing import NamedTuple

from .._identity.cookie import Identity, cookie_name, cookie_value, login_of, new_id, today
from .._identity.login import identified
from .._identity.register import Register, register_of
from .._identity.verify import Found, sent_by, signing_keys, verified
from .._settings import Settings
from .._streamlit import page, runtime
from .._sync.notifications import is_served
from ..errors import StoreUnavailable
from ..stores import Store

_log = logging.getLogger(__name__)


class Certainty(Enum):
    """What is known of a session's browser."""

    NOT_ASKED = auto()
    """Nothing was tried yet."""
    UNKNOWN = auto()
    """The store has not said what the cookie is called, or whose it is: the id is made up."""
    NEW = auto()
    """It has come without a cookie that counts, and gets one."""
    KNOWN = auto()
    """It has come with a cookie that counts."""


class _Handshake(NamedTuple):
    """What the page has sent when it connected, which stays the same for the whole session."""

    header: str
    is_https: bool
    login: str


class _Cookie(NamedTuple):
    """What the page is to keep, and what it may replace."""

    name: str
    value: str
    replaces: str | None


class Visitor:
    """Who the browser of a session is, and what its page has to be told about that.

    Attributes
    ----------
    certainty : Certainty
    """

    def __init__(self) -> None:
        self.certainty = Certainty.NOT_ASKED
        self._identity = Identity(new_id())
        self._handshake: _Handshake | None = None
        self._register: Register | None = None
        self._settings: Settings | None = None
        self._cookie: _Cookie | None = None
        self._due = False

    def begin(self, draws_a_page: bool) -> None:
        """Take note of a run: one that draws a page tells it the cookie again."""
        self._due = draws_a_page

    @property
    def id(self) -> str:
        """The browser's id as far as it is known."""
        return self._identity.browser

    @property
    def is_certain(self) -> bool:
        """Whether the id is that of the browser, and not made up for the time being."""
        return self.certainty in (Certainty.NEW, Certainty.KNOWN)

    def browser(self, settings: Settings, store: Store) -> str:
        """Return this browser's id, from its cookie or new; to be called in a run of the script."""
        if not self.is_certain:
            self._settings, self._register = settings, register_of(store)
            if self._handshake is None:
                login = login_of(runtime.user())
                self._handshake = _Handshake(runtime.cookies(), runtime.is_https(), login)
            self._identify()
        return self._identity.browser

    def is_recognised(self) -> bool:
        """Ask again who the browser is, from any thread; whether it has come with a cookie.

        A new one has to wait for a run, which gives its page the cookie.
        """
        if self.certainty is Certainty.UNKNOWN:
            self._identify(only_known=True)
        return self.certainty is Certainty.KNOWN

    def _identify(self, *, only_known: bool = False) -> None:
        assert self._handshake is not None
        assert self._register is not None
        assert self._settings is not None
        header, is_https, login = self._handshake
        try:
            facts = self._register.facts()
            keys = signing_keys(self._settings, self._register)
            name = cookie_name(self._settings, facts)
            came = sent_by(header, self._settings, facts, is_https=is_https)
            found = verified(came, self._settings, self._register)
        except StoreUnavailable:
            # The cookie stays, and with it what is kept: the store is asked again.
            self.certainty = Certainty.UNKNOWN
            return
        if found is None and only_known:
            return
        known = None if found is None else found.identity
        if known is not None and known.is_servers:
            # No page can replace it. The middleware renews it, and changes it at a log-in; where
            # it is gone since, a log-in leads to the same new id each time.
            identity = known
            if not is_served():
                identity = identified(known, login, self._register, is_servers=True)
        else:
            identity = identified(known, login, self._register)._replace(day=today())
            value = cookie_value(identity, keys)
            if found is None or found.cookie != value:
                replaces = found.cookie if found is not None else next(iter(came), None)
                self._cookie = _Cookie(name, value, replaces)
        self._identity = identity
        self.certainty = Certainty.NEW if known is None else Certainty.KNOWN

    def collected_before(self, settings: Settings, store: Store) -> str | None:
        """Return the id under which this browser may have kept something already."""
        browser = self.browser(settings, store)
        return browser if self.certainty is Certainty.KNOWN else None

    def write_cookie(self) -> None:
        """Show the page the cookie it is to keep, once in every run that draws the whole page."""
        if self._cookie is not None and self._due:
            self._due = False
            page.write_cookie(*self._cookie, self._found)

    def _found(self, cookie: str) -> None:
        """Another tab of this browser was first: go on under its id."""
        if not cookie:
            _log.warning("A browser keeps no cookies: its state ends with the session")
            return
        found: Found | None = None
        with suppress(StoreUnavailable):
            assert self._register is not None
            assert self._settings is not None
            found = verified([cookie], self._settings, self._register)
        if found is not None and self._cookie is not None:
            self._identity, self.certainty = found.identity, Certainty.KNOWN
            self._cookie = _Cookie(self._cookie.name, cookie, None)
