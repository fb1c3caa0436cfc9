"""Many thousand visits to one server: what is left of them, with the package and without.

``python -m benchmarks.soak`` prints a report; as a part of `benchmarks.run` it makes rows.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sqlite3
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.pages import APPS
from benchmarks.report import table
from benchmarks.stats import Row, row
from tests.support.server import Server, serve
from tests.support.session import LiveSession
from tests.support.tab import Browser

NAME = "soak"
TARGET_KB = 1.0
_VISITS, _QUICK = 20_000, 200
_AT_ONCE = 8
_KNOWN = 200
"""How many browsers come back again and again."""
# Streamlit keeps a session for two minutes after its page has closed.
_REST = 125.0
_UPLOAD = b"x" * 100_000


@dataclass(frozen=True)
class Left:
    """What a server holds at one moment.

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
    records: int = 0
    lasting: int = 0


class _Uploader(LiveSession):
    """A page whose file nobody waits for."""

    def upload(self, url: str) -> None:
        message = BackMsg()
        message.file_urls_request.request_id = "1"
        message.file_urls_request.file_names.append("picture.png")
        message.file_urls_request.session_id = self.id
        self._socket.send(message.SerializeToString())
        while True:
            raw = self._socket.recv(timeout=60)
            assert isinstance(raw, bytes)
            answer = ForwardMsg.FromString(raw)
            if answer.WhichOneof("type") == "file_urls_response":
                target = answer.file_urls_response.file_urls[0].upload_url
                break
        edge, part = "edge", 'form-data; name="file"; filename="picture.png"'
        body = f"--{edge}\r\nContent-Disposition: {part}\r\n\r\n".encode() + _UPLOAD
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
            connection.request("PUT", target, body + f"\r\n--{edge}--\r\n".encode(), kind)
            status = connection.getresponse().status
            if status >= 300:
                raise RuntimeError(f"the upload was answered by {status}")


class _Visitors:
    """Crawlers, first visits, visits of browsers that come back, and uploads that are abandoned.

    Parameters
    ----------
    url : str
    kind : str
        Of the page: "kept" or "plain".
    """

    def __init__(self, url: str, kind: str) -> None:
        self._url, self._query = url, f"kind={kind}"
        self._known = [(Browser(url), Lock()) for _ in range(_KNOWN)]
        self._chance = random.Random(0)
        self._kinds: tuple[tuple[Callable[[], None], int], ...] = (
            (self._crawl, 1),
            (self._look, 4),
            (self._click, 1),
            (self._come_back, 3),
            (self._abandon, 1),
        )

    def come(self, count: int) -> None:
        calls, weights = zip(*self._kinds, strict=True)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for done in [
                pool.submit(call) for call in self._chance.choices(calls, weights, k=count)
            ]:
                done.result()

    def _crawl(self) -> None:
        with closing(
            http.client.HTTPConnection(urlsplit(self._url).netloc, timeout=60)
        ) as connection:
            connection.request("GET", "/")
            connection.getresponse().read()

    def _look(self) -> None:
        Browser(self._url).open(self._query).close()

    def _click(self) -> None:
        with Browser(self._url).open(self._query) as tab:
            tab.click("Increase")

    def _come_back(self) -> None:
        browser, lock = self._chance.choice(self._known)
        with lock, browser.open(self._query) as tab:
            tab.click("Increase")

    def _abandon(self) -> None:
        with closing(_Uploader(self._url, query=self._query)) as session:
            session.run()
            session.upload(self._url)


def measure(_browser: object, quick: bool) -> list[Row]:
    if not sys.platform.startswith("linux"):
        print("left out: only Linux tells how much memory a process has to itself")
        return []
    return _rows(_QUICK if quick else _VISITS, rest=not quick)


def _rows(visits: int, *, rest: bool) -> list[Row]:
    plain, kept = (_soaked(kind, visits, rest=rest) for kind in ("plain", "kept"))
    second_half = visits - visits // 2
    growth = {
        kind: (found[2].memory - found[1].memory) / second_half
        for kind, found in (("plain", plain), ("kept", kept))
    }
    begun, _, ended, rested = kept
    lasting = ended.lasting
    which = f"the second half of {visits} visits"
    return [
        row(NAME, f"memory per visit, {which}", "plain", "kB", [growth["plain"]]),
        row(NAME, f"memory per visit, {which}", "kept", "kB", [growth["kept"]]),
        row(
            NAME,
            "of that: more than plain",
            "kept",
            "kB",
            [growth["kept"] - growth["plain"]],
            target=TARGET_KB,
        ),
        row(NAME, "memory at rest, more than before", "plain", "kB", [_more(plain).memory]),
        row(NAME, "memory at rest, more than before", "kept", "kB", [_more(kept).memory]),
        row(NAME, "threads at rest, more than before", "kept", "", [_more(kept).threads], target=0),
        row(
            NAME,
            "descriptors at rest, more than plain",
            "kept",
            "",
            [_more(kept).descriptors - _more(plain).descriptors],
            target=_SQLITE_DESCRIPTORS,
        ),
        row(NAME, "objects before any visit", "kept", "", [begun.objects]),
        row(NAME, "objects at rest, more than before", "kept", "", [_more(kept).objects], target=0),
        row(NAME, "records at the end", "kept", "", [ended.records]),
        row(NAME, "of those: live for more than two days", "kept", "", [lasting]),
        row(NAME, "records after two more days", "kept", "", [rested.records], target=lasting),
    ]


_SQLITE_DESCRIPTORS = 15
"""Five connections, each with its file, its log and its index."""


def _more(found: list[Left]) -> Left:
    before, rested = found[0], found[-1]
    return replace(
        rested,
        memory=rested.memory - before.memory,
        threads=rested.threads - before.threads,
        descriptors=rested.descriptors - before.descriptors,
        objects=rested.objects - before.objects,
    )


def _soaked(kind: str, visits: int, *, rest: bool) -> list[Left]:
    """Return what is there after some visits that warm up, after one half, both, and a rest."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="soak-")))
        options = ("--server.enableXsrfProtection=false",)
        server = stack.enter_context(serve(APPS / "soak.py", *options, folder=folder))
        visitors = _Visitors(server.url, kind)
        found = []
        for count in (visits // 20, visits // 2, visits - visits // 2):
            begun = time.monotonic()
            visitors.come(count)
            pace = count / (time.monotonic() - begun)
            found.append(_left(server, folder))
            print(f"{kind}: {pace:.0f} visits a second; {found[-1]}", flush=True)
        if rest:
            time.sleep(_REST)
            visitors.come(1)  # Streamlit drops old sessions when a new one has ended
            time.sleep(1)
        _sweep_later(folder)
        found.append(_left(server, folder))
        print(f"{kind}: at rest; {found[-1]}", flush=True)
        return found


def _left(server: Server, folder: Path) -> Left:
    with LiveSession(server.url, query="count=1") as counter:
        counter.run()
        (text,) = counter.texts
    process = Path(f"/proc/{server.process.pid}")
    lines = (process / "smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: float(rest.split()[0]) for name, _, rest in (x.partition(":") for x in lines)}
    records, lasting = _records(folder)
    return Left(
        sizes["Private_Clean"] + sizes["Private_Dirty"],
        len(list((process / "task").iterdir())),
        len(list((process / "fd").iterdir())),
        sum(json.loads(text).values()),
        records,
        lasting,
    )


def _store(folder: Path) -> Path:
    return folder / ".streamlit" / "persistent_state.db"


def _records(folder: Path) -> tuple[int, int]:
    if not _store(folder).exists():
        return 0, 0
    with closing(sqlite3.connect(_store(folder))) as connection:
        of_browsers = "FROM record WHERE owner LIKE '%browser:%'"
        ever = "coalesce(expires_at, 9e9)"
        counts = connection.execute(
            f"SELECT count(*), sum({ever} > ?) {of_browsers}", (time.time() + 2 * 24 * 3600,)
        ).fetchone()
    return counts[0], counts[1] or 0


def _sweep_later(folder: Path) -> None:
    """Remove what will have expired in two days."""
    if _store(folder).exists():
        with closing(sqlite3.connect(_store(folder))) as connection, connection:
            later = time.time() + 2 * 24 * 3600
            connection.execute("DELETE FROM record WHERE expires_at <= ?", (later,))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--visits", type=int, default=_VISITS)
    print(table(_rows(options.parse_args().visits, rest=True)))


if __name__ == "__main__":
    main()
