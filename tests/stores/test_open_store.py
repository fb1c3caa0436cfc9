"""From a URL to a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamlit_persistent_state.errors import InvalidArgument
from streamlit_persistent_state.stores import MemoryStore, SQLiteStore, open_store


def test_each_url_names_its_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Three slashes are relative to the working directory, four absolute, as elsewhere."""
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_store("memory://"), MemoryStore)
    for url, path in (
        ("sqlite:///state.db", tmp_path / "state.db"),
        ("sqlite:////tmp/state.db", Path("/tmp/state.db")),
        ("sqlite:///a%20b.db", tmp_path / "a b.db"),
        ("sqlite:///~/state.db", Path.home() / "state.db"),
    ):
        store = open_store(url)
        assert isinstance(store, SQLiteStore)
        assert store.path == path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "state.db",
        "sqlite://",
        "sqlite:///",
        "sqlite://host/x",
        "mysql://u:hidden@h",
        "sqlite:///a%00b",
        "sqlite:///~nosuchuser/x",
        5,
    ],
)
def test_another_url_is_refused(url: str) -> None:
    """The message shows the forms that are allowed, and no password."""
    with pytest.raises(InvalidArgument, match="store") as raised:
        open_store(url)
    assert "hidden" not in str(raised.value)
