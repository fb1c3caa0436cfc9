"""Values as bytes, and back: built-in types, types of the script's own, and what surrounds them.

In: values, and the default that a script declares for the same key. Out: bytes that a human can
read. Must never know: Streamlit, stores, sessions, the widget; what needs a tag registers it.
"""
