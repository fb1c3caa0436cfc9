"""The states of an entry: what a session knows of one key in the store, and what it may write.

An entry is in exactly one of them.

========== ============================================ =======================================
state      what is known                                what a commit may do
========== ============================================ =======================================
NOT_ASKED  declared, the store was not asked yet        nothing
NOT_LOADED the store was asked and did not answer       load first, then merge
ABSENT     the store has nothing that can be taken      nothing
LOADED     session state holds what is stored, or will  nothing
EDITED     session state holds something newer          write it on top of the known revision
IN_FLIGHT  that was sent                                wait for the answer
IN_DOUBT   that was sent, and no answer came            send it again; its number tells it apart
REFUSED    what session state holds cannot be kept      nothing; what is stored stays
========== ============================================ =======================================
"""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """Where an entry is."""

    NOT_ASKED = "not asked yet"
    NOT_LOADED = "not loaded"
    ABSENT = "absent"
    LOADED = "loaded"
    EDITED = "edited"
    IN_FLIGHT = "in flight"
    IN_DOUBT = "in doubt"
    REFUSED = "refused"


class Event(Enum):
    """What happens to an entry."""

    UNREACHED = "the store was asked for it and did not answer"
    TAKEN = "what the store has was taken, and nothing is left to save"
    EMPTIED = "the store has nothing that can be taken, and nothing is to be saved"
    EDIT = "session state holds something to save"
    REFUSAL = "what session state holds cannot be kept"
    SENDING = "a commit of it is sent"
    ACKNOWLEDGED = "the store has said that the commit is written"
    UNWRITTEN = "the store has said that the commit is not written"
    LOST = "no answer came"


_S, _E = State, Event
_AT_REST = (_S.ABSENT, _S.LOADED, _S.EDITED, _S.IN_DOUBT, _S.REFUSED)

TRANSITIONS: dict[tuple[State, Event], State] = {
    (_S.NOT_ASKED, _E.UNREACHED): _S.NOT_LOADED,
    (_S.NOT_LOADED, _E.UNREACHED): _S.NOT_LOADED,
    **{(state, _E.TAKEN): _S.LOADED for state in _S},
    **{(state, _E.EMPTIED): _S.ABSENT for state in _S},
    # What was not loaded stays so, whatever the script does meanwhile: it is loaded first.
    (_S.NOT_LOADED, _E.EDIT): _S.NOT_LOADED,
    (_S.NOT_ASKED, _E.REFUSAL): _S.NOT_ASKED,
    (_S.NOT_LOADED, _E.REFUSAL): _S.NOT_LOADED,
    (_S.ABSENT, _E.EDIT): _S.EDITED,
    (_S.LOADED, _E.EDIT): _S.EDITED,
    (_S.EDITED, _E.EDIT): _S.EDITED,
    (_S.IN_FLIGHT, _E.EDIT): _S.IN_FLIGHT,
    (_S.IN_DOUBT, _E.EDIT): _S.IN_DOUBT,
    (_S.REFUSED, _E.EDIT): _S.EDITED,
    **{(state, _E.REFUSAL): _S.REFUSED for state in _AT_REST},
    (_S.EDITED, _E.SENDING): _S.IN_FLIGHT,
    (_S.IN_DOUBT, _E.SENDING): _S.IN_FLIGHT,
    (_S.IN_FLIGHT, _E.ACKNOWLEDGED): _S.LOADED,
    (_S.IN_FLIGHT, _E.UNWRITTEN): _S.EDITED,
    (_S.IN_FLIGHT, _E.LOST): _S.IN_DOUBT,
}
"""Which state an event leads to; an event that is not named for a state cannot happen in it."""
