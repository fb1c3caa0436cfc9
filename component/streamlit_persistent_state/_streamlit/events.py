"""Whether a user has done something: a widget of the page has another value than before.

Scripts run for other reasons too: a page is loaded, a fragment is due, the script asks for one more
run. Streamlit tells nobody which it is. It compares the widgets before it calls their callbacks,
and so does this.
"""

from __future__ import annotations

import logging
from typing import Any

from .page import UNSEEN_KEYS

_log = logging.getLogger(__name__)

_NEEDED = ("_call_callbacks", "_widget_changed", "_new_widget_state")


def tells_of_events(state: Any) -> bool:
    """Whether a session's state has what is needed here."""
    return all(hasattr(state, name) for name in _NEEDED)


def has_event(state: Any) -> bool:
    """Whether a run begins since a user has done something; True where nobody can tell."""
    try:
        # What the package's own parts of the page say, no user has done.
        return any(
            state._widget_changed(widget)
            for widget in list(state._new_widget_state)
            if not widget.endswith(UNSEEN_KEYS)
        )
    except Exception:
        _log.debug("Whether a user has done something is unknown", exc_info=True)
        return True
