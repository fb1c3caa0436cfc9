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
INPUTS = ("frontend/index.html", "frontend/vite.config.ts", "package.json", "package-lock.json")


def is_built() -> bool:
    """Whether both bundles are there and no older than what they are made of.

    An sdist carries bundles and sources with their times, so installing one needs no Node.
    """
    bundles = [*ASSETS.glob("inline/widget-*.js"), *ASSETS.glob("iframe/index.html")]
    inputs = [*(ROOT / "frontend" / "src").rglob("*.*"), *(ROOT / name for name in INPUTS)]
    newest = max(path.stat().st_mtime for path in inputs)
    return len(bundles) == 2 and all(path.stat().st_mtime >= newest for path in bundles)


def build_frontend() -> None:
    npm = shutil.which("npm")
    if npm is None:
        if ASSETS.exists():
            return
        sys.exit(
            "The frontend is not built and npm was not found: install Node.js 20 or newer, "
            "or install streamlit-persistent-state from a wheel or an sdist."
        )
    if not (ROOT / "node_modules").exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=ROOT, check=True)
    subprocess.run([npm, "run", "build"], cwd=ROOT, check=True)


class BuildPy(build_py):
    """Build the frontend first, and pack nothing that an earlier build has left behind."""

    def run(self) -> None:
        if not is_built():
            build_frontend()
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


class SDist(sdist):
    """Build the frontend first, so that the sdist carries it."""

    def run(self) -> None:
        if not is_built():
            build_frontend()
        super().run()


setup(cmdclass={"build_py": BuildPy, "sdist": SDist})
