"""The two messages between Python and the browser; `tests/wire` holds examples of both.

The frontend sends state, never events: the running totals of one *mount* (the life of one React
root). Python pushes down the value together with the *mark*, the totals it has already applied,
so that the screen is always ``pushed value + (my totals - the mark)``.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import msgspec

from .._checks import MAX_SAFE_INTEGER, MAX_TEXT_CHARS, is_well_formed

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MAX_SAFE_INTEGER)]
Total: TypeAlias = Annotated[int, msgspec.Meta(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
MountId: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]


class Edits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one mount has done since it was mounted, as the frontend reports it."""

    mount: MountId
    """Random, new for every mount."""
    seq: Annotated[int, msgspec.Meta(ge=1, le=MAX_SAFE_INTEGER)]
    """Grows by one with every message of this mount."""
    resets: Count
    """How often Reset was pressed."""
    counter: Total
    """Sum of the steps since the last reset."""
    commits: Count
    """How often the text was committed since the last reset; 0 leaves the text alone."""
    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARS)]
    """The last committed text; empty while `commits` is 0."""


class Watermark(msgspec.Struct, frozen=True):
    """How far the edits of one mount have been applied."""

    mount: str
    seq: int = 0
    resets: int = 0
    counter: int = 0
    commits: int = 0


class Defaults(msgspec.Struct, frozen=True):
    """What Reset returns to."""

    counter: int
    text: str


class Pushed(msgspec.Struct, frozen=True):
    """What Python tells the frontend of the value."""

    session: str
    """Random, of the session that tells it."""
    revision: int
    """Grows with every change; of one session a frontend takes only what is newer."""
    counter: int
    text: str
    defaults: Defaults
    marks: tuple[Watermark, ...]
    """Of the mount this session hears; of all there are while it has heard of none."""


class Refused(Exception):
    """A message that no frontend of this package sends; the text says why."""


def parse_edits(raw: object) -> Edits:
    """Read a frontend message, which may come from anybody.

    Raises
    ------
    Refused
        Wrong types, ranges or lengths, unknown or missing fields.
    """
    try:
        edits = msgspec.convert(raw, Edits, strict=True)
    except RecursionError:
        raise Refused("it is nested too deeply") from None
    except msgspec.ValidationError as error:
        # What goes into the log is ours: the name of an unknown field is the sender's.
        reason = str(error)
        raise Refused("it has unknown fields" if "unknown field" in reason else reason) from None
    except UnicodeError:
        raise Refused("it holds a lone surrogate") from None
    if not is_well_formed(edits.text):
        raise Refused("its text holds a lone surrogate")
    return edits


def watermark_of(edits: Edits) -> Watermark:
    return Watermark(edits.mount, edits.seq, edits.resets, edits.counter, edits.commits)


def to_builtins(message: Any) -> Any:
    return msgspec.to_builtins(message)
