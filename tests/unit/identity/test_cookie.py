"""What a cookie holds, how it is found among others, and what is signed."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlit_persistent_state._identity.cookie import (
    _SALT,
    Identity,
    candidates,
    claimed,
    cookie_name,
    cookie_value,
    issued,
    login_of,
    new_id,
    on_https,
)
from streamlit_persistent_state._identity.register import Facts
from streamlit_persistent_state._settings import Settings
from streamlit_persistent_state._signing import signer

SECRET, OLD = "a secret of some length", "an older secret, rotated"
NAME = "streamlit_persistent_state_0123"


def test_an_id_has_192_random_bits() -> None:
    """In characters that need no quoting in a cookie."""
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(one) for one in ids} == {32}
    assert set("".join(ids)) <= set(string.ascii_letters + string.digits + "-_")


@pytest.mark.parametrize("secrets", [(SECRET,), (SECRET, OLD)])
def test_what_was_issued_is_believed(secrets: tuple[str, ...]) -> None:
    """With all that it says."""
    for identity in (
        Identity(new_id()),
        Identity(new_id(), login_of("ada")),
        Identity(new_id(), login_of("ada"), True, 20_000),
        Identity(new_id(), "", True, 99_999),
    ):
        cookie = cookie_value(identity, secrets)
        assert issued(cookie, secrets) == claimed(cookie) == identity
        assert len(cookie) <= 128


def test_secrets_rotate() -> None:
    """The first signs, all are accepted; without any, nothing is."""
    identity = Identity(new_id())
    cookie = cookie_value(identity, [OLD])
    assert issued(cookie, [SECRET, OLD]) == identity
    assert issued(cookie, [SECRET]) is None
    assert issued(cookie, []) is None
    assert cookie_value(identity, [SECRET, OLD]) == cookie_value(identity, [SECRET])


def test_a_login_is_told_from_another_but_not_told() -> None:
    """The cookie says that somebody else has logged in, not who."""
    assert login_of(None) == login_of("") == ""
    assert len({login_of("ada"), login_of("grace"), login_of("")}) == 3
    assert "ada" not in cookie_value(Identity(new_id(), login_of("ada")), [SECRET])


@given(st.text(max_size=200) | st.text(string.ascii_letters + ".~_-", max_size=200))
def test_a_forged_cookie_is_never_believed(cookie: str) -> None:
    """Whatever it looks like."""
    assert issued(cookie, (SECRET,)) is None


@pytest.mark.parametrize("spoil", [lambda c: c[:-1], lambda c: c + "a", lambda c: "A" + c[1:]])
def test_a_changed_cookie_is_not_believed(spoil: object) -> None:
    """Truncated, lengthened, or with another id."""
    cookie = cookie_value(Identity("B" * 32), [SECRET])
    assert callable(spoil)
    assert issued(spoil(cookie), [SECRET]) is None


def test_a_signed_id_of_a_wrong_form_is_not_believed() -> None:
    """Whoever signed it: it names an owner in the store."""
    some = "a" * 32
    for text in ("", "short", f"../{'a' * 29}", f"{some}a", f"{some}~x", f"{some}~a~b~c"):
        assert issued(signer([SECRET], _SALT).sign(text).decode(), [SECRET]) is None


@pytest.mark.parametrize(
    ("cookie", "claim"),
    [
        ("a" * 32 + ".signature", Identity("a" * 32)),
        ("a" * 32, Identity("a" * 32)),
        ("a" * 32 + "~abc.signature", Identity("a" * 32, "abc")),
        ("a" * 32 + "~habc~4e20.signature", Identity("a" * 32, "abc", True, 20_000)),
        ("a" * 31, None),
        ("a" * 31 + "/", None),
        ("", None),
        ("a" * 32 + "." + "a" * 200, None),
    ],
)
def test_what_nobody_can_check_is_a_claim(cookie: str, claim: Identity | None) -> None:
    """The store then says whether it knows that browser."""
    assert claimed(cookie) == claim


def test_each_store_has_a_cookie_of_its_own() -> None:
    """Two apps on one host name do not take each other's; a configured name is literal."""
    one, two = (cookie_name(Settings(), Facts(name, "key")) for name in ("1", "2"))
    assert one != two
    assert cookie_name(Settings(cookie="mine"), Facts("1", "key")) == "mine"


ODD = [
    'prefs={"a":1}',
    "foo",
    "k[0]=1",
    "name=Grüße",
    "=x",
    "a b=c d",
    'quoted="a;b"',
    'open="x',
    "a=b=c",
    "",
    "x=\\073",
    "$Version=1",
    f"{NAME}_more=1",
    f"not{NAME}=1",
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("place", ["{odd}; {ours}", "{ours}; {odd}", "{odd};{ours};{odd}"])
def test_other_cookies_play_no_part(odd: str, place: str) -> None:
    """However odd they are, and wherever they stand."""
    header = place.format(odd=odd, ours=f"{NAME}=value")
    assert candidates(header, NAME, False) == ["value"]
    assert candidates(header, NAME, True) == []
    header = place.format(odd=odd, ours=f"{on_https(NAME)}=value")
    assert candidates(header, NAME, True) == ["value"]
    assert candidates(header, NAME, False) == []


@given(st.text(), st.text())
def test_any_header_can_be_read(before: str, after: str) -> None:
    """And holds ours wherever it is a segment of its own."""
    assert "value" in candidates(f"{before}; {NAME}=value; {after}", NAME, False)


def test_what_the_server_has_set_comes_first() -> None:
    """A script's cookie may stand beside it, under another path or from before."""
    scripts = cookie_value(Identity(new_id()), [SECRET])
    servers = cookie_value(Identity(new_id(), is_servers=True), [SECRET])
    for pair in ((scripts, servers), (servers, scripts)):
        header = "; ".join(f"{NAME}={one}" for one in pair)
        assert candidates(header, NAME, False) == [servers, scripts]
