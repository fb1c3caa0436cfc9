"""What an app is called where nobody has named it."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

MAX_CHARS = 200
"""Longest name of an app, which is a part of every owner's name."""

UNNAMED = ""
"""The name of every app in an ``AppTest``, whose script may lie anywhere."""

_MARKS = (".streamlit", "pyproject.toml", ".git")


def app_name(script: str) -> str:
    """Return a name that a script has on every machine where the project lies.

    That is its path below the nearest folder that looks like the root of a project, or its file's
    name where there is none.

    Parameters
    ----------
    script : str
        Path of the main script.
    """
    path = Path(os.path.abspath(script))  # noqa: PTH100 # resolving would follow links to a release
    root = next((parent for parent in path.parents if _is_root(parent)), path.parent)
    name = path.relative_to(root).as_posix()
    # A file's name may hold bytes that are no text.
    name = os.fsencode(name).decode(errors="backslashreplace")
    if len(name) <= MAX_CHARS:
        return name
    digest = blake2b(name.encode(), digest_size=8).hexdigest()
    return f"{digest}/{name[len(digest) + 1 - MAX_CHARS :]}"


def _is_root(folder: Path) -> bool:
    try:
        return any((folder / mark).exists() for mark in _MARKS)
    except OSError:  # a folder that may not be looked into
        return False
