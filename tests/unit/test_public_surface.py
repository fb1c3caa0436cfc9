"""What is public is what is listed, and importing it does nothing."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import streamlit_persistent_state
from streamlit_persistent_state import codecs, errors, testing


def test_the_public_names_are_these() -> None:
    """Adding or removing a public name is a decision, not an accident."""
    assert streamlit_persistent_state.__all__ == [
        "CounterText",
        "Persisted",
        "codecs",
        "configure",
        "errors",
        "forget",
        "increment",
        "persist",
        "persistent_state",
        "reset",
        "stores",
    ]
    assert testing.__all__ == ["StoreContract", "edit"]
    assert codecs.__all__ == ["register"]
    assert set(errors.__all__) == {
        name for name, value in vars(errors).items() if inspect.isclass(value)
    }


@pytest.mark.parametrize(
    "public",
    [
        codecs.register,
        streamlit_persistent_state.CounterText,
        streamlit_persistent_state.configure,
        streamlit_persistent_state.forget,
        streamlit_persistent_state.increment,
        streamlit_persistent_state.persist,
        streamlit_persistent_state.persistent_state,
        streamlit_persistent_state.reset,
        testing.edit,
    ],
)
def test_every_parameter_is_typed_and_described(public: object) -> None:
    """Each parameter stands in the docstring under Parameters."""
    assert callable(public)
    documented = inspect.getdoc(public) or ""
    for name, parameter in inspect.signature(public).parameters.items():
        assert parameter.annotation is not inspect.Parameter.empty
        assert name in documented


def test_importing_registers_nothing() -> None:
    """A plain script that imports the package writes nothing and needs no running Streamlit."""
    code = "import streamlit_persistent_state, streamlit_persistent_state.testing"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_page_loads_no_pandas() -> None:
    """It takes half a second, and slows every run by the garbage collection that follows it."""
    app = """
from streamlit_persistent_state import persist, persistent_state
persist(count=0, cart=[{"price": (1, 2.5)}])
for host in ("inline", "iframe"):
    persistent_state("Visits", key=host, host=host)
"""
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
assert not AppTest.from_string({app!r}).run().exception
assert "pandas" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
