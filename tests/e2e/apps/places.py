"""The widget in every place Streamlit has; the query says where."""

from collections.abc import Callable

import streamlit as st

from streamlit_persistent_state import CounterText, persistent_state

host = st.query_params.get("host", "inline")


def widget(label: str = "Visits", key: str = "visits", **options: object) -> CounterText:
    return persistent_state(label, key=key, host=host, **options)


def told(key: str = "visits") -> None:
    value = st.session_state.get(key, CounterText())
    st.markdown(f"{key}: {value.counter} '{value.text}'")


def hidden() -> None:
    if st.toggle("Show", value=True):
        widget()
    told()


def tab() -> None:
    first, second = st.tabs(["First", "Second"])
    with first:
        widget()
    second.write("Other tab")
    told()


def expander() -> None:
    with st.expander("More", expanded=True):
        widget()
    told()


def sidebar() -> None:
    with st.sidebar:
        widget()
    told()


def dialog() -> None:
    @st.dialog("Ask")
    def ask() -> None:
        widget()

    if st.button("Open"):
        ask()
    st.button("Rerun")
    told()


def fragment() -> None:
    runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1

    @st.fragment
    def part() -> None:
        parts = st.session_state["parts"] = st.session_state.get("parts", 0) + 1
        widget()
        told()
        st.markdown(f"fragment ran {parts}")

    part()
    st.markdown(f"page ran {runs}")
    st.button("Rerun")


def form() -> None:
    runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    log = st.session_state.setdefault("log", [])
    with st.form("form"):
        widget(
            on_change=lambda: log.append("change"),
            on_reset=lambda: log.append("reset"),
        )
        st.form_submit_button("Submit")
    told()
    st.markdown(f"page ran {runs}, callbacks {' '.join(log) or 'none'}")


def popover_in_form() -> None:
    with st.form("form"):
        with st.popover("More"):
            widget()
        st.form_submit_button("Submit")
    told()


def form_in_popover() -> None:
    with st.popover("More"), st.form("form"):
        widget()
        st.form_submit_button("Submit")
    told()


def fifty() -> None:
    for number in range(50):
        widget(f"Widget {number}", f"w{number}")
    st.markdown(" ".join(str(st.session_state[f"w{n}"].counter) for n in range(50)))


PLACES: dict[str, Callable[[], None]] = {
    place.__name__: place
    for place in (
        *(hidden, tab, expander, sidebar, dialog, fragment),
        *(form, popover_in_form, form_in_popover, fifty),
    )
}
PLACES[st.query_params["place"]]()
