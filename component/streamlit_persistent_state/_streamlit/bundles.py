"""Where the built frontend is."""

from __future__ import annotations

from pathlib import Path

from ..errors import AssetsMissing

_ASSETS = Path(__file__).parents[1] / "_assets"


def bundle(folder: str, pattern: str) -> Path:
    """Return the one file of a bundle that matches `pattern`.

    Raises
    ------
    AssetsMissing
        The frontend was never built.
    """
    found = sorted((_ASSETS / folder).glob(pattern))
    if len(found) != 1:
        raise AssetsMissing(
            f"the built frontend is missing from {_ASSETS}: run `npm ci && npm run build` in the "
            "checkout, or install the package from its wheel or sdist"
        )
    return found[0]
