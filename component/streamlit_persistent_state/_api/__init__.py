"""What a script calls: `persist`, `persistent_state`, `increment`, `reset`, `forget`.

In: arguments as people write them. Out: calls of the session, and what the calls return.
Must never know: stores, records, bytes, or any name of Streamlit's that is not public.
"""
