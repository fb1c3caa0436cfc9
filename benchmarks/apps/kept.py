"""A page with and without kept keys; with `?time=1` it writes what they took in each run."""

import json
import os
from pathlib import Path
from time import perf_counter

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from streamlit_persistent_state import persist

runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
kind = st.query_params.get("kind", "plain")
KEYS = {"plain": 0, "kept": 3, "keys": 20, "large": 1}[kind]
names = [f"key{number}" for number in range(KEYS)]

start = perf_counter()
if names:
    persist(*names)
took = (perf_counter() - start) * 1000

for name in names:
    if name not in st.session_state:
        st.session_state[name] = list(range(150_000)) if kind == "large" else name
st.text_input("Name")
st.button("Rerun")
st.container(key="python").markdown(f"Python has {runs}")
if st.query_params.get("time"):
    # What Streamlit calls after the last line.
    context = get_script_run_ctx()
    assert context is not None
    start = perf_counter()
    context.session_state.maybe_check_serializable()
    took += (perf_counter() - start) * 1000
    with Path(os.environ["BENCHMARK_OUT"]).open("a") as out:
        out.write(json.dumps({"kind": kind, "run": runs, "took": took}) + "\n")
