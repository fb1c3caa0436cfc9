"""Which key is used for what in one run: two declarations of one key must agree.

A claim holds for its run alone, since scripts are edited while their sessions go on.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .._checks import PREFIX, shown
from .._codec.envelope import fingerprint
from .._record import MISSING
from .._streamlit import runtime
from ..errors import InvalidArgument, NotKept

# Streamlit leaves keys of its own out of what session state lists; see `_streamlit.handle`.
_KEY = f"$$STREAMLIT_INTERNAL_KEY_{PREFIX}:claims"
_WIDGET: Any = object()


class _Claim(NamedTuple):
    """What a key is used for: by the widget, or with a default, at a place of the script."""

    default: Any
    line: object
    group: str | None = None


class Claims:
    """The claims of one run."""

    def __init__(self) -> None:
        self._marker: object = None
        self._claims: dict[str, _Claim] = {}

    def __reduce__(self) -> tuple[type[Claims], tuple[()]]:
        return Claims, ()

    def begin(self, marker: object) -> None:
        """Take note of a run, which is told from others by its marker."""
        if marker is None or marker is not self._marker:
            self._marker = marker
            self._claims.clear()

    def by_widget(self, key: str) -> None:
        """Claim a key for `persistent_state`.

        Raises
        ------
        InvalidArgument
            `persist` has it in this run.
        """
        found = self._claims.setdefault(key, _Claim(_WIDGET, None))
        if found.default is not _WIDGET:
            raise _two_owners(key)

    def by_persist(self, key: str, default: Any, line: object, group: str | None) -> None:
        """Claim a key for `persist`.

        Parameters
        ----------
        default : object
            MISSING for none.
        line : object
            Where the script says so. What a line says anew, such as the time, is no contradiction.

        Raises
        ------
        InvalidArgument
            A widget has it in this run, or another line another default, or another group.
        """
        found = self._claims.get(key)
        if found is not None and found.default is not _WIDGET and found.group != group:
            raise InvalidArgument(
                f"key {key!r} is given to two groups in this run, {found.group!r} and {group!r}. "
                "Declare it with the same group= wherever it is declared"
            )
        if found is None or found.default is MISSING:
            self._claims[key] = _Claim(default, line, group)
        elif found.default is _WIDGET:
            raise _two_owners(key)
        elif default is not MISSING and found.line != line and _differ(found.default, default):
            raise InvalidArgument(
                f"key {key!r} has two defaults in this run, {shown(found.default)} and "
                f"{shown(default)}. Declare it once, or with the same default"
            )


def _two_owners(key: str) -> InvalidArgument:
    return InvalidArgument(
        f"key {key!r} is given to persist() and to persistent_state(). The widget keeps its own "
        f"value, as its scope= says: take {key!r} out of persist(), or use another key"
    )


def _differ(one: object, other: object) -> bool:
    if one is other:
        return False
    try:
        return fingerprint(one) != fingerprint(other)
    except NotKept:
        return type(one) is not type(other)  # nobody can tell two clients apart


def claims() -> Claims:
    """Return the claims of this session's run."""
    state = runtime.session_state()
    found: Claims | None = state.get(_KEY)
    if found is None:
        found = state[_KEY] = Claims()
    found.begin(runtime.Run().marker)
    return found
