"""What the page says to its developer: a box below the page, or a toast."""

from __future__ import annotations

import streamlit as st


def show_box(text: str) -> None:
    """Show Markdown below what the script has drawn; for the end of a run."""
    st.warning(text, icon=":material/database_off:")


def show_toast(text: str) -> None:
    """Show Markdown that takes no space on the page."""
    st.toast(text, icon=":material/database_off:", duration="long")
