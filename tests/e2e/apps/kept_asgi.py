"""The same app as an ASGI application."""

from pathlib import Path

import streamlit as st

app = st.App(Path(__file__).with_name("kept.py"))
