"""What a wheel and an sdist hold, and what they say about themselves."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tarfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest
from trove_classifiers import classifiers as known_classifiers

from tests.packaging.tools import NO_NODE, PACKAGE, ROOT, build, run, tracked_files

ASSETS = {
    "_assets/inline/widget-HASH.js",
    "_assets/iframe/index.html",
    "_assets/iframe/assets/index-HASH.js",
    "_assets/page/cookie.js",
    "_assets/page/live.js",
}
REQUIRED_FILES = {
    *(".npmrc", "CHANGELOG.md", "LICENSE", "MANIFEST.in", "README.md"),
    *("package-lock.json", "package.json", "pyproject.toml", "setup.py"),
}
GENERATED_FILES = {"PKG-INFO", "setup.cfg"}


def without_hash(name: str) -> str:
    return re.sub(r"-[\w-]{8}\.js$", "-HASH.js", name)


def contents(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def files(wheel: Path) -> dict[str, bytes]:
    return contents(wheel)


@pytest.fixture(scope="module")
def metadata(files: dict[str, bytes]) -> Message:
    (found,) = (data for name, data in files.items() if name.endswith("dist-info/METADATA"))
    return message_from_bytes(found)


def versions(text: str) -> list[str]:
    return re.findall(r'^version = "(.+)"$', text, re.MULTILINE)


def test_the_wheel_holds_the_package_and_nothing_else(files: dict[str, bytes]) -> None:
    """Modules, their types, what Streamlit reads and one bundle for each host."""
    modules = {
        name.removeprefix("component/") for name in tracked_files() if name.startswith(PACKAGE)
    }
    assert {Path(name).suffix for name in modules} == {".py", ".toml", ".typed"}
    (info,) = {name.split("/")[0] for name in files} - {"streamlit_persistent_state"}
    described = ("METADATA", "RECORD", "WHEEL", "top_level.txt", "licenses/LICENSE")
    expected = {
        *modules,
        *(f"streamlit_persistent_state/{name}" for name in ASSETS),
        *(f"{info}/{name}" for name in described),
    }
    assert sorted(map(without_hash, files)) == sorted(expected)


def test_each_page_of_the_wheel_loads_the_script_beside_it(files: dict[str, bytes]) -> None:
    """The frame's page names the packed script, and no script names a source map."""
    folder = "streamlit_persistent_state/_assets/iframe/"
    (script,) = (name for name in files if name.startswith(f"{folder}assets/"))
    assert f'src="./{script.removeprefix(folder)}"'.encode() in files[f"{folder}index.html"]
    assert not [name for name, data in files.items() if b"sourceMappingURL=" in data]


def test_installing_brings_three_packages(metadata: Message) -> None:
    """No other package unless an extra is asked for, and every supported Python."""
    assert metadata.get_all("Requires-Dist") == [
        "streamlit>=1.59",
        "msgspec>=0.19",
        "itsdangerous>=2.1.2",
        'redis>=5.0; extra == "redis"',
        'sqlalchemy>=2.0.25; extra == "postgres"',
        'psycopg[binary]>=3.2; extra == "postgres"',
    ]
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata.get_all("Provides-Extra") == ["redis", "postgres"]


def test_the_index_page_is_complete(metadata: Message) -> None:
    """Name, licence, README and classifiers that the index knows; no invented address."""
    assert metadata["Name"] == "streamlit-persistent-state"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload(decode=True) == (ROOT / "README.md").read_bytes()
    assert set(metadata.get_all("Classifier", [])) <= set(known_classifiers)
    assert metadata.get_all("Project-URL") is None


def test_the_checkers_of_the_index_are_content(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    """`twine check --strict` and `check-wheel-contents` find nothing."""
    run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist, cwd=tmp_path)
    run(sys.executable, "-m", "check_wheel_contents", wheel, cwd=ROOT)


def test_all_places_name_one_version(metadata: Message) -> None:
    """A release changes the version everywhere or the tests fail."""
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    named = [
        *versions((ROOT / "pyproject.toml").read_text("utf-8")),
        *versions((ROOT / PACKAGE / "pyproject.toml").read_text("utf-8")),
        *(package["version"], lock["version"], lock["packages"][""]["version"]),
    ]
    assert named == [metadata["Version"]] * 5


def test_the_sdist_holds_both_sources_and_the_bundles(sdist: Path) -> None:
    """Whoever has the sdist can change either side, and install it without Node."""
    with tarfile.open(sdist) as archive:
        packed = {member.name.partition("/")[2] for member in archive if member.isfile()}
    sources = {
        name
        for name in tracked_files()
        if name.startswith(("component/", "frontend/")) and not name.startswith("frontend/tests/")
    }
    found = {without_hash(name) for name in packed if ".egg-info/" not in name}
    bundles = {f"{PACKAGE}/{name}" for name in ASSETS}
    assert found == sources | bundles | REQUIRED_FILES | GENERATED_FILES


def test_the_sdist_makes_the_same_wheel_without_node(
    wheel: Path, sdist: Path, tmp_path: Path
) -> None:
    """Byte for byte what the checkout makes with Node."""
    shutil.unpack_archive(sdist, tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()
    made = build(source, "wheel", tmp_path / "made", path=NO_NODE)
    assert made.name == wheel.name
    assert contents(made) == contents(wheel)
