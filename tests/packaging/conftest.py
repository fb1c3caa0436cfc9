"""One checkout, one wheel and one sdist for every test in this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.tools import PACKAGE, build, copy_checkout, link_dependencies


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packaging")


@pytest.fixture(scope="session")
def checkout(base: Path) -> Path:
    """Return a checkout in which an older version was built and left its files behind."""
    made = copy_checkout(base / "checkout", node_modules=True)
    for folder in (PACKAGE, "build/lib/streamlit_persistent_state"):
        stale = made / folder / "_assets" / "inline" / "widget-STALE.js"
        stale.parent.mkdir(parents=True)
        stale.write_text("export default () => {};", "utf-8")
    return made


@pytest.fixture(scope="session")
def wheel(base: Path, checkout: Path) -> Path:
    return build(checkout, "wheel", base / "wheel")


@pytest.fixture(scope="session")
def sdist(base: Path, checkout: Path, wheel: Path) -> Path:
    """Return an sdist, made after the wheel, as a release does."""
    return build(checkout, "sdist", base / "sdist")


@pytest.fixture(scope="session")
def dependencies(base: Path) -> Path:
    """Return a folder with Streamlit and all else that is installed, without this package."""
    # Streamlit goes into its development mode in a folder that is not called so.
    return link_dependencies(base / "dependencies" / "site-packages")
