"""One counter, of the kind that the query names, and the number that the script knows."""

from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components import v1, v2

from streamlit_persistent_state import persistent_state

# The least a component can be: no framework, no argument that ever changes. What it costs is
# Streamlit's share of the cost of any component.
FLOOR = """
export default ({ parentElement, setStateValue }) => {
  const button = parentElement.querySelector("button");
  const output = parentElement.querySelector("output");
  button.onclick = () => {
    output.textContent = Number(output.textContent) + 1;
    setStateValue("count", Number(output.textContent));
  };
};
"""


def button() -> int:
    def add() -> None:
        st.session_state.count += 1

    st.session_state.setdefault("count", 0)
    st.button("Increase", on_click=add)
    return int(st.session_state.count)


def number() -> int:
    return int(st.number_input("Count", value=0, step=1, key="count"))


def inline() -> int:
    return persistent_state("Count", key="count", host="inline").counter


def iframe() -> int:
    return persistent_state("Count", key="count", host="iframe").counter


def floor_inline(data: Any = None) -> int:
    component = v2.component("floor", html="<button>+</button><output>0</output>", js=FLOOR)
    return int(component(key="count", data=data, on_count_change=lambda: None).count or 0)


def floor_inline_data() -> int:
    """Like `floor_inline`, but what Python passes down changes with every run."""
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    return floor_inline({"runs": st.session_state.runs})


def floor_iframe() -> int:
    component = v1.declare_component("floor", path=str(Path(__file__).parent / "frame"))
    return int(component(key="count", default=0, height=40))


KINDS = {
    made.__name__: made
    for made in (button, number, inline, iframe, floor_inline, floor_inline_data, floor_iframe)
}

count = KINDS[st.query_params["kind"]]()
with st.container(key="python"):
    st.markdown(f"Python has {count}")
