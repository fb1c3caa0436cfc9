"""Under which names a store keeps what belongs to whom, and what an app is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamlit_persistent_state._identity import owners
from streamlit_persistent_state._identity.app import MAX_CHARS, app_name
from streamlit_persistent_state._identity.cookie import new_id


def test_a_copy_of_the_store_opens_nobodys_state() -> None:
    """It holds neither the id in a cookie nor the name of a user."""
    browser, user = new_id(), "https://issuer|ada@example.org"
    for owner in (owners.of_browser("a", browser), owners.of_identity(browser)):
        assert browser not in owner
        assert owner.startswith("browser:")
    assert "ada" not in owners.of_user("a", user)
    assert owners.of_user("a", user).startswith("user:")


def test_apps_people_and_scopes_are_apart() -> None:
    """Whatever they are called."""
    names = ["a", "b", "a:b", "browser", "app:a"]
    found = [
        of(app, who) for of in (owners.of_browser, owners.of_user) for app in names for who in names
    ]
    found += [owners.of_app(app) for app in names] + [owners.of_identity(who) for who in names]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("mark", [".streamlit", "pyproject.toml", ".git"])
def test_an_app_is_called_by_its_place_in_the_project(tmp_path: Path, mark: str) -> None:
    """Which is the same on every machine, and for a release that a link leads to."""
    root = tmp_path / "releases" / "7"
    script = root / "apps" / "one.py"
    script.parent.mkdir(parents=True)
    script.touch()
    assert app_name(str(script)) == "one.py"
    (root / mark).touch()
    assert app_name(str(script)) == "apps/one.py"
    (tmp_path / "current").symlink_to(root)
    assert app_name(str(tmp_path / "current" / "apps" / "one.py")) == "apps/one.py"


def test_a_script_below_no_project_is_called_by_its_file(tmp_path: Path) -> None:
    """Two of them in one folder are two apps."""
    assert app_name(str(tmp_path / "a.py")) != app_name(str(tmp_path / "b.py"))


def test_any_path_makes_a_name(tmp_path: Path) -> None:
    """Very long ones stay apart, and bytes that are no text can be written."""
    (tmp_path / ".git").touch()
    long = tmp_path / ("x" * 150) / ("y" * 150)
    names = {app_name(str(long / f"{name}.py")) for name in ("a", "b")}
    names |= {app_name(str(tmp_path / "z" / long.relative_to(tmp_path) / "a.py"))}
    assert len(names) == 3
    assert {len(name) for name in names} == {MAX_CHARS}
    app_name(str(tmp_path / "\udcff.py")).encode()
