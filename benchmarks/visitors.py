"""Streamlit's own sessions in this process, without a browser and without a network.

``python -m benchmarks.visitors KIND VISITS`` has that many visits come to one page, and prints what
is there after a twentieth of them, after one half, both, and at rest: one JSON object per line.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import logging
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.session_manager import SessionClient
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from benchmarks.pages import APPS

_OURS = "streamlit_persistent_state"
_AT_ONCE = 4
_KNOWN = 200
"""How many browsers come back again and again."""
_KEPT_FOR = 2
"""Seconds that Streamlit keeps a session whose page has closed; by default they are 120."""
_STORE = Path(".streamlit/persistent_state.db")
_UPLOAD = b"x" * 100_000


@dataclass(frozen=True)
class Left:
    """What this process holds at one moment.

    Attributes
    ----------
    memory : float
        Its own memory in kB.
    objects : int
        Objects of this package's types.
    records, lasting : int
        In the store, and of those the ones that live for more than two days.
    """

    memory: float
    threads: int
    descriptors: int
    objects: int
    records: int
    lasting: int
    pace: float = 0.0


@dataclass
class Handshake:
    """What a page sends as it connects."""

    cookies: Mapping[str, str]
    headers: tuple[tuple[str, str], ...] = ()
    remote_ip: str | None = None


@dataclass
class Page(SessionClient):
    """A page that keeps its browser's cookies.

    Attributes
    ----------
    button : str
        What the script's button is called on the wire.
    """

    cookies: dict[str, str]
    query: str
    done: asyncio.Event = field(default_factory=asyncio.Event)
    button: str = ""
    trouble: str = ""

    @property
    def client_context(self) -> Any:
        return Handshake(self.cookies)

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        kind = msg.WhichOneof("type")
        if kind == "script_finished":
            self.done.set()
        if kind != "delta" or msg.delta.WhichOneof("type") != "new_element":
            return
        element = msg.delta.new_element
        match element.WhichOneof("type"):
            case "button":
                self.button = element.button.id
            case "exception":
                self.trouble = element.exception.message
            case "bidi_component" if element.bidi_component.component_name == f"{_OURS}.cookie":
                found = json.loads(element.bidi_component.json)
                cookie = found[0] if isinstance(found, list) else found
                self.cookies.setdefault(cookie["name"], cookie["value"])


class Visitors:
    """Those who look, those who click, those who come back, and those who abandon an upload.

    Parameters
    ----------
    kind : str
        Of the page: "kept" or "plain".
    """

    def __init__(self, kind: str) -> None:
        self._query = f"kind={kind}"
        self._files = MemoryUploadedFileManager("/_stcore/upload_file")
        self.runtime = Runtime(
            RuntimeConfig(
                script_path=str(APPS / "soak.py"),
                media_file_storage=MemoryMediaFileStorage("/media"),
                uploaded_file_manager=self._files,
                session_storage=MemorySessionStorage(ttl_seconds=_KEPT_FOR),
            )
        )
        self._known: list[tuple[dict[str, str], asyncio.Lock]] = [
            ({}, asyncio.Lock()) for _ in range(_KNOWN)
        ]
        self._chance = random.Random(0)

    async def come(self, count: int) -> None:
        left = iter(range(count))

        async def some() -> None:
            for _ in left:
                await self._visit(self._chance.randrange(10))

        await asyncio.gather(*(some() for _ in range(_AT_ONCE)))

    async def _visit(self, which: int) -> None:
        if which < 5:  # a monitor, a crawler with a browser, a private window
            await self._open({})
        elif which < 6:
            await self._open({}, clicks=True)
        elif which < 7:
            await self._open({}, uploads=True)
        else:
            cookies, lock = self._chance.choice(self._known)
            async with lock:
                await self._open(cookies, clicks=True)

    async def _open(
        self, cookies: dict[str, str], *, clicks: bool = False, uploads: bool = False
    ) -> None:
        page = Page(cookies, self._query)
        session = self.runtime.connect_session(page, {})
        await self._run(page, session, BackMsg())
        if clicks:
            click = BackMsg()
            click.rerun_script.widget_states.widgets.append(
                WidgetState(id=page.button, trigger_value=True)
            )
            await self._run(page, session, click)
        if uploads:
            file = UploadedFileRec("1", "picture.png", "image/png", _UPLOAD)
            self._files.add_file(session, file)
        self.runtime.disconnect_session(session)

    async def _run(self, page: Page, session: str, message: BackMsg) -> None:
        page.done.clear()
        message.rerun_script.query_string = self._query
        self.runtime.handle_backmsg(session, message)
        await asyncio.wait_for(page.done.wait(), 120)
        if page.trouble:
            raise RuntimeError(page.trouble)


def left(pace: float = 0.0) -> Left:
    """Return what this process holds now."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what is free is no growth
    kinds = Counter(type(thing) for thing in gc.get_objects())
    process = Path("/proc/self")
    lines = (process / "smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: float(rest.split()[0]) for name, _, rest in (x.partition(":") for x in lines)}
    return Left(
        sizes["Private_Clean"] + sizes["Private_Dirty"],
        len(list((process / "task").iterdir())),
        len(list((process / "fd").iterdir())),
        sum(n for kind, n in kinds.items() if str(kind.__module__).startswith(_OURS)),
        *_records(),
        pace,
    )


def _records() -> tuple[int, int]:
    if not _STORE.exists():
        return 0, 0
    with closing(sqlite3.connect(_STORE)) as connection:
        later = time.time() + 2 * 24 * 3600
        count, lasting = connection.execute(
            "SELECT count(*), sum(coalesce(expires_at, 9e9) > ?) FROM record "
            "WHERE owner LIKE '%browser%'",
            (later,),
        ).fetchone()
    return count, lasting or 0


async def _soak(kind: str, visits: int) -> None:
    visitors = Visitors(kind)
    await visitors.runtime.start()
    for count in (max(_KNOWN, visits // 20), visits // 2, visits - visits // 2):
        begun = time.monotonic()
        await visitors.come(count)
        pace = count / (time.monotonic() - begun)
        await asyncio.sleep(_KEPT_FOR)
        print(json.dumps(vars(left(pace))), flush=True)
    # Streamlit drops the last sessions when later ones have ended.
    for _ in range(2):
        await asyncio.sleep(2 * _KEPT_FOR)
        await visitors.come(_AT_ONCE)
    print(json.dumps(vars(left())), flush=True)
    visitors.runtime.stop()
    await visitors.runtime.stopped


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    for option, value in (("browser.gatherUsageStats", False), ("server.fileWatcherType", "none")):
        config.set_option(option, value)
    asyncio.run(_soak(sys.argv[1], int(sys.argv[2])))
