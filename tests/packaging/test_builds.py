"""When `setup.py` builds the frontend, when it does not, and what it says if it cannot."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.packaging.test_artifacts import contents
from tests.packaging.tools import (
    NO_NODE,
    PACKAGE,
    Environment,
    build,
    copy_checkout,
    new_environment,
    run,
)

NO_FRONTEND = (
    "The frontend is not built and npm was not found: install Node.js 20 or newer, "
    "or install streamlit-persistent-state from a wheel or an sdist."
)
BUNDLES = (
    *("inline/widget-12345678.js", "iframe/index.html", "iframe/assets/index-12345678.js"),
    *("page/cookie.js", "page/live.js"),
)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return new_environment(tmp_path / "environment")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a clone: no bundles and no npm packages."""
    return copy_checkout(tmp_path / "clone")


@pytest.fixture
def built(source: Path) -> Path:
    """Return a checkout with its npm packages and with bundles newer than every source."""
    for name in BUNDLES:
        bundle = source / PACKAGE / "_assets" / name
        bundle.parent.mkdir(parents=True, exist_ok=True)
        bundle.write_text("// built", "utf-8")
    installed = source / "node_modules" / ".package-lock.json"
    installed.parent.mkdir()
    installed.touch()
    return source


class Npm:
    """An npm that notes what it is asked for, and fails when told to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.path = f"{folder}:{os.environ['PATH']}"
        self.fails = folder / "fails"
        self._log = folder / "log"
        program = folder / "npm"
        program.write_text(f'#!/bin/sh\necho "$@" >> {self._log}\ntest ! -e {self.fails}\n')
        program.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self._log.read_text("utf-8").splitlines() if self._log.exists() else []


@pytest.fixture
def npm(tmp_path: Path) -> Npm:
    return Npm(tmp_path / "npm")


@pytest.mark.parametrize("options", [[], ["--editable"]])
def test_without_node_one_sentence_says_what_to_do(
    source: Path, environment: Environment, options: list[str]
) -> None:
    """A clone that cannot be built is not installed, and no traceback hides the reason."""
    told = environment.pip("install", "--no-deps", *options, source, path=NO_NODE, fails=True)
    assert told.count(NO_FRONTEND) == 1
    assert "Traceback" not in told


def test_half_a_frontend_is_none(built: Path, environment: Environment) -> None:
    """A package whose second host is missing is not made."""
    (built / PACKAGE / "_assets" / "iframe" / "index.html").unlink()
    told = environment.pip("install", "--no-deps", built, path=NO_NODE, fails=True)
    assert NO_FRONTEND in told


def test_a_built_checkout_needs_no_node(built: Path, tmp_path: Path) -> None:
    """A checkout that was built elsewhere is packed as it is."""
    made = contents(build(built, "wheel", tmp_path / "made", path=NO_NODE))
    for name in BUNDLES:
        assert made[f"streamlit_persistent_state/_assets/{name}"] == b"// built"


def test_an_unchanged_frontend_is_not_built_again(
    built: Path, environment: Environment, npm: Npm
) -> None:
    """`pip install -e .` is quick when only Python has changed."""
    (built / PACKAGE / "_widget.py").touch()
    environment.pip("install", "--no-deps", "--editable", built, path=npm.path)
    assert npm.calls == []


@pytest.mark.parametrize("name", ["frontend/src/Widget.tsx", "frontend/vite.config.ts"])
def test_a_changed_source_is_built(
    built: Path, environment: Environment, npm: Npm, name: str
) -> None:
    """A stale bundle is never packed where npm is there."""
    (built / name).touch()
    environment.pip("install", "--no-deps", built, path=npm.path)
    assert npm.calls == ["run build"]


def test_a_removed_source_is_built(built: Path, environment: Environment, npm: Npm) -> None:
    """A file that is gone is a change too."""
    (built / "frontend" / "src" / "icons.tsx").unlink()
    environment.pip("install", "--no-deps", built, path=npm.path)
    assert npm.calls == ["run build"]


def test_changed_npm_packages_are_installed_first(
    built: Path, environment: Environment, npm: Npm
) -> None:
    """The bundle is made from what the lockfile says."""
    (built / "package-lock.json").touch()
    environment.pip("install", "--no-deps", built, path=npm.path)
    assert npm.calls == ["ci --no-audit --no-fund --omit=dev", "run build"]


@pytest.mark.parametrize("options", [[], ["--editable"]])
def test_a_failed_build_is_not_installed(
    source: Path, environment: Environment, npm: Npm, options: list[str]
) -> None:
    """Setuptools alone would pass over it in an editable install."""
    npm.fails.touch()
    told = environment.pip("install", "--no-deps", *options, source, path=npm.path, fails=True)
    assert "The frontend was not built: npm ci ended with 1." in told


def test_npm_installs_what_the_lockfile_says(source: Path) -> None:
    """On every platform: `npm ci` refuses a lockfile that lacks one platform's packages."""
    run("npm", "ci", "--dry-run", "--no-audit", "--no-fund", cwd=source)


def test_an_sdist_never_calls_npm(
    sdist: Path, tmp_path: Path, environment: Environment, npm: Npm
) -> None:
    """Whatever times its files got when they were unpacked or copied."""
    shutil.unpack_archive(sdist, tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    (unpacked / "frontend" / "src" / "model.ts").touch()
    (unpacked / "package-lock.json").touch()
    environment.pip("install", "--no-deps", unpacked, path=npm.path)
    assert npm.calls == []
