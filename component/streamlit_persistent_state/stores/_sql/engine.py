"""SQLAlchemy's engine for PostgreSQL: made from a URL with time limits, or handed in."""

from __future__ import annotations

import math
from typing import Any

import psycopg
import sqlalchemy
from psycopg.conninfo import make_conninfo
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError

from ...errors import InvalidArgument
from .._watch import Watch

_FORM = "postgresql://user:password@host:5432/database"
_LIBPQ_SECONDS = 2  # the least it takes as a time-out for connecting
_SERVER_LIMITS = (
    b"SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false), "
    b"set_config('idle_in_transaction_session_timeout', %s, false)"
)
_LONGEST = 60.0


def made(url: str, timeout: float, watch: Watch) -> sqlalchemy.Engine:
    """Return an engine of psycopg 3 for a URL."""
    try:
        parsed = sqlalchemy.make_url(url)
        milliseconds = str(math.ceil(timeout * 1000))
        limits = {
            "connect_timeout": str(max(_LIBPQ_SECONDS, math.ceil(timeout))),
            "tcp_user_timeout": milliseconds,
            "keepalives_idle": "30",
        }
        parsed = parsed.set(query={**limits, **parsed.query})
    except (ArgumentError, ValueError):
        # What SQLAlchemy says may hold the password.
        raise InvalidArgument(f"store has another form than {_FORM}") from None
    if parsed.drivername not in ("postgresql", "postgresql+psycopg", "postgres"):
        raise InvalidArgument(_refusal(parsed.get_backend_name()))
    if "@" in (parsed.host or ""):
        raise InvalidArgument("store has an @ in its password; write it as %40")
    try:
        make_conninfo(**dict.fromkeys(parsed.query, ""))
    except psycopg.ProgrammingError as error:
        raise InvalidArgument(f"store: {error}; its form is {_FORM}") from None
    engine = sqlalchemy.create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        pool_timeout=timeout,
        pool_reset_on_return=None,  # there is no transaction to end
    )

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _: object) -> None:
        # The server gives up waiting for a lock a little before the client gives up on the server.
        limits = (timeout * 0.8, timeout * _LONGEST, timeout)
        with watch.call(connection, timeout):
            connection.execute(_SERVER_LIMITS, [str(math.ceil(limit * 1000)) for limit in limits])

    return engine


def handed_in(source: object) -> sqlalchemy.Engine:
    engine = getattr(source, "engine", source)
    if not isinstance(engine, sqlalchemy.Engine):
        raise InvalidArgument(
            f"SQLStore takes a URL, an SQLAlchemy engine or a connection that has one, "
            f"got {type(source).__name__}"
        )
    if engine.name != "postgresql" or engine.driver != "psycopg":
        raise InvalidArgument(_refusal(engine.name, engine.driver))
    return engine


def _refusal(backend: str, driver: str = "") -> str:
    if backend == "sqlite":
        return "SQLStore is for PostgreSQL; for a file set store='sqlite:///path.db'"
    if backend == "postgresql":
        return f"SQLStore needs psycopg 3: write postgresql+psycopg:// for {driver}"
    return f"SQLStore is for PostgreSQL, not for {backend}"
