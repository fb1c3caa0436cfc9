"""How values of types that are not built in become others that are, and back.

A codec is the package's own for types of libraries, found by the name of the library and loaded
when a value asks for it, or one that a script has registered.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, cast

from ..errors import InvalidArgument, Unreadable


@dataclass(frozen=True)
class Codec:
    """How values of one type are written and read.

    Attributes
    ----------
    name : str
        Stands in stored data.
    kind : str
        The type's module and qualified name, by which a later definition of it is known.
    dump : callable
        Makes of a value one of types that can be stored themselves.
    load : callable
        Makes the value of that again.
    type : type or None
        What a script has registered it for, as it defines that now.
    """

    name: str
    kind: str
    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]
    type: type[Any] | None = None


class Library(Protocol):
    """A module with codecs for the types of one library."""

    def codec_of(self, kind: type) -> Codec | None:
        """Return the codec for values of exactly this type."""
        ...

    def codec_named(self, name: str) -> Codec | None:
        """Return the codec of that name."""
        ...


# Whether a library is loaded is for a value to decide: importing pandas takes half a second.
_libraries: dict[str, str] = {
    "numpy": f"{__package__}.arrays",
    "pandas": f"{__package__}.frames",
    "pyarrow": f"{__package__}.tables",
    "polars": f"{__package__}.tables",
    "PIL": f"{__package__}.images",
    "plotly": f"{__package__}.figures",
}


def qualified(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def provide(library: str, module: str) -> None:
    """Have `module` know the codecs for the types of a library."""
    _libraries[library] = module


def _library(name: str) -> Library | None:
    module = _libraries.get(name.partition(".")[0])
    return None if module is None else cast(Library, importlib.import_module(module))


def codec_of(kind: type) -> Codec | None:
    """Return the codec for values of exactly this type, however old its definition is."""
    if _of_process:
        name = qualified(kind)
        for codec in registered().values():
            if codec.kind == name:
                return codec
    library = _library(kind.__module__)
    return None if library is None else library.codec_of(kind)


def codec_of_base(kind: type) -> Codec | None:
    """Return the codec for values of a type that this one is a kind of."""
    return next((codec for base in kind.__mro__[1:] if (codec := codec_of(base))), None)


def codec_named(name: str) -> Codec:
    """Return the codec of a library's type that stored data names.

    Raises
    ------
    Unreadable
        There is none, or the library is not installed.
    """
    try:
        library = _library(name)
    except ImportError as error:
        raise Unreadable(f"reading it needs {error.name}") from None
    codec = None if library is None else library.codec_named(name)
    if codec is None:
        raise Unreadable("it has an unknown tag")
    return codec


class _OfThread(threading.local):
    """What the script of this thread has registered.

    Every session runs the script, and each run defines the script's types anew. A session is to
    get its own, not those of the session that has run last.
    """

    def __init__(self) -> None:
        self.codecs: dict[str, Codec] = {}


_of_thread = _OfThread()
_of_process: dict[str, Codec] = {}


def register(codec: Codec) -> None:
    """Have a codec of the script known to this thread, and where that knows none, to all.

    Raises
    ------
    InvalidArgument
        The name is taken by a codec for another type.
    """
    known = _of_process.get(codec.name)
    if known is not None and known.kind != codec.kind:
        raise InvalidArgument(
            f"name {codec.name!r} is that of the codec for {known.kind} already; "
            f"choose another one for {codec.kind}"
        )
    _of_process[codec.name] = _of_thread.codecs[codec.name] = codec


def registered() -> Mapping[str, Codec]:
    """Return the codecs of scripts, by name, as this thread is to use them."""
    if not _of_process:
        return _NONE
    return MappingProxyType({**_of_process, **_of_thread.codecs})


_NONE: Mapping[str, Codec] = MappingProxyType({})
