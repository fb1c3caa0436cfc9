"""`persist`: any key of session state, kept."""

from __future__ import annotations

from typing import Any

from ._arguments import Scope, checked_choice, checked_key
from ._entry import MISSING
from ._keeper import Keeper
from ._reset import forget, reset
from ._session import Session, session
from .errors import InvalidArgument


class Persisted:
    """What `persist` has done, and what can be done with its keys.

    Attributes are read when asked for, so they tell how things are now.
    """

    # Made by persist() alone; what it is made of is not public, nor are those types.
    def __init__(self, kept: Any, keeper: Any, keys: tuple[str, ...]) -> None:
        self._session: Session = kept
        self._keeper: Keeper = keeper
        self._keys = keys

    @property
    def restored(self) -> frozenset[str]:
        """The keys whose values came from the store in this session."""
        return frozenset(self._session.restored & set(self._keys))

    @property
    def owner(self) -> str:
        """Whose values these are, such as ``"app"`` or ``"browser:…"``; keep it secret."""
        return self._keeper.owner

    @property
    def saved_at(self) -> float | None:
        """When this session last saved, in seconds since 1970; None if it has not."""
        return self._keeper.saved_at

    @property
    def pending(self) -> tuple[str, ...]:
        """The keys whose changes the store has not acknowledged."""
        return tuple(key for key in self._keeper.pending if key in self._keys)

    def save(self) -> bool:
        """Save now and wait for it; whether the store has everything."""
        return self._keeper.save()

    def reset(self, *keys: str) -> None:
        """Set keys back to their defaults; all of them if none is named."""
        reset(*(keys or self._keys))

    def forget(self, *keys: str) -> None:
        """Delete keys from the store and the session; all of them if none is named."""
        forget(*(keys or self._keys))

    def __repr__(self) -> str:
        return f"Persisted({', '.join(self._keys)})"


def persist(*keys: str, scope: Scope = "browser", **defaults: Any) -> Persisted:
    """Keep entries of ``st.session_state`` across refreshes, new tabs and restarts.

    Call it before the script reads them: they are there on the first run. From then on they are
    saved whenever they change, however the run ends.

    Parameters
    ----------
    *keys : str
        Entries of ``st.session_state``, set by widgets with ``key=`` or by the script.
    scope : {"browser", "user", "app", "session"}
        Who shares the values: this browser, the logged-in user on every device, or everybody.
    **defaults
        More entries, each with the value it has where none is stored.

    Returns
    -------
    Persisted
        What was restored, what is saved, and ways to save, reset and forget.

    Raises
    ------
    InvalidArgument
        A key or the scope is not allowed, or a key is kept with another scope already.
    NotStorable
        A value is of a type that cannot be stored; the message names the key and the type.

    Examples
    --------
    >>> persist("name", "volume", count=0)  # doctest: +SKIP
    """
    checked_choice("scope", scope, Scope)
    declared: dict[str, Any] = {checked_key(key): MISSING for key in keys}
    both = declared.keys() & defaults.keys()
    if both:
        raise InvalidArgument(f"key {min(both)!r} is given twice, once with a default")
    declared |= {checked_key(key): default for key, default in defaults.items()}
    if not declared:
        raise InvalidArgument('persist() needs at least one key, such as persist("name")')
    kept = session()
    keeper = kept.keeper(scope)
    kept.keep(scope, declared)
    if scope == "browser":
        kept.write_cookie()
    for key in declared:
        problem = keeper.entries[key].problem
        if problem is not None:
            raise problem
    return Persisted(kept, keeper, tuple(declared))
