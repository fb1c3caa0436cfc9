"""What the request for a page says of its browser, and what the answer tells it. Plain ASGI."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any, TypeAlias

from .cookie import MAX_AGE, sent

Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

_SHARED = ("public", "s-maxage")


class Request:
    """The headers of a request, as far as they concern us.

    Parameters
    ----------
    scope : mapping
        What the server says of the request, as ASGI has it.
    """

    def __init__(self, scope: Any) -> None:
        self._scheme = scope.get("scheme")
        self._headers: Headers = scope["headers"]

    @property
    def cookies(self) -> str:
        return self._header(b"cookie", "; ")

    @property
    def wants_a_page(self) -> bool:
        return "text/html" in self._header(b"accept")

    @property
    def is_in_a_frame(self) -> bool:
        """Whether the page is for a frame, where only a partitioned cookie is kept."""
        return self._header(b"sec-fetch-dest") == "iframe"

    def is_https(self, guarded: str) -> bool:
        """Whether the page's address begins with https, whatever stands between.

        Nobody gains by a false header: it changes the cookie of who sends it.

        Parameters
        ----------
        guarded : str
            Name of a cookie that browsers send on https alone, and to themselves.
        """
        said = (self._header(b"x-forwarded-proto"), self._header(b"forwarded"))
        return (
            self._scheme == "https"
            or said[0].partition(",")[0].strip().lower() == "https"
            or "proto=https" in said[1].partition(",")[0].lower().replace('"', "")
            or (bool(sent(self.cookies, guarded)) and not self._is_for_this_machine())
        )

    def _is_for_this_machine(self) -> bool:
        host = self._header(b"host").rpartition(":")[0] or self._header(b"host")
        try:
            return ipaddress.ip_address(host.strip("[]")).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    def _header(self, name: bytes, between: str = ", ") -> str:
        found = [value.decode("latin-1") for key, value in self._headers if key == name]
        return between.join(found)


def set_cookie(name: str, value: str, *, is_https: bool, is_in_a_frame: bool) -> bytes:
    """Return the header that has a browser keep a cookie that its scripts cannot read."""
    options = "SameSite=Lax"
    if is_https:
        options = "SameSite=Lax; Secure"
        if is_in_a_frame:
            options = "SameSite=None; Secure; Partitioned"
    return f"{name}={value}; Path=/; Max-Age={MAX_AGE}; HttpOnly; {options}".encode("ascii")


def for_one_browser(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return headers that let no cache give the answer, with its cookie, to another browser."""
    kept, caching = [], []
    for key, value in headers:
        if key.lower() == b"cache-control":
            caching += [part.strip() for part in value.decode("latin-1").split(",")]
        else:
            kept.append((key, value))
    caching = [part for part in caching if part and not part.lower().startswith(_SHARED)]
    if "private" not in [part.lower() for part in caching]:
        caching.append("private")
    return [*kept, (b"cache-control", ", ".join(caching).encode("latin-1"))]
