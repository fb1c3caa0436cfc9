"""Any script as an ASGI application, whose cookie is set by the server."""

import os
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from streamlit_persistent_state.asgi import IdentityMiddleware

app = st.App(Path(os.environ["SCRIPT"]), middleware=[Middleware(IdentityMiddleware)])
