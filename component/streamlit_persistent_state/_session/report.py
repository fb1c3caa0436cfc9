"""What a session has to say of keys that are not kept: one message for all of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import NamedTuple

from .._streamlit import notice
from ..errors import NotKept

_log = logging.getLogger(__name__)


class Problem(NamedTuple):
    """Why a key is not kept, or not as its declaration says.

    Attributes
    ----------
    key : str
    text : str
        What is wrong, and what to do instead, as Markdown.
    """

    key: str
    text: str

    @classmethod
    def of(cls, refused: NotKept) -> Problem:
        """Return what is to be said of a value that is refused."""
        text = refused.reason
        for part in filter(None, (refused.kind, refused.place)):
            text = text.replace(part, code(part), 1)
        return cls(refused.key or "", f"{text} (`{type(refused).__name__}`)")


def code(text: str) -> str:
    """Return Markdown that shows a text as it is."""
    fence = "`"
    while fence in text:
        fence += "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


class Report:
    """The problems of a session, shown in every run until they are mended."""

    def __init__(self) -> None:
        self._noted: dict[Problem, None] = {}
        self._logged: set[Problem] = set()
        self._shown: frozenset[Problem] = frozenset()

    def begin(self) -> None:
        """Take note of a run of the whole script, which notes its problems anew."""
        self._noted.clear()

    def note(self, problem: Problem) -> None:
        """Add a problem to the message of this run; it is logged once."""
        self._noted[problem] = None
        if problem not in self._logged:
            self._logged.add(problem)
            _log.warning("Key %r: %s", problem.key, problem.text)

    def show(self, refused: Iterable[Problem], *, in_a_toast: bool) -> None:
        """Show what was noted and what is refused.

        Parameters
        ----------
        in_a_toast : bool
            There is no room below the page. What is said there already, or was said in a toast, is
            not said again.
        """
        problems = [*refused, *self._noted]
        if in_a_toast:
            problems = [problem for problem in problems if problem not in self._shown]
            self._shown |= set(problems)
        else:
            self._shown = frozenset(problems)
        if problems and in_a_toast:
            notice.show_toast(_message(problems))
        elif problems:
            notice.show_box(_message(problems))


def _message(problems: list[Problem]) -> str:
    keys = {problem.key for problem in problems}
    count = "one key" if len(keys) == 1 else f"{len(keys)} keys"
    head = f"**`persist` has a problem with {count}.** The page works, and all else is saved."
    return "\n".join(
        [head, "", *(f"- {code(problem.key)}: {problem.text}" for problem in problems)]
    )
