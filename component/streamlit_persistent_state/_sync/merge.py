"""How two values that came from one become one again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, runtime_checkable

from .._codec.body import comparable
from .._record import MISSING

Merge: TypeAlias = Callable[[Any, Any, Any], Any]


@runtime_checkable
class MergesAnew(Protocol):
    """A merge that goes on after a deletion, with what was done since the base alone."""

    def __call__(self, base: Any, mine: Any, theirs: Any) -> Any:
        """Return `theirs` with what was done in `mine` since `base`."""
        ...

    def anew(self, deleted: Any) -> Any:
        """Return what a session begins with once what it holds, if anything, is deleted."""
        ...


def last_writer(base: object, mine: Any, theirs: object) -> Any:
    """Return `mine`."""
    return mine


def additions(base: Any, mine: Any, theirs: Any) -> Any:
    """Return what both sides have added to `base`, or MISSING if one has done anything else.

    Additions are items at the end of a list, new keys of a dict, new members of a set, and such
    inside of those that `base` has. Two sides that come to the same value have done the same: two
    pages that work out one list do not double it.
    """
    if is_same(mine, theirs):
        return theirs
    kind = type(mine)
    if base is MISSING and kind in _COMBINED:
        base = kind()
    if kind not in _COMBINED or type(theirs) is not kind or type(base) is not kind:
        return MISSING
    return _COMBINED[kind](base, mine, theirs)


def on_top(start: Any, mine: Any, theirs: Any) -> Any:
    """Return `theirs` with what `mine` has added to a start that `theirs` may not have had.

    MISSING if `mine` has done anything else to it, or if they do not fit together.
    """
    combined = additions(start, mine, theirs)
    kind = type(mine)
    if combined is not MISSING or kind not in _COMBINED or type(theirs) is not kind:
        return combined
    start = kind() if start is MISSING else start
    if type(start) is not kind:
        return MISSING
    if kind is list:
        count = len(start)
        return [*theirs, *mine[count:]] if is_same(mine[:count], start) else MISSING
    if kind is dict:
        news = {key: item for key, item in mine.items() if key not in start}
        kept = {key: mine[key] for key in start if key in mine}
        fits = all(key not in theirs or is_same(theirs[key], news[key]) for key in news)
        return {**theirs, **news} if fits and is_same(kept, start) else MISSING
    return theirs | (mine - start) if start <= mine else MISSING


def left_of(base: Any, mine: Any, theirs: Any) -> Any:
    """Return `theirs` with what `mine` has added to a base that was deleted.

    MISSING if `mine` has done anything else to it. What it has left as it was stays deleted.
    """
    found = on_top(base, mine, theirs)
    if found is not MISSING or not type(base) is type(mine) is type(theirs) is dict:
        return found
    if not base.keys() <= mine.keys():
        return MISSING
    found = dict(theirs)
    for key, item in mine.items():
        if key not in base:
            found[key] = theirs.get(key, item)
        elif not is_same(item, base[key]):
            start = theirs.get(key, type(item)() if is_combined(item) else MISSING)
            found[key] = left_of(base[key], item, start)
        if found.get(key) is MISSING or (key not in base and not is_same(found[key], item)):
            return MISSING
    return found


def is_combined(value: object) -> bool:
    """Whether additions to such a value can be told from other changes."""
    return type(value) in _COMBINED


def is_all_new(base: Any, mine: Any) -> bool:
    """Whether nothing of `base` is left in `mine`: it was assigned, not changed in place."""
    if type(base) is not type(mine) or type(mine) not in _COMBINED:
        return not is_same(base, mine)
    if isinstance(mine, dict):
        return all(is_all_new(base[key], mine[key]) for key in base.keys() & mine.keys())
    return not any(is_same(one, other) for one in mine for other in base)


def is_same(one: object, other: object) -> bool:
    """Whether two values have equal bytes; where a set stands, its order does not count."""
    if one is MISSING or other is MISSING:
        return one is other
    return comparable(one) == comparable(other)


def _lists(base: list[Any], mine: list[Any], theirs: list[Any]) -> Any:
    count = len(base)
    if min(len(mine), len(theirs)) < count:
        return MISSING
    heads = [additions(*items) for items in zip(base, mine, theirs, strict=False)]
    if any(head is MISSING for head in heads):
        return MISSING
    return [*heads, *theirs[count:], *mine[count:]]


def _dicts(base: dict[Any, Any], mine: dict[Any, Any], theirs: dict[Any, Any]) -> Any:
    if not (base.keys() <= mine.keys() and base.keys() <= theirs.keys()):
        return MISSING
    found = {**theirs, **mine}
    for key in theirs.keys() & mine.keys():
        if key in base:
            found[key] = additions(base[key], mine[key], theirs[key])
        elif not is_same(mine[key], theirs[key]):
            return MISSING
    return MISSING if any(item is MISSING for item in found.values()) else found


def _sets(base: Any, mine: Any, theirs: Any) -> Any:
    return mine | theirs if base <= mine and base <= theirs else MISSING


_COMBINED: dict[type, Callable[[Any, Any, Any], Any]] = {
    list: _lists,
    dict: _dicts,
    set: _sets,
    frozenset: _sets,
}
