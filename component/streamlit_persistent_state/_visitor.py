"""The browser behind a session: its id, and the cookie that its page is to keep."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from . import _page as page
from . import _runtime as runtime
from ._believed import believed, identified
from ._identity import SERVERS, Identity, cookie_value, login_of
from ._settings import Settings
from .stores import Store

_log = logging.getLogger(__name__)


class Visitor:
    """Who the browser of a session is, and what its page has to be told about that."""

    def __init__(self) -> None:
        self._identity: Identity | None = None
        self._cookie: tuple[str, str, str | None] | None = None
        self._due = self._is_new = False
        self._believed: Callable[[str | None], Identity | None] = lambda cookie: None

    def begin(self, draws_a_page: bool) -> None:
        """Take note of a run: one that draws a page tells it the cookie again."""
        self._due = draws_a_page

    def browser(self, settings: Settings, store: Store) -> str:
        """Return this browser's id, from its cookie or new."""
        if self._identity is None:
            self._believed = partial(believed, settings=settings, store=store)
            name = settings.cookie
            found = runtime.cookie(f"__Host-{name}") or runtime.cookie(name)
            known = self._believed(found)
            self._is_new = known is None
            if known is not None and known.login.startswith(SERVERS):
                self._identity = known
            else:
                login = login_of(runtime.user())
                self._identity = identified(found, login, settings, store)
            if self._identity != known:
                self._cookie = name, cookie_value(self._identity, settings.secret), found
        return self._identity.browser

    def collected_before(self, settings: Settings, store: Store) -> str | None:
        """Return the id under which this browser may have kept something already."""
        browser = self.browser(settings, store)
        return None if self._is_new else browser

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
        identity = self._believed(cookie)
        if identity is not None and self._cookie is not None:
            self._identity, self._cookie = identity, (self._cookie[0], cookie, None)
