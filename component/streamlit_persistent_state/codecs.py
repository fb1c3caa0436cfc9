"""How values of a type are kept that the package does not know."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isclass
from typing import Any, TypeVar

from ._checks import checked_text, shown
from ._codec import registry
from .errors import InvalidArgument

__all__ = ["register"]

_T = TypeVar("_T")


def register(
    type: type[_T], *, name: str, dump: Callable[[_T], Any], load: Callable[[Any], _T]
) -> None:
    """Keep values of a type, wherever they stand inside a value of `persist`.

    Call it before `persist`, in every run: what it says is true for the run that says it. A type
    that is defined in the script is another one in each run.

    Parameters
    ----------
    type : type
        Values of exactly this type are kept, and of its subclasses unless these are known
        themselves.
    name : str
        Under which values are stored. It has to stay the same for as long as they are to be read.
    dump : callable
        Makes of a value one that can be kept itself: a list or a dict of texts, numbers, bytes,
        frames, arrays or anything else, also of other registered types. It must not use
        Streamlit, since it is called from other threads too.
    load : callable
        Makes the value again of what `dump` has returned. What it raises is logged, the stored
        value is left as it is, and the default is used.

    Raises
    ------
    InvalidArgument
        An argument is not allowed, or the name is that of another type's codec.

    Examples
    --------
    >>> class Money:
    ...     def __init__(self, cents: int) -> None:
    ...         self.cents = cents
    >>> register(Money, name="money", dump=lambda money: money.cents, load=Money)
    """
    if not isclass(type):
        raise InvalidArgument(f"type must be a class, got {shown(type)}")
    if not checked_text("name", name):
        raise InvalidArgument("name must not be empty: it stands in what is stored")
    for parameter, given in (("dump", dump), ("load", load)):
        if not callable(given):
            raise InvalidArgument(f"{parameter} must be callable, got {shown(given)}")
    kind = registry.qualified(type)
    registry.register(registry.Codec(name, kind, dump, load, type))
