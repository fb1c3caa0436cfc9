"""What the tests of single kinds of values have in common."""

from __future__ import annotations

from typing import Any

from streamlit_persistent_state._codec.body import decode, encode
from streamlit_persistent_state._codec.fingerprint import fingerprint
from streamlit_persistent_state._codec.types import Types


def kept(value: Any, types: Types | None = None) -> Any:
    """Return what comes back of a value, after a look at its fingerprint."""
    found = decode(encode(value, types=types), types=types)
    assert fingerprint(value) == fingerprint(value)
    return found
