"""Code wins over the environment, that over secrets.toml, that over the defaults."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy

from streamlit_persistent_state import _settings, configure, stores
from streamlit_persistent_state._settings import Settings, current, opened, sweep_stores
from streamlit_persistent_state.errors import InvalidArgument
from streamlit_persistent_state.stores import MemoryStore, SQLiteStore, Store, Write

SECRET = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_settings, "_configured", {})
    monkeypatch.setattr(_settings, "_stores", {})


def test_nothing_needs_to_be_configured() -> None:
    """The default is a file in the app's own .streamlit folder."""
    assert current({}) == Settings()
    assert current({}).store == "sqlite:///.streamlit/persistent_state.db"


def test_who_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each place may say some of it."""
    toml = {"store": "sqlite:///toml.db", "cookie": "toml", "max_value_bytes": 5}
    monkeypatch.setenv("STREAMLIT_PERSISTENT_STATE_STORE", "sqlite:///env.db")
    monkeypatch.setenv("STREAMLIT_PERSISTENT_STATE_COOKIE", "env")
    monkeypatch.setenv("STREAMLIT_PERSISTENT_STATE_APP", "shop")
    monkeypatch.setenv("STREAMLIT_PERSISTENT_STATE_EXPIRE_AFTER", "60")
    monkeypatch.setenv("STREAMLIT_PERSISTENT_STATE_SHOW_WARNINGS", "True")
    configure(store="memory://", secret=[SECRET, SECRET], on_login="keep")
    configure()
    assert current(toml) == Settings(
        store="memory://",
        secret=(SECRET, SECRET),
        cookie="env",
        app="shop",
        max_value_bytes=5,
        expire_after=timedelta(seconds=60),
        on_login="keep",
        show_warnings=True,
    )
    assert _settings.names_a_store()


def test_several_secrets_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commas stand between them; the first signs."""
    monkeypatch.setenv("STREAMLIT_PERSISTENT_STATE_SECRET", f"{SECRET}, {SECRET[::-1]}")
    assert current({}).secret == (SECRET, SECRET[::-1])
    monkeypatch.setenv("STREAMLIT_PERSISTENT_STATE_SECRET", SECRET)
    assert current({}).secret == (SECRET,)
    monkeypatch.setenv("STREAMLIT_PERSISTENT_STATE_SECRET", f"{SECRET},short")
    with pytest.raises(InvalidArgument, match="a list of such"):
        current({})


@pytest.mark.parametrize(
    ("text", "read"), [("never", None), ("86400", timedelta(days=1)), ("1.5", timedelta(0, 1.5))]
)
def test_how_long_visitors_are_kept(
    monkeypatch: pytest.MonkeyPatch, text: str, read: timedelta | None
) -> None:
    """400 days, unless code, the environment or secrets.toml say otherwise."""
    assert current({}).expire_visitors_after == timedelta(days=400)
    assert current({"expire_visitors_after": text}).expire_visitors_after == read
    monkeypatch.setenv("STREAMLIT_PERSISTENT_STATE_EXPIRE_VISITORS_AFTER", text)
    assert current({}).expire_visitors_after == read
    configure(expire_visitors_after=timedelta(days=3))
    assert current({}).expire_visitors_after == timedelta(days=3)
    configure(expire_visitors_after="never")
    assert current({}).expire_visitors_after is None


def test_a_url_is_opened_once() -> None:
    """All sessions of a process share the store."""
    assert opened("memory://") is opened("memory://")
    store = MemoryStore()
    assert opened(store) is store


class Unsweepable(MemoryStore):
    """A store of somebody else, which raises what it likes."""

    def sweep(self) -> int:
        raise RuntimeError("no")


def test_a_store_that_is_handed_in_is_swept_too(caplog: pytest.LogCaptureFixture) -> None:
    """And one that raises something else than a store may keeps the others from nothing."""
    store = MemoryStore()
    configure(store=store)
    store.commit("o", [Write("a", b"1", 1, expires_at=1.0)])
    sweep_stores()
    assert store.sweep() == 0
    configure(store=Unsweepable())
    sweep_stores()
    assert "could not be swept" in caplog.text


@pytest.mark.parametrize("make", ["SQLiteStore", "RedisStore", "RedisClient", "SQLStore", "engine"])
def test_a_store_made_anew_goes_on_with_the_first(make: str, tmp_path: Path) -> None:
    """As a script does that makes it in each of its runs; another place is another store."""

    def made(place: int) -> Store:
        url = f"postgresql+psycopg://u:p@127.0.0.1:1/{place}"
        match make:
            case "SQLiteStore":
                return SQLiteStore(tmp_path / f"{place}.db")
            case "RedisStore":
                return stores.RedisStore(f"redis://127.0.0.1:1/{place}")
            case "RedisClient":
                client = redis.Redis(host="127.0.0.1", port=1, db=place)
                return stores.RedisStore.from_client(client)
            case "SQLStore":
                return stores.SQLStore(url)
            case _:
                return stores.SQLStore(sqlalchemy.create_engine(url))

    first = made(1)
    configure(store=first)
    configure(store=made(1))
    assert current({}).store is first
    other = made(2)
    configure(store=other)
    assert current({}).store is other
    other.close()
    configure(store=made(2))
    assert current({}).store is not other


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"store": "mysql://u:p@h"}, "store begins with 'mysql'"),
        ({"store": ""}, "store begins with ''"),
        ({"store": 5}, "store must be a URL or a stores.Store, got int: 5"),
        ({"secret": "short"}, "secret must be a str of 16 characters or more"),
        ({"secret": []}, "secret must be a str of 16 characters or more"),
        ({"secret": [SECRET, 5]}, "secret must be a str of 16 characters or more"),
        ({"cookie": "a b"}, "cookie must be a name of ASCII letters"),
        ({"cookie": 5}, "cookie must be a name of ASCII letters"),
        ({"app": ""}, "app must be a name of 1 to 200 printable characters, got str: ''"),
        ({"app": " a"}, "app must be a name"),
        ({"app": "a\0"}, "app must be a name"),
        ({"app": "a" * 201}, "app must be a name"),
        ({"app": 5}, "app must be a name"),
        ({"max_value_bytes": 0}, "max_value_bytes must be a positive int, got int: 0"),
        ({"max_value_bytes": True}, "max_value_bytes must be a positive int"),
        ({"max_owner_bytes": 0}, "max_owner_bytes must be a positive int, got int: 0"),
        ({"on_login": "leave"}, "on_login must be 'adopt' or 'keep', got str: 'leave'"),
        ({"show_warnings": 1}, "show_warnings must be a bool, got int: 1"),
        ({"expire_after": 5}, "expire_after must be a positive timedelta, got int: 5"),
        ({"expire_after": timedelta(0)}, "expire_after must be a positive timedelta"),
        ({"expire_visitors_after": 5}, "must be a positive timedelta or 'never', got int: 5"),
        ({"expire_visitors_after": timedelta(0)}, "must be a positive timedelta or 'never'"),
    ],
)
def test_a_bad_setting_is_named(said: dict[str, Any], message: str) -> None:
    """And nothing of that call is taken."""
    with pytest.raises(InvalidArgument) as raised:
        configure(**{"cookie": "good", **said})
    assert message in str(raised.value)
    assert current({}) == Settings()


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ({"strore": "memory://"}, "has 'strore'; it may have store, secret, cookie"),
        ({"max_value_bytes": "many"}, "max_value_bytes must be a number, got 'many'"),
        ({"expire_after": "soon"}, "expire_after must be a number of seconds, got 'soon'"),
        ({"expire_visitors_after": "soon"}, "must be a number of seconds or never, got 'soon'"),
        ({"show_warnings": "perhaps"}, "show_warnings must be true or false, got 'perhaps'"),
    ],
)
def test_a_bad_table_is_named(toml: dict[str, Any], message: str) -> None:
    """A misspelt name is no silent default."""
    with pytest.raises(InvalidArgument, match=message):
        current(toml)
