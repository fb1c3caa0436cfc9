"""A page that changes a kept key in every run, with a store that takes its time."""

import json
import os
import time
from pathlib import Path
from time import perf_counter
from typing import Any

import streamlit as st

from streamlit_persistent_state import configure, persist
from streamlit_persistent_state._streamlit import runtime
from streamlit_persistent_state.stores import MemoryStore

start = perf_counter()
LATENCY = float(os.environ["BENCHMARK_LATENCY"])


class SlowStore(MemoryStore):
    """One that is as far away as `LATENCY` says."""

    def load(self, *question: Any) -> Any:
        time.sleep(LATENCY)  # the way there and back
        return super().load(*question)

    def commit(self, *question: Any, **limit: Any) -> Any:
        time.sleep(LATENCY)  # the way there and back
        return super().commit(*question, **limit)


@st.cache_resource
def store() -> SlowStore:
    # Somebody is logged in, without a provider to log in with.
    runtime.user = lambda: "issuer|subject"
    return SlowStore()


runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
scope = st.query_params.get("scope", "browser")
configure(store=store())
persist(*(f"key{number}" for number in range(10)), scope=scope)
st.session_state.key0 = runs
st.button("Rerun")
st.container(key="python").markdown(f"Python has {runs}")
took = (perf_counter() - start) * 1000
with Path(os.environ["BENCHMARK_OUT"]).open("a") as out:
    out.write(json.dumps({"scope": scope, "latency": LATENCY, "run": runs, "took": took}) + "\n")
