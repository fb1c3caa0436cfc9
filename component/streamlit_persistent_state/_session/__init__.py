"""One session of the app: its owners and keepers, what it assigns, when it saves.

In: the start and the end of runs, declared keys, what session state holds.
Out: assignments to session state, calls of keepers, what the page is told.
Must never know: how values become bytes, and what a store does with them.
"""
