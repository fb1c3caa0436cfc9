"""Counts the edges between rooms: which folder imports which, and how many names each takes.

``python -m tests.rooms`` prints them, so that whoever moves a file sees what it does.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "component" / "streamlit_persistent_state"
FRONT = "(front door)"


def room_of(module: tuple[str, ...]) -> str:
    """Return the folder of a module, or the module where it lies in none."""
    return module[0] if module and module != ("__init__",) else FRONT


def edges() -> Counter[tuple[str, str]]:
    """Return how many imports lead from each room to each other one."""
    found: Counter[tuple[str, str]] = Counter()
    for path in PACKAGE.rglob("*.py"):
        module = path.relative_to(PACKAGE).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue
            above = module[: -node.level]
            names = tuple(node.module.split(".")) if node.module else ()
            for alias in node.names:
                target = room_of((*above, *names, alias.name))
                if target != room_of(module):
                    found[room_of(module), target] += 1
    return found


def main() -> None:
    """Print each room with what it imports, then the sums."""
    found = edges()
    for room in sorted({room for room, _ in found}):
        uses = sorted(target for source, target in found if source == room)
        print(f"{room:14} -> {', '.join(f'{one} {found[room, one]}' for one in uses)}")
    rooms = {room for edge in found for room in edge}
    print(f"{len(rooms)} rooms, {len(found)} edges, {sum(found.values())} names imported")


if __name__ == "__main__":
    main()
