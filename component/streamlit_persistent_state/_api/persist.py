"""`persist`: any key of session state, kept."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

from .._checks import Scope, checked_choice, checked_group, checked_key, checked_live, shown
from .._record import MISSING
from .._session.claims import claims
from .._session.group import Group, Member
from .._session.report import Problem
from .._session.session import session
from .._sync.entry import Check, Entry, Merge, additions, anything, last_writer
from .._sync.keeper import Keeper
from ..errors import InvalidArgument, NotKept, NotStorable
from .actions import forget, reset
from .spelling import parameter_like

_log = logging.getLogger(__name__)


class Persisted:
    """What `persist` has done, and what can be done with its keys.

    Attributes are read when asked for, so they tell how things are now.
    """

    # Made by persist() alone; what it is made of is not public, nor are those types.
    def __init__(self, keeper: Any, keys: tuple[str, ...], group: Any = None) -> None:
        self._keeper: Keeper = keeper
        self._keys = keys
        self._group: Group | None = group

    @property
    def restored(self) -> frozenset[str]:
        """The keys whose values came from the store in this session."""
        return frozenset(key for key, entry in self._entries.items() if entry.restored)

    @property
    def owner(self) -> str:
        """Whose values these are, as the store names them: ``"browser:…"``, ``"app:…"``."""
        return self._keeper.owner

    @property
    def saved_at(self) -> float | None:
        """When this session last saved, in seconds since 1970; None if it has not."""
        return self._keeper.saved_at

    @property
    def pending(self) -> tuple[str, ...]:
        """The keys whose changes the store has not acknowledged."""
        if self._group is not None:
            return self._keys if self._group.key in self._keeper.pending else ()
        return tuple(key for key in self._keeper.pending if key in self._keys)

    @property
    def conflicts(self) -> dict[str, Any]:
        """The keys that another session has changed at the same time, with what that one had.

        The newest for each key in this session; increments that add up are no conflict.
        """
        entries = self._keeper.entries
        if self._group is not None:
            found = self._group.conflicts()
        else:
            found = {key: entries[key].conflict for key in self._keys if key in entries}
        return {k: found[k] for k in self._keys if found.get(k, MISSING) is not MISSING}

    @property
    def quarantine(self) -> dict[str, tuple[Any, ...]]:
        """What was replaced, deleted or could not be taken of each key, the newest last.

        Up to three values of a key, for 30 days: what somebody has replaced or deleted who had not
        seen it or may want it back, what cannot be read (as bytes), what `check` or a widget has
        refused. Asks the store. Assign one to session state to have it back.

        Raises
        ------
        StoreUnavailable
            The store cannot be reached.
        """
        if self._group is not None:
            of_group = self._keeper.quarantined([self._group.key]).get(self._group.key, ())
            found = self._group.quarantined(of_group)
        else:
            found = self._keeper.quarantined(self._keys)
        return {key: tuple(found[key]) for key in self._keys if found.get(key)}

    @property
    def _entries(self) -> dict[str, Entry | Member]:
        holder = self._group or self._keeper
        return {key: holder.entries[key] for key in self._keys if key in holder.entries}

    def save(self) -> bool:
        """Save now and wait for it; whether the store has everything.

        Raises
        ------
        NotStorable
            A value of one of these keys cannot be stored; all others are saved. The message names
            every such key with the type, the place inside the value, and what to do.
        ValueTooLarge
            All such values exceed ``max_value_bytes`` or ``max_owner_bytes``.
        """
        is_saved = self._keeper.save(insist=True)
        problems = self._keeper.problems()
        if self._group is None:
            refused = [problems[key] for key in self._keys if key in problems]
        else:
            found = problems.get(self._group.key)
            refused = [] if found is None else [self._group.refusal(found)]
        if refused:
            raise _all_of(refused)
        return is_saved

    def reset(self, *keys: str) -> None:
        """Set keys back to their defaults; all of them if none is named."""
        reset(*(keys or self._keys))

    def forget(self, *keys: str) -> None:
        """Delete keys from the store and the session; all of them if none is named."""
        forget(*(keys or self._keys))

    def __repr__(self) -> str:
        return f"Persisted({', '.join(self._keys)})"


def persist(
    *keys: str | Mapping[str, Any],
    scope: Scope = "browser",
    merge: Callable[[Any, Any, Any], Any] | Literal["last"] | None = None,
    check: Callable[[Any], bool] | type | tuple[type, ...] | None = None,
    live: bool | str | float | timedelta = False,
    group: str | None = None,
    types: Sequence[object] = (),
    **defaults: Any,
) -> Persisted:
    """Keep entries of ``st.session_state`` across refreshes, new tabs and restarts.

    Call it before the script reads them: they are there on the first run. From then on they are
    saved whenever they change, however the run ends.

    Parameters
    ----------
    *keys : str or mapping
        Entries of ``st.session_state``, set by widgets with ``key=`` or by the script. In a
        mapping, entries with their defaults, for keys that are named like a parameter:
        ``persist({"scope": 1})``.
    scope : {"browser", "user", "app", "session"}
        Who shares the values: this browser, the logged-in user on every device, or everybody.
    merge : callable or "last", optional
        Makes one value of (base, mine, theirs) where two sessions have changed a key at the same
        time; base is what both have started from, None for nothing. Called from any thread, so it
        must not use Streamlit. By default what both have added is kept: items at the end of a
        list, new keys of a dict, new members of a set. Where one has done anything else, where a
        widget has the key, and always with "last", the last writer wins; the other value is in
        `Persisted.conflicts` and `Persisted.quarantine`.
    check : callable, type or tuple of types, optional
        Whether a stored value may be restored, or which types it may have. One that may not stays
        in the store, is logged, and the default is used. So it is, without a check, where one of
        Streamlit's widgets cannot take the value: a slider whose bounds have changed, say.
    live : bool, str, float or timedelta, default False
        True: what another tab of this browser changes shows within half a second, without a click
        here; with `asgi.IdentityMiddleware` also what other devices change. A time such as
        ``"2s"``, or in seconds: the store is also asked that often, for apps without it. A hidden
        tab waits until it is shown, and nothing is overwritten while somebody types.
    group : str, optional
        Says that these keys belong together, such as a flag and what it speaks of: they lie in one
        record, and come back from one moment, all or none. What is refused, fits no widget or
        conflicts takes the others with it; `merge` gets dicts of all members. Other calls with the
        same name and scope add to the group.
    types : sequence of types, optional
        Dataclasses, enums, models and the like that values of these keys are made of, such as
        ``[Todo]`` for a list that starts empty. Those of a default, of what it contains and of
        its fields need not be named.
    **defaults
        More entries, each with the value it has where none is stored.

    Returns
    -------
    Persisted
        What was restored, what is saved, and ways to save, reset and forget.

    Raises
    ------
    InvalidArgument
        An argument is not allowed; a key is kept with another scope already; or in the same run
        another line gives it another default or group, or to `persistent_state`.
    AssetsMissing
        The frontend was never built.

    Notes
    -----
    A value that cannot be kept, a declared default too, ends no run: session state holds it as
    ever, the other keys are saved, and one message below the page names all such keys, in every
    run until it is mended (see `configure`, ``show_warnings``). `Persisted.save` raises it.

    Examples
    --------
    >>> persist("name", "volume", count=0)  # doctest: +SKIP
    >>> persist(steps=[0, 0, 0], check=lambda steps: len(steps) == 3)  # doctest: +SKIP
    """
    checked_choice("scope", scope, Scope)
    liveness = checked_live(live)
    group = checked_group(group)
    declared = _declared(keys, defaults)
    frame = sys._getframe(1)
    found = claims()
    for key, default in declared.items():
        found.by_persist(key, default, (frame.f_code, frame.f_lasti), group)
    kept = session()
    for key, default in defaults.items():
        if parameter := parameter_like(key, default):
            kept.report.note(_misspelt(key, parameter))
    joined = kept.keep(scope, declared, _merger(merge), _checker(check), _named(types), group)
    keeper = kept.keepers[scope]
    kept.show(scope, keeper, liveness)
    return Persisted(keeper, tuple(declared), joined)


def _declared(
    keys: Sequence[str | Mapping[str, Any]], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """Return all keys with their defaults, MISSING for none."""
    declared: dict[str, Any] = {}
    for given in (*keys, defaults):
        # A text alone is a key without a default.
        pairs = given if isinstance(given, Mapping) else {checked_key(given): MISSING}
        for key, default in pairs.items():
            if checked_key(key) in declared and (
                declared[key] is not MISSING or default is not MISSING
            ):
                raise InvalidArgument(f"key {key!r} is given twice, once with a default")
            declared[key] = default
    if not declared:
        raise InvalidArgument('persist() needs at least one key, such as persist("name")')
    return declared


def _misspelt(key: str, parameter: str) -> Problem:
    return Problem(
        key,
        f"it is kept as a key of session state. If the parameter `{parameter}=` is meant, mend "
        f"its name; if a key is meant, write it in a mapping, `persist({{...: ...}})`.",
    )


def _all_of(refused: Sequence[NotKept]) -> NotKept:
    """Return one error that says what several say."""
    if len(refused) == 1:
        return refused[0]
    kinds = {type(error) for error in refused}
    kind = kinds.pop() if len(kinds) == 1 else NotStorable
    return kind("; ".join(map(str, refused)))


def _merger(merge: Any) -> Merge:
    if merge is None:
        return additions
    if merge == "last":
        return last_writer
    if not callable(merge):
        raise InvalidArgument(f'merge must be callable or "last", got {shown(merge)}')

    def merged(base: Any, mine: Any, theirs: Any) -> Any:
        try:
            return merge(None if base is MISSING else base, mine, theirs)
        except Exception:
            _log.exception("merge failed; the last writer wins")
            return mine

    return merged


def _named(types: Any) -> Sequence[object]:
    if isinstance(types, (list, tuple, set, frozenset)):
        return tuple(types)
    raise InvalidArgument(f"types must be a list of types, such as [Todo], got {shown(types)}")


def _checker(check: Any) -> Check:
    if check is None:
        return anything
    if isinstance(check, type) or (
        isinstance(check, tuple) and all(isinstance(one, type) for one in check)
    ):
        return lambda value: isinstance(value, check)
    if callable(check):
        return lambda value: bool(check(value))
    raise InvalidArgument(f"check must be callable or a type, got {shown(check)}")
