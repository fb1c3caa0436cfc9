"""All groups of a session: which key is in which, and what their records are to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from .._record import MISSING
from .._sync.entry import Merge, additions, last_writer
from .._sync.keeper import Keeper
from ..errors import NotKept
from .group import Group


def merge_of(merge: Merge) -> Merge:
    """Return a merge of whole groups; what both sides have done to one is never mixed."""
    if merge in (additions, last_writer):
        return last_writer

    def merged(base: Any, mine: Any, theirs: Any) -> Any:
        found = merge(base, mine, theirs)
        return found if isinstance(found, dict) else mine

    return merged


class Groups:
    """All groups of a session.

    Parameters
    ----------
    keeper_of : callable
        Returns the keeper of a scope.
    """

    def __init__(self, keeper_of: Callable[[str], Keeper]) -> None:
        self._keeper_of = keeper_of
        self._groups: dict[str, Group] = {}
        self._of: dict[str, Group] = {}

    def of(self, key: str) -> Group | None:
        """Return the group that `key` is a member of."""
        return self._of.get(key)

    def join(self, name: str | None, scope: str, keys: Iterable[str]) -> Group | None:
        """Return the group of this name, None for none, and have `keys` be in it or in no group."""
        group = None
        if name is not None:
            group = self._groups.get(name)
            if group is None:
                is_ours_alone = scope in ("browser", "session")
                keeper = partial(self._keeper_of, scope)
                group = Group(name, keeper, is_ours_alone=is_ours_alone)
                self._groups[name] = group
        for key in keys if self._groups else ():
            # A script is edited while its sessions go on.
            if (was := self._of.get(key)) is not None and was is not group:
                del was.entries[key], self._of[key]
            if group is not None:
                self._of[key] = group
        return group

    def records(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the records of all groups are to hold while session state holds `values`."""
        found = {group.key: group.whole(values) for group in list(self._groups.values())}
        return {key: value for key, value in found.items() if value is not MISSING}

    def with_records(self, keys: Iterable[str]) -> list[str]:
        """Return `keys`, and for a member all of its group with the record."""
        found = dict.fromkeys(keys)
        for group in {id(g): g for g in map(self.of, list(found)) if g is not None}.values():
            found.update(dict.fromkeys([group.key, *group.entries]))
        return list(found)

    def drop(self, key: str) -> None:
        """Forget a member with its group."""
        group = self._of.pop(key, None)
        if group is not None:
            self._groups.pop(group.name, None)

    def refusal(self, refused: NotKept) -> NotKept:
        """Return the same in the words of the member, where a group is refused."""
        for group in self._groups.values():
            if group.key == refused.key:
                return group.refusal(refused)
        return refused
