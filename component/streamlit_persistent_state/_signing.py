"""Signs what a page brings back."""

from __future__ import annotations

from collections.abc import Sequence

from itsdangerous import Signer


def signer(keys: Sequence[str], salt: bytes) -> Signer:
    """Return what signs with the first of the `keys`, and accepts what any of them has signed."""
    # itsdangerous signs with the last key and accepts all of them.
    return Signer([key.encode() for key in reversed(keys)], salt=salt, key_derivation="hmac")
