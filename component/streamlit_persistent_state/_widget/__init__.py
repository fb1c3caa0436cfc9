"""Counter and text: their value, the messages of their pages, and how far those are applied.

In: messages of a page, assignments of a script, records.
Out: the value, what is pushed to the page, the entries of a record.
Must never know: Streamlit, stores, sessions, clocks.
"""
