"""Copies of the checkout, commands run in them, and virtual environments to install into."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "component/streamlit_persistent_state"
# A PATH on which nothing is found, so no Node either; commands are called by their full path.
NO_NODE = os.devnull


def run(*command: str | Path, cwd: Path, path: str | None = None, fails: bool = False) -> str:
    """Run a command, on another PATH if one is given, and return all it printed."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**env, "PATH": env["PATH"] if path is None else path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode != 0) is fails, done.stdout
    return done.stdout


def build(source: Path, kind: str, into: Path, path: str | None = None) -> Path:
    """Build a "wheel" or an "sdist" as a release does."""
    into.mkdir(parents=True)
    run(sys.executable, "-m", "build", f"--{kind}", "--outdir", into, source, cwd=into, path=path)
    (made,) = into.iterdir()
    return made


def tracked_files() -> list[str]:
    return run("git", "ls-files", cwd=ROOT).splitlines()


def copy_checkout(into: Path, *, node_modules: bool = False) -> Path:
    """Copy what a clone would hold, and the npm packages if asked for, with their times."""
    for name in tracked_files():
        copied = into / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copied)
    if node_modules:
        shutil.copytree(ROOT / "node_modules", into / "node_modules", symlinks=True)
    return into


@dataclass(frozen=True)
class Environment:
    """A fresh virtual environment; pip comes from the one the tests run in."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def pip(self, *arguments: str | Path, path: str | None = None, fails: bool = False) -> str:
        return run(
            *(sys.executable, "-m", "pip", "--python", self.python, *arguments),
            cwd=self.folder,
            path=path,
            fails=fails,
        )


def new_environment(folder: Path, dependencies: Path | None = None) -> Environment:
    """Create an environment that finds `dependencies` after what is installed into it."""
    venv.create(folder, with_pip=False, symlinks=True)
    made = Environment(folder)
    if dependencies is not None:
        (made.site_packages / "dependencies.pth").write_text(f"{dependencies}\n", "utf-8")
    return made


def link_dependencies(into: Path) -> Path:
    """Link everything that is installed here, other than this package itself."""
    into.mkdir(parents=True)
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for found in Path(folder).iterdir():
            if not found.name.startswith(("streamlit_persistent_state", "__editable__")):
                (into / found.name).symlink_to(found)
    return into
