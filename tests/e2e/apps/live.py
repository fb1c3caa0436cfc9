"""Tabs that show what others change, without a click."""

import streamlit as st

from streamlit_persistent_state import increment, persist, persistent_state

runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
live = st.query_params.get("live", "yes")
live = {"yes": True, "no": False}.get(live, live)
scope = st.query_params.get("scope", "browser")

persist("name", "alias", count=0, body=0, scope=scope, live=live)
st.button("Add", on_click=increment, args=("count",))
if st.button("In the body"):
    st.session_state.body += 1
st.button("Nothing")
st.text_input("Name", key="name")


@st.fragment
def fragment() -> None:
    st.button("In a fragment", on_click=increment, args=("count",))
    st.text_input("Alias", key="alias")


fragment()
if "restless" in st.query_params:
    st.session_state.mine = f"{st.query_params.restless} in run {runs}"
    persist("mine", scope=scope, live=live)
visits = persistent_state("Visits", key="visits", scope=scope, live=live)
st.markdown(
    f"Count {st.session_state.count}, body {st.session_state.body}, "
    f"name '{st.session_state.name}', visits {visits.counter}, '{visits.text}'."
)
st.markdown(f"Run {runs}.")
