"""Both sides read the same examples of the wire format: pytest here, vitest in `frontend/tests`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state._widget.wire import Refused, parse_edits, to_builtins
from streamlit_persistent_state.testing._edit import _data, _element

WIRE = Path(__file__).parents[1] / "wire"
EDITS: list[dict[str, Any]] = json.loads((WIRE / "edits.json").read_text("utf-8"))
DATA: list[dict[str, Any]] = json.loads((WIRE / "data.json").read_text("utf-8"))


@pytest.mark.parametrize("example", EDITS, ids=lambda example: example["name"])
def test_examples_of_edits(example: dict[str, Any]) -> None:
    """What the frontend may send is read without loss, everything else is refused."""
    if example["valid"]:
        assert to_builtins(parse_edits(example["message"])) == example["message"]
    else:
        with pytest.raises(Refused):
            parse_edits(example["message"])


def page() -> None:
    import streamlit as st

    from streamlit_persistent_state import persistent_state

    if st.session_state.get("every option"):
        persistent_state(
            "Visits",
            key="v",
            counter=1,
            text="d",
            min_value=-5,
            max_value=5,
            step=2,
            max_chars=10,
            placeholder="Type",
            help="Help",
            label_visibility="collapsed",
            disabled=True,
            show_reset=False,
        )
    else:
        persistent_state("Visits", key="v")


@pytest.mark.parametrize("name", ["a first mount", "every option"])
def test_python_sends_what_the_frontend_reads(name: str) -> None:
    """A real call sends exactly the fields of the valid examples that vitest parses."""
    at = AppTest.from_function(page)
    at.session_state["every option"] = name == "every option"
    at.run()
    assert not at.exception
    sent = _data(_element(at, "v"))
    wanted = next(example["data"] for example in DATA if example["name"] == name)
    assert sent.keys() == wanted.keys()
    assert sent["look"] == wanted["look"]
    assert sent["bounds"] == wanted["bounds"]
    assert sent["pushed"].keys() == wanted["pushed"].keys()
    assert sent["pushed"]["defaults"] == wanted["pushed"]["defaults"]
