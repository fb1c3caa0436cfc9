"""Tables, images, figures and uploaded files come back; what is forged is bounded."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image
from streamlit.elements.arrow import DataframeState
from streamlit.elements.write import StreamingOutput
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec
from streamlit.util import AttributeDictionary

from streamlit_persistent_state._codec.body import decode, encode
from streamlit_persistent_state._codec.fingerprint import fingerprint
from streamlit_persistent_state._codec.parts import join
from streamlit_persistent_state._codec.plain import Part
from streamlit_persistent_state._streamlit import values
from streamlit_persistent_state._streamlit.values import KeptFile, provide_values
from streamlit_persistent_state.errors import NotStorable, Unreadable
from tests.unit.codec.kept import kept

TABLE = pa.table(
    {
        "int": [1, 2, None],
        "text": ["x", None, "z"],
        "few": pa.array(["a", "b", "a"]).dictionary_encode(),
        "list": [[1], [], None],
        "record": [{"a": 1}, None, {"a": 2}],
    }
)


@pytest.mark.parametrize(
    "value",
    [
        *(TABLE, TABLE.slice(1), pa.table({}), TABLE.schema.empty_table()),
        *(TABLE.to_batches()[0], TABLE["few"], pa.array([1, None]), pa.array(["a"])),
        *(pa.chunked_array([[1], [2]]), TABLE.schema.empty_table()["int"]),
    ],
    ids=range(10),
)
def test_what_is_arrows_comes_back(value: Any) -> None:
    """Tables, batches and arrays."""
    found = kept([value])[0]
    assert type(found) is type(value)
    assert found.equals(value)


def forged(data: bytes) -> bytes:
    return join(b'{"$":"pyarrow.Table","v":{"$":"bytes","v":0}}', [Part(data)])


def stream(table: Any, compression: str | None = None) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write(table)
    return bytes(sink.getvalue())


def test_a_table_that_would_grow_is_unreadable() -> None:
    """Whoever has written it: nobody knows how large what it holds becomes."""
    assert decode(forged(stream(TABLE))).equals(TABLE)
    for compression in ("zstd", "lz4"):
        with pytest.raises(Unreadable, match="compressed twice"):
            decode(forged(stream(TABLE, compression)))


def test_a_damaged_table_is_unreadable() -> None:
    """Offsets that point outside are not followed."""
    whole = stream(pa.table({"text": ["some text", "more of it"] * 100}))
    for at in range(0, len(whole), 7):
        broken = bytearray(whole)
        broken[at] ^= 0xFF
        try:
            found = decode(forged(bytes(broken)))
        except Unreadable:
            continue
        found.to_pylist()


def test_frames_of_polars_come_back() -> None:
    """With their types."""
    frame = pl.DataFrame(
        {
            "int": [1, None],
            "text": ["x", None],
            "day": [date(2020, 1, 1), None],
            "at": pl.Series([datetime(2020, 1, 1)] * 2).dt.replace_time_zone("Europe/Paris"),
            "time": [time(1, 2), None],
            "span": [timedelta(seconds=1), None],
            "few": pl.Series(["u", "v"], dtype=pl.Categorical),
            "enum": pl.Series(["u", "v"], dtype=pl.Enum(["u", "v"])),
            "list": [[1], [2, 3]],
            "record": [{"a": 1}, {"a": 2}],
            "small": pl.Series([1, 2], dtype=pl.Int8),
            "bytes": [b"a", b"b"],
        }
    )
    for value in (frame, frame.head(0), pl.DataFrame()):
        found = kept({"in": value})["in"]
        assert found.equals(value)
        assert found.schema == value.schema
        assert fingerprint(found) == fingerprint(value)
    series = pl.Series("n", [1, None])
    assert kept(series).equals(series, check_names=True)


def noise(mode: str) -> Image.Image:
    random = np.random.default_rng(1).integers(0, 256, 20_000, dtype="u1").tobytes()
    needed = len(Image.new(mode, (40, 20)).tobytes())
    return Image.frombytes(mode, (40, 20), random[:needed])


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16"]
)
def test_images_come_back(mode: str) -> None:
    """In every mode, each pixel as it was, with what the file has said."""
    value = noise(mode)
    value.info = {"dpi": (72, 72), "comment": b"x"}
    found = kept([value])[0]
    assert type(found) is Image.Image
    assert found == value
    assert fingerprint(found) == fingerprint(value)
    value.paste(Image.new(mode, (2, 2)))
    assert fingerprint(found) != fingerprint(value)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_images_with_a_palette_come_back(mode: str) -> None:
    """With its colors, also where they are transparent."""
    value = noise(mode).quantize(9)
    assert kept(value) == value
    assert kept(value).convert("RGBA") == value.convert("RGBA")


def test_an_image_of_a_file_comes_back_as_an_image() -> None:
    """And an empty one too."""
    sink = io.BytesIO()
    noise("RGB").save(sink, "PNG")
    value = Image.open(sink)
    assert kept(value).tobytes() == noise("RGB").tobytes()
    assert kept(Image.new("RGB", (0, 3))).size == (0, 3)


def test_an_image_with_too_many_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is written and as it is read, before memory is taken for it."""
    payload = encode(Image.new("RGB", (30, 30)))
    raw = encode(Image.new("CMYK", (30, 30)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    for stored in (payload, raw):
        with pytest.raises(Unreadable, match=r"900|30 x 30"):
            decode(stored)
    with pytest.raises(NotStorable, match="30 x 30 pixels"):
        encode([Image.new("RGB", (30, 30))])


def test_an_image_that_is_another_one_than_it_says_is_unreadable() -> None:
    """Its size is believed only where its pixels agree."""
    payload = encode(Image.new("L", (30, 30)))
    for other in (b"[3,3]", b"[300,300]", b"[-3,3]"):
        with pytest.raises(Unreadable):
            decode(payload.replace(b"[30,30]", other))


def test_figures_of_plotly_come_back() -> None:
    """With arrays, dates and layout."""
    bars = go.Bar(x=["a", "b"], y=[date(2020, 1, 1), None])
    value = go.Figure([go.Scatter(x=np.arange(3), y=[1, 2, 3]), bars], layout={"title": "T"})
    found = kept([value])[0]
    assert type(found) is go.Figure
    assert found == value


def upload() -> UploadedFile:
    return UploadedFile(UploadedFileRec("id", "a.csv", "text/csv", b"x,y\n1,2\n"), None)  # type: ignore[arg-type]


def test_an_uploaded_file_reads_as_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    """From its beginning, with its name and type; as a plain file where Streamlit's is another."""
    provide_values()
    value = upload()
    value.read()
    found = kept({"file": value})["file"]
    assert type(found) is UploadedFile
    monkeypatch.setattr(values, "_UPLOADS", "streamlit.no_such_module")
    plain = kept({"file": value})["file"]
    assert type(plain) is KeptFile
    for file in (found, plain, kept(plain)):
        assert (file.name, file.type, file.size, file.file_id) == ("a.csv", "text/csv", 8, "id")
        assert file.read() == b"x,y\n1,2\n"


def test_what_streamlit_wraps_comes_back_wrapped() -> None:
    """Selections are read by attributes, and streams are lists."""
    provide_values()
    selection = AttributeDictionary({"selection": {"rows": [1], "columns": [], "cells": []}})
    for value in (selection, DataframeState(selection)):
        found = kept([value])[0]
        assert type(found) is type(value)
        assert found == value
    assert kept(selection).selection.rows == [1]
    stream = StreamingOutput(["a", {"b": 1}])
    assert type(kept(stream)) is StreamingOutput
    assert kept(stream) == stream


def test_no_library_is_imported_before_a_value_asks_for_it() -> None:
    """Neither for plain values nor for those of the script; and only the one that is asked for."""
    code = """
import sys
from dataclasses import dataclass
from streamlit_persistent_state._codec.body import decode, encode
from streamlit_persistent_state._codec.fingerprint import fingerprint
from streamlit_persistent_state._codec.types import Types

@dataclass
class Todo:
    text: str

libraries = {"pandas", "numpy", "pyarrow", "PIL", "plotly", "polars", "pydantic"}
libraries -= sys.modules.keys()  # Streamlit itself imports some
assert {"pandas", "numpy", "pyarrow", "polars"} <= libraries
value = [Todo("a"), {"x": (1, b"2" * 10_000)}]
types = Types(value)
assert decode(encode(value, types=types), types=types) == value
fingerprint(value)
try:
    decode(b'{"$":"os.system","v":"true"}')
except Exception:
    pass
assert not libraries & sys.modules.keys(), libraries & sys.modules.keys()
import numpy
decode(encode(numpy.arange(3)))
assert libraries & sys.modules.keys() == {"numpy"}, libraries & sys.modules.keys()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_value_of_a_library_that_is_not_installed_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And is unreadable until it is."""
    payload = encode(go.Figure())
    monkeypatch.setitem(sys.modules, "streamlit_persistent_state._codec.figures", None)
    with pytest.raises(Unreadable, match="figures"):
        decode(payload)
