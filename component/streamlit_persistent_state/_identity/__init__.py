"""Who a browser is: what its cookie holds, when that is verified, what a log-in makes of it.

In: a cookie's text, a log-in, the settings, a store that knows owners.
Out: an identity, and the cookie that carries it.
Must never know: Streamlit, values.
"""
