"""What must be true, whatever has happened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from .values import COUNT, KEYS, MOST, WIDGET, acts_in

_SUMS = (COUNT, WIDGET)

NOWHERE = -1
"""The store that owes nothing."""


class Broken(AssertionError):
    """A promise is broken.

    Attributes
    ----------
    promise : str
        Which one; the same for all runs that break it.
    """

    def __init__(self, promise: str, detail: str) -> None:
        super().__init__(f"{promise}: {detail}")
        self.promise = promise


@dataclass
class Act:
    """One thing that a user has done, and that the value holds a number of.

    Attributes
    ----------
    homes : set of str
        Owners it may have come to: where it was done, and where a log-in has moved it.
    made : float
        When it was done, in true time.
    resets, life : int, str
        Of how many resets of the widget its tab knew, and since which deletion it counted them.
    acknowledged : int or None
        By which store.
    may_be_gone : bool
        Somebody who had seen it has taken it out, or a deletion is under way.
    is_deleted : bool
        It must not come back.
    """

    number: int
    key: str
    homes: set[str]
    made: float
    resets: int = 0
    life: str = ""
    acknowledged: int | None = None
    may_be_gone: bool = False
    is_deleted: bool = False
    users: set[str] = field(default_factory=set)


class Oracle:
    """All acts of one simulation, and what became of them.

    Parameters
    ----------
    blur : float
        How many seconds the clocks differ: what was done that close to a deletion may count as
        done before it or after it.
    """

    def __init__(self, blur: float) -> None:
        self._blur = blur
        self._acts: dict[str, dict[int, Act]] = {}
        self._count: dict[tuple[str, str], int] = {}
        self._deletions: dict[tuple[str, str], float] = {}
        self._resets: dict[str, int] = {}
        self._moves: dict[str, dict[str, float]] = {}
        self._lives: dict[str, set[str]] = {}
        self._was_replaced = False

    def next_number(self, owner: str, key: str) -> int | None:
        """Return the number of the next act on a key, or None where it would be one too many."""
        space = (key, key)
        number = self._count.get(space, 0)
        if number >= MOST.get(key, number + 1):
            return None
        self._count[space] = number + 1
        return number

    def done(
        self, owner: str, key: str, number: int, now: float, *, resets: int = 0, life: str = ""
    ) -> Act:
        """Note an act."""
        act = Act(number, key, {owner}, now)
        self.may_go(act, owner)
        if key == WIDGET:
            self.told(owner, act, resets, life)
        act.homes |= self.homes(owner, now)
        self._acts.setdefault(key, {})[number] = act
        return act

    def may_go(self, act: Act, home: str) -> None:
        """Note an owner that an act may come to: a deletion there may count as later."""
        act.homes.add(home)
        deletion = self._deletions.get((home, act.key))
        act.may_be_gone |= deletion is not None and act.made <= deletion + self._blur

    def homes(self, owner: str, made: float) -> set[str]:
        """Return where log-ins may have taken what was done then, and was not saved."""
        moves = self._moves.get(owner, {}).items()
        return {target for target, moved in moves if made <= moved + self._blur}

    def told(self, owner: str, act: Act, resets: int, life: str) -> None:
        """Note which resets the session knows of that a page tells of an act.

        Resets are counted anew since a deletion, and in another store: a tab that has not heard of
        it cannot compare, and one reset may be made in both stores.
        """
        act.resets, act.life = resets, life
        is_older = resets < self._resets.get(owner, 0)
        was_deleted = (owner, WIDGET) in self._deletions
        lives = self._lives.get(owner, set())
        act.may_be_gone |= is_older or (was_deleted and not lives <= {life})
        act.may_be_gone |= self._was_replaced and bool(lives)

    def taken_out(self, key: str, numbers: Iterable[int]) -> None:
        """Note that somebody who saw acts has taken them out."""
        for number in numbers:
            self._acts[key][number].may_be_gone = True

    def widget_reset(self, owner: str, resets: int, life: str | None = None) -> None:
        """Note that the widget was reset, for the how-manieth time since which deletion."""
        self._resets[owner] = max(resets, self._resets.get(owner, 0))
        if life is not None:
            self._lives.setdefault(owner, set()).add(life)
        for act in self._of(owner, WIDGET):
            act.may_be_gone |= act.resets < resets or (life is not None and act.life != life)

    def deleting(self, owner: str, keys: Collection[str], now: float, store: int) -> None:
        """Note that records of a store are deleted, or may be."""
        for key in keys:
            self._deletions[owner, key] = now
            for act in self._of(owner, key):
                act.may_be_gone |= act.acknowledged in (None, NOWHERE, store)

    def deleted(self, owner: str, keys: Collection[str], now: float, store: int) -> None:
        """Note that somebody was told that records are deleted."""
        self.deleting(owner, keys, now, store)
        for key in keys:
            for act in self._of(owner, key):
                was_stored = act.acknowledged == store and act.homes == {owner}
                act.is_deleted |= was_stored and act.made < now - self._blur

    def moving(self, source: str, target: str, now: float) -> None:
        """Note that a log-in moves records, or may have, and what is not saved by then."""
        self.widget_reset(target, self._resets.get(source, 0))
        self._moves.setdefault(source, {})[target] = now
        for key in (*KEYS, WIDGET):
            # The copy says when the record was last deleted where it comes from.
            self._deletions[source, key] = self._deletions[target, key] = now
            for act in self._of(source, key):
                act.homes.add(target)
                if act.key == WIDGET:
                    was_reset = act.resets < self._resets.get(target, 0)
                    act.may_be_gone |= was_reset or self._may_start_over(source, act, now)

    def _may_start_over(self, source: str, act: Act, now: float) -> bool:
        """Return whether an act may stay at the source, where resets are counted anew.

        By clocks that differ it was done after the move, so its tab begins anew there, without the
        resets that it knew of. One of them that another tab counts since another deletion, and has
        not saved, then beats it as any reset beats what it did not know of.
        """
        is_unsaved = act.acknowledged in (None, NOWHERE)
        lives = self._lives.get(source, set())
        return is_unsaved and now <= act.made + self._blur and not lives <= {act.life}

    def forgive(self) -> None:
        """Let go of all that was done so far: it may have expired.

        Tabs that show what has expired write it anew, and may do so twice.
        """
        for acts in self._acts.values():
            for act in acts.values():
                act.may_be_gone, act.acknowledged = True, NOWHERE

    def replaced(self) -> None:
        """Note that another store is there: it owes nobody what the other one has promised.

        A tab writes there all that it shows, also what the other store has moved away.
        """
        self._was_replaced = True
        for acts in self._acts.values():
            for act in acts.values():
                act.is_deleted = False

    def _of(self, owner: str, key: str) -> list[Act]:
        return [act for act in self._acts.get(key, {}).values() if owner in act.homes]

    # the promises

    def check_seen(self, owner: str, key: str, value: object, where: str) -> None:
        """No owner sees another's value; nothing counts twice; what is deleted stays away."""
        for number, often in acts_in(key, value).items():
            act = self._acts.get(key, {}).get(number)
            if act is None:
                raise Broken("exact", f"{key} {where} holds {number}, which nobody did: {value}")
            # Nobody can tell what a store has written that is not there any more.
            if often > 1 and key in _SUMS and act.acknowledged != NOWHERE:
                raise Broken("exact", f"{key} {where} counts act {number} {often} times")
            if owner not in act.homes:
                raise Broken("owners apart", f"{key} {where} shows act {number} of {act.homes}")
            if owner.startswith("user:") and not self._was_replaced:
                act.users.add(owner)
                if len(act.users) > 1:
                    raise Broken("owners apart", f"{key}: {act.users} see act {number}")

    def check_stored(
        self,
        owner: str,
        key: str,
        store: int,
        value: object,
        held: Callable[[str], Collection[int]],
    ) -> None:
        """What was acknowledged is there; what was deleted is not.

        Parameters
        ----------
        held : callable
            Returns the acts on this key that an owner has in values or in quarantine.
        """
        there = acts_in(key, value)
        for act in self._of(owner, key):
            if act.is_deleted and act.number in there:
                raise Broken("deleted", f"{key} of {owner}: act {act.number} is back")
            is_owed = act.acknowledged == store and not act.may_be_gone
            if is_owed and not any(act.number in held(home) for home in sorted(act.homes)):
                raise Broken("acknowledged", f"{key} of {owner}: act {act.number} is gone")
