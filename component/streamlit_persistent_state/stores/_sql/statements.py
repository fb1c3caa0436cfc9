"""What the SQL store says to PostgreSQL.

Names are kept as UTF-8 bytes, since PostgreSQL's text has no NUL character, and found by their
SHA-256, since an index takes no more than 2700 bytes. Whoever changes several records locks them
in the order of their keys' hashes, so that no two wait for each other.
"""

from __future__ import annotations

from hashlib import sha256

_COLUMNS = "payload, schema, revision, updated_at, expires_at"
# The server's time, whatever the clock of this machine says.
_NOW = "extract(epoch FROM statement_timestamp())::float8"
_LIVE = f"(expires_at IS NULL OR expires_at > {_NOW})"
_RENEWED = (
    "owner_hash = %(owner)s AND payload IS NOT NULL "
    f"AND substring(key FROM 1 FOR 1) <> '\\x00'::bytea AND {_LIVE}"  # nor those with RESERVED
)
_NEW_EXPIRY = "least(%(latest)s::float8, updated_at + %(after)s::float8)"
_KEYS = "key_hash = ANY(%(keys)s)"


class Statements:
    """The statements for one table.

    Parameters
    ----------
    table : str
        Its name. The table `table`_version says which migrations it has had.
    """

    def __init__(self, table: str) -> None:
        records, version = f'"{table}"', f'"{table}_version"'

        def locked(condition: str) -> str:
            return (
                f"WITH held AS MATERIALIZED (SELECT key_hash FROM {records} "
                f"WHERE owner_hash = %(owner)s AND {condition} AND payload IS NOT NULL AND {_LIVE} "
                "ORDER BY key_hash FOR UPDATE) "
            )

        def deletion(condition: str) -> bytes:
            return (
                f"{locked(condition)} UPDATE {records} AS r SET payload = NULL, "
                f"revision = greatest(({_NOW} * 1e6)::bigint, r.revision + 1), "
                f"updated_at = {_NOW}, expires_at = {_NOW} + %(remembered)s FROM held "
                "WHERE owner_hash = %(owner)s AND r.key_hash = held.key_hash "
                f"RETURNING r.key, {', '.join(f'r.{name}' for name in _COLUMNS.split(', '))}"
            ).encode()

        def page(condition: str) -> bytes:
            return (
                f"SELECT owner_hash, key_hash, owner, key, {_COLUMNS} FROM {records} "
                f"WHERE {condition} AND payload IS NOT NULL AND {_LIVE} "
                "ORDER BY owner_hash, key_hash LIMIT %(limit)s"
            ).encode()

        self.listen = f"LISTEN {records}".encode()
        self.announce = f"SELECT pg_notify('{table}', %s)".encode()
        of_owner = f"FROM {records} WHERE owner_hash = %(owner)s AND"
        self.load = f"SELECT key_hash, {_COLUMNS} {of_owner} {_KEYS} AND {_LIVE}".encode()
        self.revisions = f"SELECT key_hash, revision {of_owner} {_KEYS} AND {_LIVE}".encode()
        self.exists = f"SELECT 1 {of_owner} {_LIVE} LIMIT 1".encode()
        self.size = f"SELECT coalesce(sum(octet_length(payload)), 0) {of_owner} {_LIVE}".encode()
        self.delete = deletion(_KEYS)
        self.delete_all = deletion("true")
        self.touch = (
            f"{locked(_KEYS)} UPDATE {records} AS r SET expires_at = %(expires_at)s FROM held "
            "WHERE owner_hash = %(owner)s AND r.key_hash = held.key_hash"
        ).encode()
        self.renew = (
            f"WITH held AS MATERIALIZED (SELECT key_hash, expires_at, {_NEW_EXPIRY} AS latest "
            f"FROM {records} WHERE {_RENEWED} ORDER BY key_hash FOR UPDATE), "
            f"renewed AS (UPDATE {records} AS r SET expires_at = nullif(latest, 'infinity') "
            "FROM held WHERE owner_hash = %(owner)s AND r.key_hash = held.key_hash "
            "AND coalesce(held.expires_at < latest, latest < 'infinity')) "
            "SELECT count(*) FROM held"
        ).encode()
        self.sweep = (
            f"WITH old AS MATERIALIZED (SELECT owner_hash, key_hash FROM {records} "
            f"WHERE expires_at <= {_NOW} LIMIT %(limit)s FOR UPDATE SKIP LOCKED) "
            f"DELETE FROM {records} AS r USING old "
            "WHERE r.owner_hash = old.owner_hash AND r.key_hash = old.key_hash"
        ).encode()
        self.page = page("(owner_hash, key_hash) > (%(owner)s, %(key)s)")
        self.page_of_owner = page("owner_hash = %(owner)s AND key_hash > %(key)s")
        self.commit = _commit(records).encode()
        self.now = b"SELECT extract(epoch FROM clock_timestamp())::float8"
        self.begin = b"BEGIN ISOLATION LEVEL READ COMMITTED"
        self.lock = b"SELECT pg_advisory_xact_lock(%s)"
        self.wait_for_locks = b"SET LOCAL lock_timeout = 0"
        self.number = int.from_bytes(sha256(records.encode()).digest()[:8], "big", signed=True)
        self.end = b"COMMIT"
        self.version = f"SELECT version FROM {version}".encode()
        self.create_version = (
            f"CREATE TABLE IF NOT EXISTS {version} (version integer NOT NULL)".encode()
        )
        self.set_version = (
            f"WITH old AS (DELETE FROM {version}) INSERT INTO {version} VALUES (%s)".encode()
        )
        self.migrations: tuple[tuple[bytes, ...], ...] = (
            (
                (
                    f"CREATE TABLE {records} (owner_hash bytea NOT NULL, key_hash bytea NOT NULL, "
                    "owner bytea NOT NULL, key bytea NOT NULL, payload bytea, "
                    "schema integer NOT NULL, revision bigint NOT NULL, "
                    "updated_at double precision NOT NULL, expires_at double precision, "
                    "PRIMARY KEY (owner_hash, key_hash))"
                ).encode(),
                (
                    f'CREATE INDEX "{table}_expiry" ON {records} (expires_at) '
                    "WHERE expires_at IS NOT NULL"
                ).encode(),
            ),
        )


def _commit(records: str) -> str:
    """Return the statement that writes all of a commit or nothing, and tells what it found.

    The records that are there are locked before they are compared, so nobody changes them until
    the end. A key that another commit makes in the same moment fails the whole statement, as a
    violation of the primary key.
    """
    return f"""
        WITH written AS (
            SELECT * FROM unnest(
                %(keys)s::bytea[], %(names)s::bytea[], %(payloads)s::bytea[], %(schemas)s::int[],
                %(expected)s::bigint[], %(revisions)s::bigint[], %(expiries)s::float8[]
            ) AS w(key_hash, key, payload, schema, expected, revision, expires_at)
        ), held AS MATERIALIZED (
            SELECT key_hash, CASE WHEN {_LIVE} THEN revision ELSE 0 END AS revision
            FROM {records} WHERE owner_hash = %(owner)s AND {_KEYS}
            ORDER BY key_hash FOR UPDATE
        ), verdict AS MATERIALIZED (
            SELECT
                NOT EXISTS (
                    SELECT FROM written LEFT JOIN held USING (key_hash)
                    WHERE expected <> coalesce(held.revision, 0)
                ) AS fits,
                CASE WHEN %(max_bytes)s::bigint IS NULL THEN 0 ELSE %(bytes)s::bigint + (
                    SELECT coalesce(sum(octet_length(payload)), 0) FROM {records}
                    WHERE owner_hash = %(owner)s AND key_hash <> ALL (%(keys)s) AND {_LIVE}
                ) END AS size
        ), accepted AS MATERIALIZED (
            SELECT fits AND (size <= %(max_bytes)s) IS NOT FALSE AS accepted FROM verdict
        ), changed AS (
            UPDATE {records} AS r SET payload = w.payload, schema = w.schema,
                revision = w.revision, updated_at = %(now)s, expires_at = w.expires_at
            FROM written AS w
            WHERE owner_hash = %(owner)s AND r.key_hash = w.key_hash
                AND (SELECT accepted FROM accepted)
        ), made AS (
            INSERT INTO {records} (owner_hash, key_hash, owner, key, {_COLUMNS})
            SELECT %(owner)s, key_hash, %(owner_name)s, key, payload, schema, revision,
                %(now)s, expires_at
            FROM written
            WHERE (SELECT accepted FROM accepted) AND key_hash NOT IN (SELECT key_hash FROM held)
            ORDER BY key_hash
        )
        SELECT fits, size FROM verdict
    """
