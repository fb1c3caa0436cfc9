"""One session that is held up, in a callback say, keeps nobody else from anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streamlit_persistent_state._codec.envelope import value_in
from streamlit_persistent_state.stores import open_store
from tests.e2e.conftest import APPS
from tests.support.server import Server, serve
from tests.support.tab import Browser
from tests.support.waiting import wait_until


@pytest.fixture(params=["streamlit run", "uvicorn"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with serve(APPS / "held_up.py", folder=tmp_path, asgi=request.param == "uvicorn") as started:
        yield started


def stored(folder: Path, key: str) -> set[int]:
    store = open_store(f"sqlite:///{folder}/.streamlit/persistent_state.db")
    found = [record for _, name, record in store.records() if name == key]
    store.close()
    return {value_in(r.payload, r.schema) for r in found if r.payload is not None}


def test_a_long_callback_delays_nobody_else(server: Server, tmp_path: Path) -> None:
    """Its session state is locked: others are saved and open pages, of the same browser too."""
    (tmp_path / "long").touch()
    (tmp_path / "hold").touch()
    browser, other = Browser(server.url), Browser(server.url)
    with browser.open() as held_up, other.open() as tab:
        held_up.set("Run long", trigger_value=True)
        held_up.request()
        wait_until((tmp_path / "is-long").exists)
        held_up.set("Hold", trigger_value=True)
        held_up.request()
        (tmp_path / "long").unlink()
        wait_until((tmp_path / "is-held").exists)
        for edits in range(1, 6):
            tab.set("Edit", trigger_value=True)
            tab.request()
            wait_until(lambda edits=edits: edits in stored(tmp_path, "edits"))  # type: ignore[misc] # no default
            tab.wait()
        with (sibling := browser.open()):
            assert sibling.shows("Edits 0")
        (tmp_path / "hold").unlink()
        held_up.wait()
    with (later := browser.open()):
        assert later.shows("held 1.")


def test_what_a_long_callback_has_changed_is_saved_while_it_lasts(
    server: Server, tmp_path: Path
) -> None:
    """Although the script has not come to its first line."""
    (tmp_path / "hold").touch()
    with Browser(server.url).open() as tab:
        tab.set("Hold", trigger_value=True)
        tab.request()
        wait_until(lambda: 1 in stored(tmp_path, "held"))
        (tmp_path / "hold").unlink()
        tab.wait()
