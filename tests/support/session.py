"""A session without a browser: speaks Streamlit's own protocol over a WebSocket."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect
from websockets.typing import Subprotocol

TIMEOUT = 30.0


class LiveSession:
    """One tab: it connects, runs the script, and sets widgets.

    Parameters
    ----------
    url : str
        Of the server, as ``http://127.0.0.1:1234``.
    query : str
        What stands after the question mark.
    cookies : mapping of str to str
        What the browser would send.

    Attributes
    ----------
    id : str
        Streamlit's id of this session, known once the script has run.
    elements : list of Any
        The elements that the last run has drawn, in the order they came, as protobuf messages.
    runs : int
        How many runs have ended.
    """

    def __init__(
        self, url: str, *, query: str = "", cookies: Mapping[str, str] | None = None
    ) -> None:
        self.id = ""
        self.elements: list[Any] = []
        self.runs = 0
        self._query = query
        self._states: dict[str, WidgetState] = {}
        headers = {"Origin": url}
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self._open = ExitStack()
        self._socket = self._open.enter_context(
            connect(
                f"ws{url.removeprefix('http')}/_stcore/stream",
                additional_headers=headers,
                subprotocols=[Subprotocol("streamlit")],
                compression=None,
                proxy=None,
                ping_interval=None,
                max_size=None,
            )
        )

    def __enter__(self) -> LiveSession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the tab."""
        self._open.close()

    def run(self) -> None:
        """Run the script with the widgets as they are, and wait until it has ended."""
        self.request()
        self.wait()

    def request(self) -> None:
        """Ask for a run without waiting for it."""
        message = BackMsg()
        client = message.rerun_script
        client.query_string = self._query
        client.widget_states.widgets.extend(self._states.values())
        # A click is told once.
        self._states = {
            widget: state
            for widget, state in self._states.items()
            if state.WhichOneof("value") != "trigger_value"
        }
        self._socket.send(message.SerializeToString())

    def wait(self, timeout: float = TIMEOUT) -> None:
        """Read what the server says until a run has ended.

        Raises
        ------
        TimeoutError
            No run has ended within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            raw = self._socket.recv(timeout=max(0.0, deadline - time.monotonic()))
            assert isinstance(raw, bytes)
            message = ForwardMsg.FromString(raw)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.id = message.new_session.initialize.session_id
                self.elements = []
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                self.elements.append(getattr(element, str(element.WhichOneof("type"))))
            elif (
                kind == "script_finished"
                # One that gives way to a rerun is followed by that.
                and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                self.runs += 1
                return

    @property
    def texts(self) -> list[str]:
        """What `st.markdown`, `st.write` and `st.text` have shown."""
        return [e.body for e in self.elements if hasattr(e, "body")]

    def widget(self, label: str) -> Any:
        """Return the element with this label, such as a button or a text input."""
        for element in self.elements:
            if getattr(element, "label", None) == label and hasattr(element, "id"):
                return element
        raise LookupError(f"no widget {label!r} on the page")

    def set(self, label: str, **value: Any) -> None:
        """Set a widget, as ``string_value="Ada"`` or ``trigger_value=True``; tell it at `run`."""
        widget = self.widget(label).id
        self._states[widget] = WidgetState(id=widget, **value)

    def click(self, label: str) -> None:
        """Click a button and wait for the run."""
        self.set(label, trigger_value=True)
        self.run()
