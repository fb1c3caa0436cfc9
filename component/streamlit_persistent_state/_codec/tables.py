"""Arrow's tables and arrays, and frames of polars, as Arrow's own stream of messages."""

from __future__ import annotations

import struct
import sys
from typing import Any

import pyarrow as pa

from ..errors import Unreadable
from .plain import Part
from .registry import Codec

_RECORD_BATCH, _DICTIONARY_BATCH = 3, 2
"""What the header of a message can be, besides a schema."""


def dump_table(value: Any) -> Any:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, value.schema) as stream:
        stream.write(value)
    # Compressed as a part, where its size is known before it is unpacked.
    return Part(sink.getvalue(), "zstd")


def load_table(found: Any) -> Any:
    """Return the table in a stream.

    Raises
    ------
    Unreadable
        Its buffers are compressed, which is not done here: nobody knows how large they become.
    """
    if any(_is_compressed(message) for message in pa.ipc.MessageReader.open_stream(found)):
        raise Unreadable("its tables are compressed twice")
    table = pa.ipc.open_stream(found).read_all()
    # Offsets that point outside would be followed later, by whoever reads the cell.
    table.validate(full=True)
    return table


def dump_array(value: Any) -> Any:
    """Return an array, in one piece or several, as a table of one column."""
    return dump_table(pa.table([value], names=["values"]))


def load_chunks(found: Any) -> Any:
    return load_table(found).column(0)


def _load_array(found: Any) -> Any:
    chunks = load_chunks(found)
    return chunks.combine_chunks() if chunks.num_chunks != 1 else chunks.chunk(0)


def _load_batch(found: Any) -> Any:
    table = load_table(found)
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else table.schema.empty_table().to_batches()[0]


def _is_compressed(message: Any) -> bool:
    """Whether a message of a stream has compressed buffers (Arrow's ``Message.fbs``)."""
    data = bytes(message.metadata)
    (root,) = struct.unpack_from("<I", data, 0)
    kind = _slot(data, root, 1)
    header = _child(data, root, 2)
    if kind is None or header is None:
        return False
    batch: int | None = header
    if data[kind] == _DICTIONARY_BATCH:
        batch = _child(data, header, 1)
    elif data[kind] != _RECORD_BATCH:
        return False
    return batch is not None and _slot(data, batch, 3) is not None


def _slot(data: bytes, table: int, field: int) -> int | None:
    """Return where a field of a table in a flatbuffer is, None if it is left out."""
    (back,) = struct.unpack_from("<i", data, table)
    size = struct.unpack_from("<H", data, table - back)[0]
    at = 4 + 2 * field
    offset = struct.unpack_from("<H", data, table - back + at)[0] if at < size else 0
    return table + offset if offset else None


def _child(data: bytes, table: int, field: int) -> int | None:
    at = _slot(data, table, field)
    return None if at is None else at + int(struct.unpack_from("<I", data, at)[0])


def _dump_polars(value: Any) -> Any:
    return dump_table(value.to_arrow())


def _load_polars(found: Any) -> Any:
    import polars

    return polars.from_arrow(load_table(found), rechunk=False)


def _dump_polars_series(value: Any) -> Any:
    return [value.name, dump_table(value.alias("values").to_frame().to_arrow())]


def _load_polars_series(found: Any) -> Any:
    name, table = found
    return _load_polars(table).to_series().alias(name)


_CODECS = {
    codec.name: codec
    for codec in (
        Codec("pyarrow.Table", "pyarrow.lib.Table", dump_table, load_table),
        Codec("pyarrow.RecordBatch", "pyarrow.lib.RecordBatch", dump_table, _load_batch),
        Codec("pyarrow.ChunkedArray", "pyarrow.lib.ChunkedArray", dump_array, load_chunks),
        Codec("pyarrow.Array", "pyarrow.lib.Array", dump_array, _load_array),
        Codec("polars.DataFrame", "polars.DataFrame", _dump_polars, _load_polars),
        Codec("polars.Series", "polars.Series", _dump_polars_series, _load_polars_series),
    )
}


def codec_of(kind: type) -> Codec | None:
    for base in (pa.Table, pa.RecordBatch, pa.ChunkedArray, pa.Array):
        if issubclass(kind, base):
            return _CODECS[f"pyarrow.{base.__name__}"]
    polars: Any = sys.modules.get("polars")
    if polars is not None and kind in (polars.DataFrame, polars.Series):
        return _CODECS[f"polars.{kind.__name__}"]
    return None


def codec_named(name: str) -> Codec | None:
    return _CODECS.get(name)
