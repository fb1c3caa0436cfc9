"""Which browser a cookie stands for."""

from __future__ import annotations

from ._identity import claimed_id, issued_id
from ._keeper import is_live
from ._settings import Settings
from .errors import StoreUnavailable
from .stores import Store


def owner_of(browser: str) -> str:
    return f"browser:{browser}"


def believed_id(cookie: str | None, settings: Settings, store: Store) -> str | None:
    """Return the id in a cookie that was issued here, or that the store knows; None otherwise."""
    issued = issued_id(cookie, settings.secret)
    if issued is not None:
        return issued
    claimed = claimed_id(cookie, settings.secret)
    if claimed is None:
        return None
    owner = owner_of(claimed)
    try:
        return claimed if is_live(store, owner) or store.exists(owner) else None
    except StoreUnavailable:
        return None
