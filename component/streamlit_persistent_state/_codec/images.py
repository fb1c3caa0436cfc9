"""Images of Pillow: PNG where that holds them exactly, else their bytes as they lie in memory."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from ..errors import Unreadable
from .plain import Part
from .registry import Codec, qualified

_AS_PNG = ("L", "LA", "RGB", "RGBA")


def _dump(value: Any) -> Any:
    if value.width * value.height > _most():
        raise ValueError(
            f"{value.width} x {value.height} pixels are more than PIL.Image.MAX_IMAGE_PIXELS"
        )
    found = {"mode": value.mode, "size": value.size, "info": _kept(value.info)}
    if value.mode in _AS_PNG and 0 not in value.size:
        sink = io.BytesIO()
        bare = value.copy()
        bare.info, bare.palette = {}, None
        bare.save(sink, "PNG", compress_level=1)
        return found | {"png": sink.getvalue()}
    if value.palette is not None:
        mode, colors = value.palette.mode, value.palette.tobytes()
        found["palette"] = [mode, value.getpalette(mode) and bytes(value.getpalette(mode)), colors]
    return found | {"data": Part(value.tobytes())}


def _most() -> float:
    most = Image.MAX_IMAGE_PIXELS
    return float("inf") if most is None else most


def _kept(info: Any) -> dict[str, Any]:
    """Return what an image's file has said, as far as it is plain."""
    plain = (str, bytes, int, float, bool, type(None))
    return {
        key: one
        for key, one in info.items()
        if isinstance(key, str)
        and (type(one) in plain or (type(one) is tuple and all(type(x) in plain for x in one)))
    }


def _load(found: Any) -> Any:
    size = width, height = tuple(found["size"])
    if width * height > _most():
        raise Unreadable(f"it is an image of {width} x {height} pixels")
    if "png" in found:
        file = Image.open(io.BytesIO(found["png"]), formats=["PNG"])
        if file.size != size or file.mode != found["mode"]:
            raise Unreadable("its image is another one than it says")
        value = file.copy()
        value.info = {}
    else:
        value = Image.frombytes(found["mode"], size, found["data"])
    if "palette" in found:
        mode, colors, _ = found["palette"]
        value.putpalette(colors or b"", mode)
    value.info.update(found["info"])
    return value


_CODEC = Codec("PIL.Image", qualified(Image.Image), _dump, _load)


def codec_of(kind: type) -> Codec | None:
    # The image of a file is of that file's type until it is changed; what is kept is the image.
    is_image = issubclass(kind, Image.Image) and kind.__module__.startswith("PIL.")
    return _CODEC if is_image else None


def codec_named(name: str) -> Codec | None:
    return _CODEC if name == _CODEC.name else None
