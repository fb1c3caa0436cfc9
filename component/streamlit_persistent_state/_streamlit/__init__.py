"""The one room that touches Streamlit: runs, cookies, users, components, pages, hooks.

In: what Streamlit tells of a run, a widget or a page.
Out: the same in this package's words, and what the page shows.
Must never know: owners, keepers, stores. Names that are not public stand in `hooks`, `painter`,
`runtime` and `page`, each with what happens without it.
"""
