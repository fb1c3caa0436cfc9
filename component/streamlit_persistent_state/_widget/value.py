"""The value of the widget, and the rules a counter and a text must keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .._checks import MAX_SAFE_INTEGER, MAX_TEXT_CHARS, checked_int, checked_text, shown
from ..errors import InvalidArgument, InvalidValue


class CounterText(Mapping[str, "int | str"]):
    """A counter and a text, read-only.

    What `persistent_state` returns and what ``st.session_state[key]`` holds. Entries can be read
    as attributes or by name, and it equals any mapping with the same two entries.

    Parameters
    ----------
    counter : int, default 0
        Whole number between ``-(2**53 - 1)`` and ``2**53 - 1``.
    text : str, default ""
        Any text that can be written as UTF-8, 100 000 characters at most.

    Raises
    ------
    InvalidValue
        An entry has a wrong type or lies outside its range.

    Examples
    --------
    >>> value = CounterText(counter=2, text="two")
    >>> value.counter, value["text"]
    (2, 'two')
    >>> value.replace(counter=3)
    CounterText(counter=3, text='two')
    """

    # Not a dataclass: st.write shows the documentation of those instead of their value.
    __slots__ = ("_counter", "_text")
    _counter: int
    _text: str

    def __init__(self, counter: int = 0, text: str = "") -> None:
        try:
            self._counter = checked_int("counter", counter)
            self._text = checked_text("text", text)
        except InvalidArgument as error:
            raise InvalidValue(str(error)) from None

    @property
    def counter(self) -> int:
        """The counter."""
        return self._counter

    @property
    def text(self) -> str:
        """The text."""
        return self._text

    def replace(self, **changes: int | str) -> CounterText:
        """Return a copy with the named entries changed.

        Parameters
        ----------
        **changes : int or str
            ``counter=`` and/or ``text=``.

        Returns
        -------
        CounterText

        Raises
        ------
        InvalidValue
            A name is not an entry, or its value is not allowed.
        """
        unknown = changes.keys() - {"counter", "text"}
        if unknown:
            raise InvalidValue(
                f"replace() takes counter= and text=, got {', '.join(sorted(unknown))}"
            )
        return CounterText(**{**self, **changes})  # type: ignore[arg-type]  # checked at run time

    def __getitem__(self, name: str) -> int | str:
        if name == "counter":
            return self.counter
        if name == "text":
            return self.text
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(("counter", "text"))

    def __len__(self) -> int:
        return 2

    def __hash__(self) -> int:
        return hash((self.counter, self.text))

    def __eq__(self, other: object) -> bool:
        return Mapping.__eq__(self, other)

    def __repr__(self) -> str:
        return f"CounterText(counter={self.counter}, text={self.text!r})"

    def __reduce__(self) -> tuple[type[CounterText], tuple[int, str]]:
        return CounterText, (self.counter, self.text)


@dataclass(frozen=True)
class Limits:
    """The bounds one widget sets; absent ones are those of the browser."""

    min_value: int = -MAX_SAFE_INTEGER
    max_value: int = MAX_SAFE_INTEGER
    max_chars: int = MAX_TEXT_CHARS

    def clamp(self, counter: int) -> int:
        return max(self.min_value, min(self.max_value, counter))

    def problem(self, value: CounterText, *, since: CounterText | None = None) -> str | None:
        """Say in what way `value` lies outside, or None; what it has in common with `since` may."""
        counter_moved = since is None or value.counter != since.counter
        if counter_moved and not self.min_value <= value.counter <= self.max_value:
            return (
                f"counter is {value.counter}, outside "
                f"min_value={self.min_value} .. max_value={self.max_value}"
            )
        text_changed = since is None or value.text != since.text
        if text_changed and len(value.text) > self.max_chars:
            return f"text has {len(value.text)} characters, more than max_chars={self.max_chars}"
        return None


def to_value(key: str, assigned: object) -> CounterText:
    """Read what a script assigned to ``st.session_state[key]``.

    Raises
    ------
    InvalidValue
        It is neither a `CounterText` nor a mapping with exactly ``counter`` and ``text``.
    """
    if isinstance(assigned, CounterText):
        return assigned
    where = f"st.session_state[{key!r}]"
    if not isinstance(assigned, Mapping):
        raise InvalidValue(
            f"{where} holds {shown(assigned)}. Assign a CounterText or "
            'a mapping such as {"counter": 0, "text": ""}, and keep the key to one widget.'
        )
    if assigned.keys() != {"counter", "text"}:
        names = ", ".join(sorted(map(repr, assigned))) or "none"
        raise InvalidValue(
            f'{where} must have exactly the entries "counter" and "text", it has {names:.200}'
        )
    try:
        return CounterText(assigned["counter"], assigned["text"])
    except InvalidValue as error:
        raise InvalidValue(f"{where}: {error}") from None


def checked_limits(
    min_value: object, max_value: object, max_chars: object, *, counter: object, text: object
) -> tuple[Limits, CounterText]:
    """Return the bounds and the defaults, which must lie inside them."""
    low = -MAX_SAFE_INTEGER if min_value is None else checked_int("min_value", min_value)
    high = MAX_SAFE_INTEGER if max_value is None else checked_int("max_value", max_value)
    if low > high:
        raise InvalidArgument(f"min_value={low} must not be greater than max_value={high}")
    chars = MAX_TEXT_CHARS if max_chars is None else checked_int("max_chars", max_chars)
    if not 1 <= chars <= MAX_TEXT_CHARS:
        raise InvalidArgument(f"max_chars must be None or 1 .. {MAX_TEXT_CHARS}, got {chars}")
    limits = Limits(low, high, chars)
    defaults = CounterText(checked_int("counter", counter), checked_text("text", text))
    problem = limits.problem(defaults)
    if problem:
        raise InvalidArgument(problem)
    return limits, defaults
