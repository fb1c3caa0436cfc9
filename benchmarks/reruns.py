"""What the package adds to a small script: to each rerun, to many declarations, to the import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from streamlit.testing.v1 import AppTest

from benchmarks.pages import in_turn
from benchmarks.stats import Row, row

NAME = "reruns"
_RUNS = 40
_VALUES = (
    *("0", "'text'", "[1, 2, 3]", "{'a': 1}", "2.5", "True", "None", "[]", "{}", "(1, 2)"),
    *("{'m': [1] * 20}", "'x' * 100"),
)
_KEYS = ", ".join([*(f"k{number}={value}" for number, value in enumerate(_VALUES)), "n=0"])
_PLAIN = f"for k, v in dict({_KEYS}).items(): st.session_state.setdefault(k, v)"
_KEPT = f"from streamlit_persistent_state import persist\npersist({_KEYS})"
_SCRIPT = """
import streamlit as st
{}
st.title("App")
st.session_state.n += 1
st.slider("Size", 0, 10, key="size")
name = st.text_input("Name", key="name")
st.write(f"{{st.session_state.n}} {{name}}")
st.button("Again")
st.caption("The end")
"""
_TIMED = """
from time import perf_counter
import streamlit as st
from streamlit_persistent_state import persist
start = perf_counter()
{}
st.session_state["took"] = (perf_counter() - start) * 1000
"""
# In a process of its own, where a store can be configured.
_ONE_PROCESS = "from benchmarks import reruns; reruns.{}"


def measure(_browser: object, quick: bool) -> list[Row]:
    return [
        *_reruns("in memory", 4 if quick else 24),
        *_reruns("SQLite", 4 if quick else 24),
        _unchanged(20, 20 if quick else 400),
        _first_run(3 if quick else 20),
        *_imports(3 if quick else 15),
    ]


def _reruns(store: str, batches: int) -> list[Row]:
    """Measure the CPU of the whole process; one key of 13 changes in each run."""
    with TemporaryDirectory() as folder:
        call = f"print_reruns({batches}, {'' if store == 'in memory' else folder!r})"
        found = _in_a_process(_ONE_PROCESS.format(call))
    measure = f"rerun with 13 keys, {store}"
    plain, kept = found["plain"], found["kept"]
    target = 1.12 if store == "in memory" else None
    return [
        row(NAME, measure, "plain", "ms", plain),
        row(NAME, measure, "kept", "ms", kept, against=("plain", plain), target=target),
    ]


def print_reruns(batches: int, folder: str) -> None:
    """Print the milliseconds of CPU of one run, for each batch of runs in turns."""
    if folder:
        from streamlit_persistent_state import configure

        configure(store=f"sqlite:///{Path(folder).as_posix()}/kept.db")
    apps = {
        kind: AppTest.from_string(_SCRIPT.format(head))
        for kind, head in (("plain", _PLAIN), ("kept", _KEPT))
    }
    found: dict[str, list[float]] = {kind: [] for kind in apps}
    for number in range(-1, batches):  # the first one warms up
        for kind in in_turn(tuple(apps), number):
            start = process_time()
            for _ in range(_RUNS):
                apps[kind].run()
            took = (process_time() - start) / _RUNS * 1000
            if number >= 0:
                found[kind].append(took)
    assert not any(app.exception for app in apps.values())
    print(json.dumps(found))


def _unchanged(keys: int, runs: int) -> Row:
    app = AppTest.from_string(
        _TIMED.format(f"persist({', '.join(f'k{n}={n}' for n in range(keys))})")
    )
    took = [_took(app) for _ in range(runs + 5)][5:]
    return row(NAME, f"persist of {keys} unchanged keys", "kept", "ms", took, target=0.2)


def _first_run(rounds: int) -> Row:
    script = _TIMED.format("for n in range(200): persist(**{f'k{n}': n})")
    took = [_took(AppTest.from_string(script)) for _ in range(rounds + 1)][1:]
    return row(NAME, "200 calls of persist in a first run", "kept", "ms", took, target=20)


def _took(app: AppTest) -> float:
    app.run()
    assert not app.exception
    return float(app.session_state["took"])


def _imports(rounds: int) -> list[Row]:
    """Measure the CPU of `import streamlit`, and what the package adds, in new processes."""
    timed = (
        "import json; from time import process_time as now; a = now(); "
        "import streamlit; b = now(); "
        "import streamlit_persistent_state; print(json.dumps([b - a, now() - b]))"
    )
    found = [_in_a_process(timed) for _ in range(rounds)]
    streamlit, ours = ([one[i] * 1000 for one in found] for i in (0, 1))
    return [
        row(NAME, "import", "streamlit", "ms", streamlit),
        row(NAME, "import, on top of Streamlit", "kept", "ms", ours, target=60),
    ]


def _in_a_process(code: str) -> Any:
    command = [sys.executable, "-W", "ignore", "-c", code]
    here = Path(__file__).parent.parent
    done = subprocess.run(command, cwd=here, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])
