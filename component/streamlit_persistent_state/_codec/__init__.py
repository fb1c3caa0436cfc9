"""Values as bytes, and back: built-in types, types of the script's own, and what surrounds them.

In: values, and the types that a script declares for the same key. Out: bytes that a human can
read, with large binary parts beside. Must never know: Streamlit, stores, sessions, the widget;
what needs a tag registers it.

`plain` and `small` are the types of Python, `own` and `types` those of the script, `arrays`,
`frames`, `tables`, `images` and `figures` those of libraries, each loaded when a value asks for
it. `pack` puts them together, `parts` puts bytes beside the JSON, `envelope` surrounds that.
"""
