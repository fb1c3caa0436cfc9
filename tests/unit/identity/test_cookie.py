"""An id is verified only when this side has issued it."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlit_persistent_state._identity.cookie import (
    _SALT,
    Identity,
    claimed,
    cookie_value,
    issued,
    login_of,
    new_id,
)
from streamlit_persistent_state._signing import signer

SECRET, OLD = "a secret of some length", "an older secret, rotated"


def test_an_id_has_192_random_bits() -> None:
    """In characters that need no quoting in a cookie."""
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(one) for one in ids} == {32}
    assert set("".join(ids)) <= set(string.ascii_letters + string.digits + "-_")


@pytest.mark.parametrize("secrets", [(), (SECRET,), (SECRET, OLD)])
def test_what_was_issued_is_believed(secrets: tuple[str, ...]) -> None:
    """With a configured secret, or the one of this process."""
    for identity in (Identity(new_id()), Identity(new_id(), login_of("ada"))):
        assert issued(cookie_value(identity, secrets), secrets) == identity


def test_secrets_rotate() -> None:
    """A cookie of the older secret is verified until that is removed."""
    identity = Identity(new_id())
    cookie = cookie_value(identity, [OLD])
    assert issued(cookie, [SECRET, OLD]) == identity
    assert issued(cookie, [SECRET]) is None
    assert cookie_value(identity, [SECRET, OLD]) == cookie_value(identity, [SECRET])


def test_a_login_is_told_from_another_but_not_told() -> None:
    """The cookie says that somebody else has logged in, not who."""
    assert login_of(None) == login_of("") == ""
    assert len({login_of("ada"), login_of("grace"), login_of("")}) == 3
    assert "ada" not in cookie_value(Identity(new_id(), login_of("ada")), [SECRET])


@given(st.text(max_size=200) | st.text(string.ascii_letters + "._-", max_size=200))
def test_a_forged_cookie_is_never_believed(cookie: str) -> None:
    """Nor claimed, where a secret is configured."""
    for secrets in ((), (SECRET,)):
        assert issued(cookie, secrets) is None
    assert claimed(cookie, (SECRET,)) is None


@pytest.mark.parametrize("spoil", [lambda c: c[:-1], lambda c: c + "a", lambda c: "A" + c[1:]])
def test_a_changed_cookie_is_not_believed(spoil: object) -> None:
    """Truncated, lengthened, or with another id."""
    cookie = cookie_value(Identity("B" * 32), [SECRET])
    assert callable(spoil)
    assert issued(spoil(cookie), [SECRET]) is None


def test_a_signed_id_of_a_wrong_form_is_not_believed() -> None:
    """Whoever signed it: it names an owner in the store."""
    for browser in ("", "short", "../" + "a" * 29, "a" * 33, "a" * 32 + "~x", "a" * 32 + "~a~b"):
        assert issued(signer([SECRET], _SALT).sign(browser).decode(), [SECRET]) is None


@pytest.mark.parametrize(
    ("cookie", "browser"),
    [
        ("a" * 32 + ".signature", "a" * 32),
        ("a" * 32, "a" * 32),
        ("a" * 32 + "~abc.signature", "a" * 32),
        ("a" * 31, None),
        ("a" * 31 + "/", None),
        ("", None),
        (None, None),
        ("a" * 32 + "." + "a" * 200, None),
    ],
)
def test_without_a_secret_an_earlier_process_may_have_issued_it(
    cookie: str | None, browser: str | None
) -> None:
    """The store then says whether it knows that owner."""
    assert claimed(cookie, ()) == (Identity(browser) if browser else None)
