"""The same app as an ASGI application, whose cookie is set by the server."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from streamlit_persistent_state.asgi import IdentityMiddleware

app = st.App(Path(__file__).with_name("login.py"), middleware=[Middleware(IdentityMiddleware)])
