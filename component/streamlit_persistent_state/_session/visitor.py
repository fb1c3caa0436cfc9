"""The browser behind a session: its id, and the cookie that its page is to keep."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from .._identity.cookie import SERVERS, Identity, cookie_value, login_of, new_id
from .._identity.verify import identified, verified
from .._settings import Settings
from .._streamlit import page, runtime
from .._sync.breaker import Health, health_of
from ..errors import StoreUnavailable
from ..stores import Store

_log = logging.getLogger(__name__)


class Visitor:
    """Who the browser of a session is, and what its page has to be told about that."""

    def __init__(self) -> None:
        self._identity: Identity | None = None
        self._is_certain = False
        self._health: Health | None = None
        self._cookie: tuple[str, str, str | None] | None = None
        self._due = self._is_new = False
        self._verified: Callable[[str | None], Identity | None] = lambda cookie: None

    def begin(self, draws_a_page: bool) -> None:
        """Take note of a run: one that draws a page tells it the cookie again."""
        self._due = draws_a_page

    def browser(self, settings: Settings, store: Store) -> str:
        """Return this browser's id, from its cookie or new."""
        if self._identity is None or not self._is_certain:
            self._identity = self._identified(settings, store)
        return self._identity.browser

    def collected_before(self, settings: Settings, store: Store) -> str | None:
        """Return the id under which this browser may have kept something already."""
        browser = self.browser(settings, store)
        return None if self._is_new else browser

    def _identified(self, settings: Settings, store: Store) -> Identity:
        self._health = health_of(store)  # lives as long as somebody holds it
        self._verified = partial(verified, settings=settings, store=store)
        name, login = settings.cookie, login_of(runtime.user())
        found = runtime.cookie(f"__Host-{name}") or runtime.cookie(name)
        try:
            known = self._verified(found)
        except StoreUnavailable:
            # The cookie stays, and with it what is kept: the store is asked again.
            return self._identity or Identity(new_id(), login)
        self._is_certain, self._is_new = True, known is None
        if known is not None and known.login.startswith(SERVERS):
            return known
        identity = self._identity
        if known is not None or identity is None:
            identity = identified(known, login, store)
        if identity != known:
            self._cookie = name, cookie_value(identity, settings.secret), found
        return identity

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
        identity = None
        with suppress(StoreUnavailable):
            identity = self._verified(cookie)
        if identity is not None and self._cookie is not None:
            self._identity, self._cookie = identity, (self._cookie[0], cookie, None)
