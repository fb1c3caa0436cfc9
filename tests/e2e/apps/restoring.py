"""Widgets that are restored, and what may get in their way."""

import streamlit as st

from streamlit_persistent_state import persist, persistent_state

runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
query = st.query_params


def told(**values: object) -> None:
    st.markdown("; ".join(f"{name} is {value}" for name, value in values.items()) + ".")


def plain() -> None:
    """Show the same with persist() and without."""
    if query.get("kept"):
        persist("count", "name")
    st.title("Title")
    st.text_input("Name", key="name")
    st.columns(2)[0].button("Button")
    told(runs=runs)


def early() -> None:
    """Run the script a second time before the widgets of the first run have mounted."""
    persist("volume")
    reporter = st.components.v2.component(
        "early", js="export default ({ setStateValue }) => setStateValue('mounted', true);"
    )
    reporter(key="early")
    st.slider("Volume", 0, 100, key="volume")
    told(volume=st.session_state.volume, runs=runs)


def bounds() -> None:
    """Keep a slider whose bounds another release of the app has changed."""
    persist("volume")
    st.slider("Volume", 0, int(query["max"]), 5, key="volume")
    told(volume=st.session_state.volume, max=query["max"])


def alongside() -> None:
    """Keep widgets that Streamlit binds to the URL, or whose state it keeps within the session."""
    persist("bound", "own")
    st.slider("Bound", 0, 100, key="bound", bind="query-params")
    if st.checkbox("Show", value=True):
        st.slider("Own", 0, 100, key="own", persist_state="session")
    told(bound=st.session_state.bound, own=st.session_state.own)


def pages() -> None:
    """Keep a widget on every page that only one page shows."""
    persist("volume")

    def without() -> None:
        told(volume=st.session_state.get("volume"))

    def with_slider() -> None:
        st.slider("Volume", 0, 100, key="volume")
        told(volume=st.session_state.volume)

    shown = st.navigation(
        [st.Page(without, title="Without"), st.Page(with_slider, title="With", url_path="with")]
    )
    shown.run()


def widget() -> None:
    """Show a widget and a kept number, both of the browser."""
    persist("count")
    if "count" not in st.session_state:
        st.session_state.count = 0
    st.button("Add", on_click=lambda: st.session_state.update(count=st.session_state.count + 1))
    visits = persistent_state("Visits", key="visits", host=query.get("host", "inline"))
    told(visits=visits.counter, count=st.session_state.count, runs=runs)


APPS = {
    "plain": plain,
    "early": early,
    "bounds": bounds,
    "alongside": alongside,
    "pages": pages,
    "widget": widget,
}
APPS[query.get("app", "pages")]()
