"""Keys that belong together: they lie in one record, and come back from one moment or not at all.

To `_sync` a group is one key, whose value is a dict of its members. To `Assignments` each member
looks as if it had a keeper and an entry of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .._checks import PREFIX
from .._codec.body import decode, encode
from .._codec.types import Types
from .._record import GONE, MISSING
from .._streamlit import runtime
from .._sync.entry import Check
from .._sync.keeper import Keeper
from ..errors import NotKept, NotStorable

_log = logging.getLogger(__name__)


@dataclass
class Member:
    """One key of a group, with as much of an entry as `Assignments` asks for."""

    group: Group
    key: str
    default: Any
    incoming: Any = MISSING
    fresh: bool = True
    restored: bool = False
    is_a_widgets: bool = False

    @property
    def value(self) -> Any:
        """What session state last held."""
        return self.group.last.get(self.key, MISSING)

    @property
    def is_kept(self) -> bool:
        return self.group.is_kept

    @property
    def types(self) -> Types:
        return self.group.types

    def default_value(self) -> Any:
        if self.default is MISSING:
            return MISSING
        try:
            return decode(encode(self.default, types=self.types), types=self.types)
        except NotStorable:
            return self.default


class Group:
    """The keys of one group in one session.

    Parameters
    ----------
    name : str
        As the script calls it.
    keeper : callable
        Returns the keeper of its owner, which may change.
    is_ours_alone : bool
        Whether a deletion by the script is one for all who share the record.

    Attributes
    ----------
    key : str
        Of the record.
    entries : dict of str to Member
    last : dict of str to object
        What session state last held of the members.
    """

    def __init__(self, name: str, keeper: Callable[[], Keeper], *, is_ours_alone: bool) -> None:
        self.name, self.key = name, f"{PREFIX}:group:{name}"
        self.entries: dict[str, Member] = {}
        self.last: dict[str, Any] = {}
        self.types = Types()
        self._keeper, self._is_ours_alone = keeper, is_ours_alone
        self._named: list[object] = []
        self._rest: dict[str, Any] = {}
        self._gone: set[str] = set()
        self._erased: set[str] = set()
        self._is_taken = self._is_turned_down = False

    @property
    def is_kept(self) -> bool:
        entry = self._keeper().entries.get(self.key)
        return entry is not None and entry.is_kept

    def declare(self, defaults: Mapping[str, Any], named: Sequence[object]) -> dict[str, Any]:
        """Take members, new or declared again; return the default of the record by its key."""
        for key, default in defaults.items():
            if key not in self.entries:
                self.entries[key] = Member(self, key, default)
            elif default is not MISSING:
                self.entries[key].default = default
        self._named += [one for one in named if one not in self._named]
        declared = {key: member.default for key, member in self.entries.items()}
        self.types = Types([d for d in declared.values() if d is not MISSING], self._named)
        return {self.key: self._defaults() or MISSING}

    def check(self, check: Check) -> Check:
        """Return a check of the whole, which asks for each member."""

        def checked(value: Any) -> bool:
            return isinstance(value, dict) and all(
                check(value[key]) for key in self.entries if key in value
            )

        return checked

    def _defaults(self) -> dict[str, Any]:
        found = {key: member.default_value() for key, member in sorted(self.entries.items())}
        return {key: value for key, value in found.items() if value is not MISSING}

    def whole(self, values: Mapping[str, Any]) -> Any:
        """Return what the record is to hold while session state holds `values`, or MISSING.

        A member that Streamlit has cleaned up, and one that this version of the script does not
        declare, stay as they were.
        """
        present = {key: values[key] for key in list(self.entries) if key in values}
        gone = self._gone - present.keys()
        if gone and not self._is_ours_alone:
            return MISSING  # others still have the member that this session has deleted
        self.last = {**self.last, **present}
        found = {**self._rest, **self.last}
        # In one order, which is part of a fingerprint.
        return {key: found[key] for key in sorted(found.keys() - gone - self._erased)} or MISSING

    # What Assignments asks of a keeper

    def erase(self, key: str) -> None:
        """Keep the others without this member, whatever the record has held of it."""
        self._erased.add(key)

    def incoming(self, key: str, current: Any) -> Any:
        return self.entries[key].incoming

    def taken(self, key: str, value: Any) -> None:
        member = self.entries[key]
        member.incoming, member.fresh, self._is_taken = MISSING, False, True

    @property
    def is_page_load(self) -> bool:
        return self._keeper().is_page_load

    def set_aside(self, key: str) -> None:
        self._keeper().set_aside(self.key)

    def overwrite(self, key: str) -> None:
        self.entries[key].restored = False
        self._keeper().set_aside(self.key)

    @contextmanager
    def turning_down(self, key: str, instead: Any) -> Iterator[None]:
        """Leave the whole group, since a widget cannot take one member.

        What the script has read above the widget belongs to the rest of it, so it runs again.
        """
        yield
        _log.warning("The group %r is left aside: the widget %r does not take it", self.name, key)
        self._is_turned_down = True
        runtime.rerun()

    # What the session does

    def load(self, values: Mapping[str, Any]) -> None:
        """Note what each member shall take now.

        Parameters
        ----------
        values : mapping
            What session state holds.
        """
        keeper = self._keeper()
        self._gone -= values.keys()
        self._is_taken = False
        if self._is_turned_down:
            self._is_turned_down = False
            self._begin_anew(keeper)
            return
        found = keeper.incoming(self.key, self.whole(values))
        if found is GONE:
            self._is_taken, self.last, self._rest = True, {}, {}
            for member in self.entries.values():
                default = member.default_value()
                member.incoming = GONE if default is MISSING else default
            return
        if isinstance(found, dict):
            self._is_taken = True
            self._rest = {key: v for key, v in found.items() if key not in self.entries}
        else:
            found = {}
        is_restored = keeper.entries[self.key].restored
        for key, member in self.entries.items():
            if key in found or key in self._rest:
                member.incoming = found[key] if key in found else self._rest.pop(key)
                member.restored |= member.fresh and is_restored
            elif member.fresh or key in self._gone:
                member.incoming = member.default_value()

    def _begin_anew(self, keeper: Keeper) -> None:
        state, defaults = runtime.session_state(), self._defaults()
        with keeper.turning_down(self.key, defaults):
            self.last, self._rest = {}, {}
            for key, member in self.entries.items():
                member.restored = False
                state.pop(key, None)
                if key in defaults:
                    state[key] = defaults[key]

    def settle(self, values: Mapping[str, Any]) -> None:
        """Note that session state has taken what `load` has said."""
        if self._is_taken:
            self._is_taken = False
            whole = self.whole(values)
            is_gone = whole is MISSING and self._keeper().entries[self.key].incoming is GONE
            self._keeper().taken(self.key, GONE if is_gone else whole)

    def delete(self, key: str, *, next_run: bool) -> None:
        """Note that the script has deleted a member."""
        self._gone.add(key)
        self.last = {one: value for one, value in self.last.items() if one != key}
        if self._is_ours_alone:
            self._keeper().delete(self.key, next_run=next_run)
        else:
            self._keeper().let_go(self.key, next_run=next_run)

    def clear(self, key: str) -> None:
        """Delete the record, so that all members begin with their defaults.

        Raises
        ------
        StoreUnavailable
            Nothing was deleted.
        """
        self.last, self._rest = {}, {}
        self._keeper().clear(self.key)

    def conflicts(self) -> dict[str, Any]:
        """Return what another session had of the members at the same time."""
        theirs = self._keeper().entries[self.key].conflict
        return {key: v for key, v in _dict(theirs).items() if key in self.entries}

    def quarantined(self, found: Iterable[Any]) -> dict[str, list[Any]]:
        """Return for each member what is in quarantine of the group."""
        groups = [_dict(value) for value in found]
        return {key: [v[key] for v in groups if key in v] for key in self.entries}

    def refusal(self, refused: NotKept) -> NotKept:
        """Return why the group is not kept, in the words of the member that is to blame."""
        reason, place, key = refused.reason, refused.place, self.key
        for member in self.entries:
            step = f"[{member!r}]"
            if place.startswith(step):
                inside = place[len(step) :]
                where = f" at {inside}" if inside else ""
                reason = reason.replace(f" at {place}", where, 1)
                key, place = member, inside
                break
        else:
            key = next(iter(self.entries))
        others = ", ".join(repr(one) for one in self.entries if one != key)
        reason = f"{reason} With it the group {self.name!r} is not kept: {others}."
        return type(refused)(reason, key=key, kind=refused.kind, place=place)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
