"""Widgets whose keys are left alone: those that nobody may set, and those that hold a secret."""

from __future__ import annotations

_TABLE = "assign what it returns to another key of st.session_state, and keep that one"
_INSTEAD = {
    "data_editor": "keep the table that it returns under another key, and give it back as its data",
    "file_uploader": "keep what you read from the file under another key",
    "camera_input": "keep what you read from the picture under another key",
    "audio_input": "keep what you read from the recording under another key",
    "chat_input": "keep the messages under another key",
    "button": "keep what a click changes under another key",
}


def reason_of_secret(use: str) -> str:
    """Return why the key of a password input is not kept; `use` names the input."""
    return (
        f"it is the key of {use} with type='password', and what a password input holds is never "
        "kept; what an earlier version has kept of it is deleted. Take it out of persist()"
    )


def reason(use: str) -> str:
    """Return why the key of a widget that cannot be set is not kept, and what to keep instead.

    Parameters
    ----------
    use : str
        Names the widget, such as ``st.button (app.py, line 3)``.
    """
    instead = next((text for name, text in _INSTEAD.items() if name in use), _TABLE)
    return (
        f"it is the key of {use}, whose value Streamlit lets nobody set; it is left alone and not "
        f"kept. Take it out of persist(); {instead}"
    )
