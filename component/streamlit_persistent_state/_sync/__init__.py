"""Keeps what a session holds in step with a store, past what others commit.

In: snapshots of session state, records of a store.
Out: commits, what session state shall take, news for those who subscribe.
Must never know: Streamlit, cookies, the widget.
"""
