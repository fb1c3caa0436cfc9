"""Says of a value that cannot be stored where it is, what it is, and what to do instead."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from ..errors import NotStorable
from .own import base_of, shape_of
from .plain import Refused
from .registry import codec_of, qualified

_log = logging.getLogger(__name__)

_simplified: set[str] = set()
"""The types of which the log has said that their values are kept as others'."""

_LIVE = frozenset(
    {"function", "builtin_function_or_method", "method", "module", "generator", "coroutine"}
    | {"async_generator", "lock", "RLock", "Thread", "TextIOWrapper", "BufferedReader"}
    | {"BufferedWriter", "socket", "Connection", "Cursor", "type", "map", "filter", "zip"}
)
"""Names of types whose values are no data, whatever else is called so."""


def way_out(value: object) -> str:
    kind = type(value)
    if shape_of(kind) is not None:
        return (
            "Declare a default of that type, or name the type: "
            f"persist(..., types=[{kind.__name__}])."
        )
    if kind.__name__ in _LIVE:
        return (
            "It lives in this process alone: keep what it is made from, and make it again, "
            "with st.cache_resource where that takes long."
        )
    return (
        "If it is a client, a connection or a model, make it with st.cache_resource and keep what "
        "it is made from. If it is data, make its type a dataclass, or say how it is kept with "
        f"codecs.register({kind.__name__}, ...)."
    )


def refusal(root: object, refused: Refused) -> NotStorable:
    """Return the error for something inside of `root`."""
    where = _place(root, refused.value)
    name = qualified(type(refused.value))
    return NotStorable(f"{name}{f' at {where}' if where else ''} cannot be stored. {refused}")


def _place(root: object, sought: object) -> str:
    # Looked for only now, so that writing a value need not know where it is.
    waiting, seen = [("", root)], {id(root)}
    while waiting:
        path, value = waiting.pop()
        if value is sought:
            return path
        try:
            steps = list(_steps(value))
        except Exception:
            continue  # a broken value; what writes it has said so
        for step, inner in reversed(steps):
            if id(inner) not in seen:
                seen.add(id(inner))
                waiting.append((path + step, inner))
    return ""


def _steps(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a value contains, each with the step that leads there."""
    kind = type(value)
    if isinstance(value, dict):
        for key, item in dict.items(value):
            yield f" key {key!r:.50}", key
            yield f"[{key!r:.50}]", item
        return
    if isinstance(value, (list, tuple)) and not hasattr(kind, "_fields"):
        for index, item in enumerate(value):
            yield f"[{index}]", item
        return
    if isinstance(value, (set, frozenset)):
        for item in value:
            yield "{}", item
        return
    codec = codec_of(kind)
    shape = shape_of(kind)
    if codec is not None:
        yield f" (in its {kind.__name__})", codec.dump(value)
    elif (shape is not None and base_of(kind) is None) or hasattr(kind, "_fields"):
        state = shape.state(value) if shape is not None else ()
        for name, item in _fields(state):
            yield f".{name}", item


def _fields(state: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(state, dict):
        state = state["fields"] if state.keys() >= {"fields", "set"} else state
        yield from state.items()


def note_simplified(kind: type, kept_as: str, reason: str | None = None) -> None:
    """Say once in the log that values of a type are kept as those of another."""
    name = qualified(kind)
    if name in _simplified:
        return
    _simplified.add(name)
    named = f"Name the type to get it back: persist(..., types=[{kind.__name__}])."
    _log.warning(
        "Values of %s are kept as %s, and come back as that. %s",
        name,
        kept_as,
        reason or named,
    )
