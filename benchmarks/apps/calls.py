"""Times each call that puts a widget on the page; one line of JSON for every script run.

The environment says where to write (`BENCHMARK_OUT`). With `?profile=1` the calls of our widget
run under cProfile instead, and the line says in whose code the time went.
"""

import cProfile
import json
import os
import pstats
from collections import Counter
from pathlib import Path
from time import perf_counter

import streamlit as st
from streamlit.components import v1, v2

from streamlit_persistent_state import persistent_state

WIDGETS = 20
# As many entries as the widget sends down, so that the bare component serialises as much.
DATA = {
    "look": dict.fromkeys("abcdefg", "text"),
    "bounds": dict.fromkeys("abc", 1),
    "pushed": {**dict.fromkeys("abcd", 1), "mark": dict.fromkeys("abcde", 1)},
}
PACKAGES = ("streamlit_persistent_state", "streamlit", "msgspec", "google")


def native(i: int) -> None:
    st.number_input(f"Count {i}", value=0, step=1, key=f"native-count{i}")
    st.text_input(f"Text {i}", key=f"native-text{i}")


def inline(i: int) -> None:
    persistent_state(f"Count {i}", key=f"inline{i}")


def iframe(i: int) -> None:
    persistent_state(f"Count {i}", key=f"iframe{i}", host="iframe")


def floor_inline(i: int) -> None:
    bare_inline(key=f"bare-inline{i}", data=DATA, on_edits_change=lambda: None)


def floor_iframe(i: int) -> None:
    bare_iframe(key=f"bare-iframe{i}", data=DATA, height=40, on_change=lambda: None)


def package_of(file: str) -> str:
    parts = Path(file).parts
    return next((name for name in PACKAGES if name in parts), "Python and other packages")


bare_inline = v2.component("bare", html="<p></p>", js="export default () => {};")
bare_iframe = v1.declare_component("bare", path=str(Path(__file__).parent / "frame"))
runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
found: dict[str, object] = {"run": runs}

if st.query_params.get("profile"):
    profile = cProfile.Profile()
    profile.enable()
    for i in range(WIDGETS):
        inline(i)
    profile.disable()
    own_time: Counter[str] = Counter()
    for (file, _, _), (_, _, own, *_) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined] # untyped
        own_time[package_of(file)] += own
    found["profile"] = own_time
else:
    calls = [native, inline, iframe, floor_inline, floor_iframe]
    times: dict[str, list[float]] = {call.__name__: [] for call in calls}
    for i in range(WIDGETS):
        # Whoever comes first in a round is not always the same.
        for call in calls[i % len(calls) :] + calls[: i % len(calls)]:
            start = perf_counter()
            call(i)
            times[call.__name__].append((perf_counter() - start) * 1000)
    found["times"] = times

st.button("Rerun")
with st.container(key="python"):
    st.markdown(f"Python has {runs}")
with Path(os.environ["BENCHMARK_OUT"]).open("a") as out:
    out.write(json.dumps(found) + "\n")
