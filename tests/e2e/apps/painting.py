"""One of each of Streamlit's widgets, kept."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import streamlit as st

from streamlit_persistent_state import persist

LETTERS = ["a", "b", "c"]
NOON = dt.datetime(2026, 5, 5, 12)

WIDGETS: dict[str, tuple[Callable[..., Any], dict[str, Any], Any]] = {
    "kept_text": (st.text_input, {"value": "nobody"}, "Ada"),
    "kept_area": (st.text_area, {"value": "nothing"}, "a draft"),
    "kept_number": (st.number_input, {"value": 1}, 7),
    "kept_real": (st.number_input, {"value": 1.5}, 0.25),
    "kept_slider": (st.slider, {"max_value": 100}, 40),
    "kept_range": (st.slider, {"value": (10, 20)}, (30, 60)),
    "kept_hour": (st.slider, {"value": NOON.time()}, dt.time(18)),
    "kept_step": (st.select_slider, {"options": LETTERS}, "c"),
    "kept_select": (st.selectbox, {"options": LETTERS}, "b"),
    "kept_radio": (st.radio, {"options": LETTERS, "format_func": str.upper}, "c"),
    "kept_check": (st.checkbox, {}, True),
    "kept_toggle": (st.toggle, {"value": True}, False),
    "kept_several": (st.multiselect, {"options": LETTERS, "default": ["a"]}, ["c", "b"]),
    "kept_none": (st.multiselect, {"options": LETTERS, "default": ["a"]}, []),
    "kept_pill": (st.pills, {"options": LETTERS}, "b"),
    "kept_pills": (st.pills, {"options": LETTERS, "selection_mode": "multi"}, ["c", "a"]),
    "kept_segment": (st.segmented_control, {"options": LETTERS, "default": "a"}, "b"),
    "kept_stars": (st.feedback, {"options": "stars", "default": 0}, 3),
    "kept_day": (st.date_input, {"value": NOON.date()}, dt.date(2026, 7, 1)),
    "kept_days": (
        st.date_input,
        {"value": (NOON, NOON)},
        (dt.date(2026, 7, 1), dt.date(2026, 7, 3)),
    ),
    "kept_time": (st.time_input, {"value": NOON.time()}, dt.time(18, 45)),
    "kept_moment": (st.datetime_input, {"value": NOON}, dt.datetime(2026, 5, 6, 7, 30)),
    "kept_color": (st.color_picker, {"value": "#ff0000"}, "#00ff00"),
}

persist(*WIDGETS)


def fill() -> None:
    for key, (_, _, value) in WIDGETS.items():
        st.session_state[key] = value


st.button("Fill", on_click=fill)
st.button("Run")
runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
for key, (widget, options, value) in WIDGETS.items():
    label = () if widget is st.feedback else (key,)
    assert widget(*label, key=key, **options) == value or runs == 1
st.markdown(f"runs is {runs}.")
