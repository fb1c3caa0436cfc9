"""The compose files of the documentation hold together."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from streamlit_persistent_state._settings import Settings
from tests.support.nginx import SITE, command, site

FOLDER = SITE.parent
COMPOSE = FOLDER / "compose.yaml"
PAGE = FOLDER.parent / "replicas.md"


def lines() -> list[str]:
    """Return what is no comment; whoever reads YAML reads indentation."""
    return [
        line
        for line in COMPOSE.read_text().splitlines()
        if line and not line.lstrip().startswith("#")
    ]


def services() -> list[str]:
    text = "\n".join(lines())
    block = text.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    return re.findall(r"^  ([\w-]+):", block, re.MULTILINE)


def test_nginx_takes_the_site(tmp_path: Path) -> None:
    """With addresses of this machine for its two names."""
    run = subprocess.run(
        [*command(tmp_path, site(18080, [18501, 18502])), "-t"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_the_file_is_indented_as_yaml_is() -> None:
    """By spaces, two at a time, in steps of one."""
    before = 0
    for line in lines():
        assert "\t" not in line
        depth = (len(line) - len(line.lstrip())) // 2
        assert depth <= before + 1, line
        assert re.match(r"(  )*([\w-]+: ?|<<: )\S*", line), line
        before = depth


def test_each_file_and_service_that_is_named_is_there() -> None:
    """Mounted files, the image's files, the store's host and the proxy's upstreams."""
    text = COMPOSE.read_text()
    named = re.findall(r'"\./([\w.]+):', text)
    named += re.findall(r"^COPY (\S+)", (FOLDER / "Dockerfile").read_text(), re.MULTILINE)
    assert named == ["nginx.conf", "app.py"]
    assert all((FOLDER / name).is_file() for name in [*named, "Dockerfile"])
    hosts = re.findall(r"^\s*server ([\w-]+):\d+", SITE.read_text(), re.MULTILINE)
    hosts += re.findall(r"STORE: \w+://([\w-]+):", text)
    assert hosts == ["replica-1", "replica-2", "redis"]
    assert set(hosts) <= set(services())
    port = re.search(r"EXPOSE (\d+)", (FOLDER / "Dockerfile").read_text())
    assert port
    assert f"replica-1:{port[1]} " in SITE.read_text()


def test_each_variable_that_is_named_is_read() -> None:
    """In the compose file and on the page about replicas."""
    named = re.findall(r"STREAMLIT_PERSISTENT_STATE_(\w+)", COMPOSE.read_text() + PAGE.read_text())
    assert {"STORE", "SECRET"} <= set(named)
    assert {name.lower() for name in named} <= set(Settings.__dataclass_fields__)


def test_the_app_is_python() -> None:
    """And runs, in an AppTest."""
    from streamlit.testing.v1 import AppTest

    at = AppTest.from_file(str(FOLDER / "app.py")).run()
    assert not at.exception
    at.button[0].click().run()
    assert at.markdown[0].value == "1 yours, 0 of everybody."
