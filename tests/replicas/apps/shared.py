"""What sessions on several replicas change at the same time."""

import os

import streamlit as st

from streamlit_persistent_state import forget, increment, persist, persistent_state, reset

runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
query = st.query_params
live = {"no": False, "yes": True}.get(query.get("live", "no"), query.get("live"))
host = query.get("host", "inline")

persist("name", count=0, live=live)
everybody = persist(likes=0, scope="app", live=live)
st.button("Add", on_click=increment, args=("count",))
st.button("Like", on_click=increment, args=("likes",))
st.button("Reset all", on_click=reset, args=("count", "likes", "visits"))
st.button("Forget all", on_click=forget, args=("count", "likes", "visits", "votes"))
st.button("Rerun")
st.text_input("Name", key="name")
visits = persistent_state("Visits", key="visits", host=host, live=live)
votes = None
if query.get("votes") != "no":
    votes = persistent_state("Votes", key="votes", scope="app", host=host, live=live)
st.markdown(
    f"Count {st.session_state.count}, likes {st.session_state.likes}, "
    f"name '{st.session_state.name}', visits {visits.counter}, votes {votes and votes.counter} "
    f"in run {runs}."
)
st.markdown(f"Replica {os.environ.get('REPLICA')}.")
