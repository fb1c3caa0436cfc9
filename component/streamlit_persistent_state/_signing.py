"""Signs what a page brings back: with the configured secrets, or with one of this process."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from itsdangerous import Signer

_process_secret = secrets.token_bytes(32)


def signer(configured: Sequence[str], salt: bytes) -> Signer:
    """Return what signs with the first of the `configured` secrets, or with one of this process."""
    # itsdangerous signs with the last key and accepts all of them.
    keys = [secret.encode() for secret in reversed(configured)] or [_process_secret]
    return Signer(keys, salt=salt, key_derivation="hmac")
