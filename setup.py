"""Builds the frontend when a package is made from a checkout; metadata is in pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = Path(__file__).parent
ASSETS = ROOT / "component" / "streamlit_persistent_state" / "_assets"
INPUTS = ("index.html", "tsconfig.json", "vite.config.ts", "src")
LOCK, INSTALLED = ROOT / "package-lock.json", ROOT / "node_modules" / ".package-lock.json"


def is_built() -> bool:
    """Whether each host has its one bundle; Streamlit takes no second one."""
    patterns = (
        *("inline/widget-*.js", "iframe/index.html", "iframe/assets/*.js"),
        *("page/cookie.js", "page/live.js"),
    )
    return all(len([*ASSETS.glob(pattern)]) == 1 for pattern in patterns)


def is_current() -> bool:
    """Whether no source is newer than the bundles; a folder's time tells of files taken away."""
    named = [ROOT / "frontend" / name for name in INPUTS]
    sources = [LOCK, ROOT / "package.json", *named, *(ROOT / "frontend" / "src").rglob("*")]
    bundles = [path for path in ASSETS.rglob("*") if path.is_file()]
    return max(map(modified, sources)) <= min(map(modified, bundles))


def modified(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0


def build_frontend() -> None:
    # An sdist brings the bundles, and unpacking or copying it may give its files any times.
    if is_built() and ((ROOT / "PKG-INFO").exists() or is_current()):
        return
    npm = shutil.which("npm")
    if npm is None:
        if is_built():
            print("npm was not found: the frontend is packed as it was last built", file=sys.stderr)
            return
        sys.exit(
            "The frontend is not built and npm was not found: install Node.js 20 or newer, "
            "or install streamlit-persistent-state from a wheel or an sdist."
        )
    try:
        if modified(INSTALLED) < modified(LOCK):
            subprocess.run(
                [npm, "ci", "--no-audit", "--no-fund", "--omit=dev"], cwd=ROOT, check=True
            )
        subprocess.run([npm, "run", "build"], cwd=ROOT, check=True)
    except subprocess.CalledProcessError as error:
        # Setuptools passes over any other exception in an editable install.
        sys.exit(f"The frontend was not built: npm {error.cmd[1]} ended with {error.returncode}.")


class BuildPy(build_py):
    """Build the frontend first, and pack nothing that an earlier build has left behind."""

    def run(self) -> None:
        build_frontend()
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


class SDist(sdist):
    """Build the frontend first, so that the sdist carries it."""

    def run(self) -> None:
        build_frontend()
        super().run()


setup(cmdclass={"build_py": BuildPy, "sdist": SDist})
