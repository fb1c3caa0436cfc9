"""Has number inputs begin with what session state gives them, and not with their default.

They are the only ones of Streamlit's widgets that paint their default for a frame before they look
at the value that comes with it. So that value is made the default on its way to the page.
"""

from __future__ import annotations

from typing import Any


class Painter:
    """Sees the messages of a run to the page, and changes those of some widgets."""

    def __init__(self) -> None:
        self._widgets: set[str] = set()
        self._keeping_forms = {""}

    def add(self, widget_id: str) -> None:
        """Have a widget of this run begin with its value."""
        self._widgets.add(widget_id)

    def see(self, message: Any) -> None:
        """Take a message, one of Streamlit's ``ForwardMsg``, before it is sent."""
        form = message.delta.add_block.form
        if not form.clear_on_submit:
            self._keeping_forms.add(form.form_id)
        number = message.delta.new_element.number_input
        if number.id not in self._widgets or not number.set_value:
            return
        # Without a default the widget can be empty. Others need theirs: a form may go back to it,
        # and the URL leaves it out.
        is_needed = number.form_id not in self._keeping_forms or number.query_param_key
        if number.HasField("default") and number.HasField("value") and not is_needed:
            number.default = number.value
