"""How records lie in Redis: names, bytes, and the scripts that change them.

Each record is a Redis string, which Redis drops by itself at its expiry. Each owner has an index,
a hash that names its records with their expiry and size. All that belongs to one owner has one
hash tag, and so lies on one node of a cluster.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha1
from struct import Struct
from urllib.parse import quote, unquote

from ..._record import Record
from ...errors import StoreUnavailable

_FORMAT = 1
# Format, revision, expiry (infinity for none), whether there is a payload, schema, time of writing.
_HEAD = Struct(">BQd?qd")
# What a record begins with; only zeros where there is none.
_KNOWN = Struct(">BQ")
_NO_RECORD = "\\0" * _KNOWN.size
_LIMIT = Struct(">d")
_ENTRY = Struct(">dI")
# Record keys are any text; lone surrogates are no UTF-8.
_ERRORS = "surrogatepass"


class Names:
    """The names of Redis keys under a prefix that has no braces."""

    def __init__(self, prefix: str) -> None:
        self._index = f"{prefix}:keys:{{".encode()
        self._record = f"{prefix}:data:{{".encode()
        self.announcements = f"{prefix}:announcements".encode()
        self.all_indexes = _literally(self._index) + b"*"
        self.all_records = _literally(self._record) + b"*"

    def index(self, owner: str) -> bytes:
        return self._index + _tag(owner)

    def records(self, owner: str, keys: Iterable[str]) -> list[bytes]:
        start = self._record + _tag(owner)
        return [start + key.encode(errors=_ERRORS) for key in keys]

    def owner_and_key(self, record: bytes) -> tuple[str, str]:
        tag, _, key = record[len(self._record) :].partition(b":}")
        return unquote(tag.decode(), errors=_ERRORS), decoded(key)


@lru_cache
def _tag(owner: str) -> bytes:
    # Without the colon, that of the owner "" would be empty, and then is none for Redis.
    return quote(owner, safe=":", errors=_ERRORS).encode() + b":}"


def _literally(name: bytes) -> bytes:
    """Return the pattern that only `name` matches."""
    for special in (b"\\", b"*", b"?", b"[", b"]"):
        name = name.replace(special, b"\\" + special)
    return name


def decoded(key: bytes) -> str:
    return key.decode(errors=_ERRORS)


def packed(record: Record) -> bytes:
    payload = record.payload
    head = _HEAD.pack(
        _FORMAT,
        record.revision,
        math.inf if record.expires_at is None else record.expires_at,
        payload is not None,
        record.schema,
        record.updated_at,
    )
    return head if payload is None else head + payload


def unpacked(found: bytes) -> Record:
    """Return a record from its bytes, or from its head alone."""
    if len(found) < _HEAD.size or found[0] != _FORMAT:
        raise StoreUnavailable(
            "a record in Redis was not written by this version of streamlit-persistent-state; "
            "install the newer version, or use another prefix"
        )
    _, revision, expires_at, has_payload, schema, updated_at = _HEAD.unpack_from(found)
    return Record(
        found[_HEAD.size :] if has_payload else None,
        schema,
        revision,
        updated_at,
        None if expires_at == math.inf else expires_at,
    )


def packed_limit(*limits: float | None) -> bytes:
    """Return times, spans or sizes as bytes, None for infinity."""
    return b"".join(_LIMIT.pack(math.inf if limit is None else limit) for limit in limits)


def packed_terms(max_bytes: int | None, expected: Iterable[int]) -> bytes:
    """Return on which terms a commit is made."""
    known = [_KNOWN.pack(_FORMAT if revision else 0, revision) for revision in expected]
    return packed_limit(max_bytes) + b"".join(known)


def unpacked_size(entry: bytes) -> int:
    """Return the size that an index holds for a record."""
    size: int = _ENTRY.unpack(entry)[1]
    return size


class Script:
    """Lua that Redis runs as one step."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = sha1(text.encode(), usedforsecurity=False).hexdigest()


# An index outlives its records by a day, in which `sweep` can count those that have expired.
_COMMON = f"""
local call = redis.call
-- The server's time, whatever the clock of the machine says that calls.
local time = call('TIME')
local now = time[1] + time[2] / 1e6

local function expire(key, at)
  if at < 1e13 then
    call('PEXPIREAT', key, string.format('%.0f', math.ceil(math.max(at, 0) * 1000)))
  else
    call('PERSIST', key)
  end
end

local function expire_index(latest)
  expire(KEYS[1], latest + {24 * 3600})
end

local function head_of(key)
  local head = call('GETRANGE', key, 0, {_HEAD.size - 1})
  if head ~= '' and struct.unpack('>d', head, 10) <= now then
    return ''
  end
  return head
end

local function is_value(head)
  return head:byte(1) == {_FORMAT} and head:byte(18) == 1
end

local function name_in_index(key)
  return key:sub(#KEYS[1] + 1)
end

local function index_entry(expiry, length)
  return expiry .. struct.pack('>I4', length - {_HEAD.size})
end

local function move_expiry(key, at)
  local packed = struct.pack('>d', at)
  local length = call('SETRANGE', key, 9, packed)
  call('HSET', KEYS[1], name_in_index(key), index_entry(packed, length))
  expire(key, at)
end

-- Drops what has expired from the index. Returns how many that were, the latest expiry of what is
-- left, and the size and the latest expiry of that without the names in `but`, where it puts what
-- the index has for them.
local function tidy(but)
  local gone, size, latest, before = 0, 0, 0, 0
  local entries = call('HGETALL', KEYS[1])
  for i = 1, #entries, 2 do
    local at, bytes = struct.unpack('>dI4', entries[i + 1])
    if at <= now then
      gone = gone + call('HDEL', KEYS[1], entries[i])
    else
      before = math.max(before, at)
      if but[entries[i]] then
        but[entries[i]] = entries[i + 1]
      else
        size = size + bytes
        latest = math.max(latest, at)
      end
    end
  end
  return gone, before, size, latest
end
"""

COMMIT = Script(
    _COMMON
    + f"""
-- KEYS: index, record, ...; ARGV: most bytes and what each record begins with, packed;
-- then the new bytes of each
local most = struct.unpack('>d', ARGV[1])
local stale, names, written, added = {{}}, {{}}, {{}}, 0
for i = 2, #KEYS do
  local head = head_of(KEYS[i])
  local known = head == '' and '{_NO_RECORD}' or head:sub(1, 9)
  if known ~= ARGV[1]:sub(9 * i - 9, 9 * i - 1) then
    stale[#stale + 1] = i - 2
    stale[#stale + 1] = head ~= '' and call('GET', KEYS[i])
  end
  names[i] = name_in_index(KEYS[i])
  written[names[i]] = true
  added = added + #ARGV[i] - {_HEAD.size}
end
if #stale > 0 then
  return stale
end
local _, before, size, latest = tidy(written)
size = size + added
if size > most then
  return size
end
local entries = {{}}
for i = 2, #KEYS do
  local new = ARGV[i]
  local at = struct.unpack('>d', new, 10)
  call('SET', KEYS[i], new)
  if at < math.huge then
    expire(KEYS[i], at)
  end
  local entry = index_entry(new:sub(10, 17), #new)
  if written[names[i]] ~= entry then
    entries[#entries + 1] = names[i]
    entries[#entries + 1] = entry
  end
  latest = math.max(latest, at)
end
-- Lua passes some thousand arguments at once.
for i = 1, #entries, 1000 do
  call('HSET', KEYS[1], unpack(entries, i, math.min(i + 999, #entries)))
end
if latest ~= before then
  expire_index(latest)
end
return size
"""
)

TOUCH = Script(
    _COMMON
    + """
-- KEYS: index, record, ...; ARGV: expiry, packed
local at = struct.unpack('>d', ARGV[1])
for i = 2, #KEYS do
  if is_value(head_of(KEYS[i])) then
    move_expiry(KEYS[i], at)
  end
end
local _, latest = tidy({})
expire_index(latest)
"""
)

RENEW = Script(
    _COMMON
    + """
-- KEYS: index, record, ...; ARGV: expiry and longest time after writing, packed
local wanted, after = struct.unpack('>dd', ARGV[1])
local count = 0
for i = 2, #KEYS do
  local head = head_of(KEYS[i])
  if is_value(head) then
    local old, written = struct.unpack('>d', head, 10), struct.unpack('>d', head, 27)
    local at = math.min(wanted, written + after)
    count = count + 1
    if old < at or (old == math.huge and at < old) then
      move_expiry(KEYS[i], at)
    end
  end
end
local _, latest = tidy({})
expire_index(latest)
return count
"""
)

INDEX = Script(
    _COMMON
    + """
-- KEYS: index
local live, entries = {}, call('HGETALL', KEYS[1])
for i = 1, #entries, 2 do
  if struct.unpack('>d', entries[i + 1]) > now then
    live[#live + 1] = entries[i]
    live[#live + 1] = entries[i + 1]
  end
end
return live
"""
)

SWEEP = Script(
    _COMMON
    + """
-- KEYS: index
return (tidy({}))
"""
)

HEADS = Script(
    f"""
-- KEYS: record, ...
local heads = {{}}
for i, key in ipairs(KEYS) do
  heads[i] = redis.call('GETRANGE', key, 0, {_HEAD.size - 1})
end
return heads
"""
)
