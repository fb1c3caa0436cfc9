"""Every way to install it gives a widget that works."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import pytest
from playwright.sync_api import Browser, expect

from tests.packaging.tools import NO_NODE, Environment, copy_checkout, new_environment, run
from tests.support.browser import chromium
from tests.support.server import serve
from tests.support.widget import Host, Widget

APP = Path(__file__).parent / "apps" / "both.py"
APP_TEST = """
import sys, streamlit_persistent_state
from streamlit.testing.v1 import AppTest
from streamlit_persistent_state.testing import edit

at = AppTest.from_file(sys.argv[1], default_timeout=30).run()
assert not at.exception, at.exception
for host, counter in ("inline", 3), ("iframe", 4):
    edit(at, f"visits_{host}", counter=counter)
    assert not at.exception, at.exception
print([element.value for element in at.markdown])
print(streamlit_persistent_state.__file__)
"""

# Streamlit's AppTest leaves its folder to be removed at exit.
WARNINGS = ("-W", "error", "-W", "ignore:Implicitly cleaning up:ResourceWarning")

Way = Literal["checkout", "editable", "wheel", "sdist without Node"]


@dataclass(frozen=True)
class Installed:
    """An environment with the package, and the folder it shall be imported from."""

    environment: Environment
    home: Path


@pytest.fixture(scope="module", params=["checkout", "editable", "wheel", "sdist without Node"])
def installed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, dependencies: Path
) -> Installed:
    """Install in one way into a fresh environment, from a built copy where a checkout is meant."""
    way: Way = request.param
    folder = tmp_path_factory.mktemp("install")
    environment = new_environment(folder / "environment", dependencies)
    if way in ("checkout", "editable"):
        source = copy_checkout(folder / "checkout", node_modules=True)
        option = ["--editable"] if way == "editable" else []
        told = environment.pip("install", "--verbose", *option, source)
        # Setuptools takes folders of data that appear during a build for forgotten packages.
        assert "BuildBackendWarning" not in told, told
        home = source / "component" if way == "editable" else environment.site_packages
    else:
        path = NO_NODE if way == "sdist without Node" else None
        artifact = request.getfixturevalue("wheel" if way == "wheel" else "sdist")
        environment.pip("install", artifact, path=path)
        home = environment.site_packages
    return Installed(environment, home)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def test_both_hosts_mount_and_take_edits(installed: Installed, tmp_path: Path) -> None:
    """The app's own tests can use the package just as it was installed."""
    told = run(installed.environment.python, *WARNINGS, "-c", APP_TEST, APP, cwd=tmp_path)
    *_, values, imported = told.splitlines()
    assert values == "['Python has 3 from inline.', 'Python has 4 from iframe.']"
    assert Path(imported).is_relative_to(installed.home)


def test_a_click_in_the_browser_arrives_in_python(installed: Installed, browser: Browser) -> None:
    """The server finds and serves the packed bundles, and they work."""
    errors: list[str] = []
    with serve(APP, python=str(installed.environment.python)) as server:
        page = browser.new_page()
        page.on(
            "console",
            lambda message: errors.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server.url)
        for host in get_args(Host):
            widget = Widget(page, f"Visits {host}", host)
            widget.increase.click()
            expect(page.get_by_text(f"Python has 1 from {host}.")).to_be_visible()
            expect(widget.output).to_have_text("1")
        page.close()
    assert errors == []


def test_installing_adds_nothing_but_streamlit_and_msgspec(wheel: Path, tmp_path: Path) -> None:
    """In an empty environment, with what the index offers today."""
    environment = new_environment(tmp_path / "environment")

    def resolved(requirement: str | Path) -> set[str]:
        report = tmp_path / "report.json"
        environment.pip("install", "--dry-run", "--quiet", "--report", report, requirement)
        items = json.loads(report.read_text("utf-8"))["install"]
        return {re.sub(r"[-_.]+", "-", item["metadata"]["name"]).lower() for item in items}

    added = resolved(wheel) - resolved("streamlit>=1.59")
    assert added == {"streamlit-persistent-state", "msgspec"}
