"""Who is known again, whatever happens to secrets and processes; and what a log-in changes."""

from __future__ import annotations

import time

import pytest

from streamlit_persistent_state._identity import owners
from streamlit_persistent_state._identity.cookie import Identity, cookie_value, login_of, new_id
from streamlit_persistent_state._identity.login import identified
from streamlit_persistent_state._identity.register import Register
from streamlit_persistent_state._identity.verify import accepted_keys, signing_keys, verified
from streamlit_persistent_state._settings import Settings
from streamlit_persistent_state._sync.notifications import Admission, admitted, ticket
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Write

NONE, OLD, NEW = (), ("an older secret, rotated",), ("a secret of some length",)
ADA, BOB = login_of("ada"), login_of("bob")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def register(store: MemoryStore) -> Register:
    made = Register(store)
    for app in ("first.py", "second.py"):
        made.enroll(app)
    return made


def cookie_of(identity: Identity, secret: tuple[str, ...], register: Register) -> str:
    return cookie_value(identity, signing_keys(Settings(secret=secret), register))


@pytest.mark.parametrize(
    ("before", "after"),
    [(NONE, NEW), (OLD, NEW), (OLD, (*NEW, *OLD)), ((*NEW, *OLD), NEW), (NEW, NONE), (NONE, NONE)],
)
def test_changing_the_secret_forgets_nobody(
    before: tuple[str, ...], after: tuple[str, ...], store: MemoryStore, register: Register
) -> None:
    """Added, rotated or removed: whose values lie in the store is known."""
    identity = Identity(new_id(), is_servers=True)
    store.commit(owners.of_browser("second.py", identity.browser), [Write("k", b"1", 1)])
    cookie = cookie_of(identity, before, register)
    found = verified([cookie], Settings(secret=after), Register(store))
    assert found is not None
    assert found.identity == identity


@pytest.mark.parametrize("after", [NONE, NEW])
def test_without_a_secret_a_restart_forgets_nobody(
    after: tuple[str, ...], store: MemoryStore
) -> None:
    """Also nobody who has left no values yet; then a secret may be added."""
    identity = Identity(new_id())
    cookie = cookie_of(identity, NONE, Register(store))
    found = verified([cookie], Settings(secret=after), Register(store))
    assert found is not None
    assert found.identity == identity


def test_what_nobody_knows_is_not_believed(register: Register) -> None:
    """Signed by somebody else, by nobody, or of no form at all."""
    stranger = cookie_value(Identity(new_id()), ["of another deployment"])
    for secret in (NONE, NEW):
        for cookie in (stranger, new_id(), "../../etc/passwd", ""):
            assert verified([cookie], Settings(secret=secret), register) is None
    assert verified([], Settings(), register) is None


def test_of_several_the_one_that_counts_is_found(register: Register) -> None:
    """Whatever else was put under the same name."""
    identity = Identity(new_id())
    cookie = cookie_of(identity, NONE, register)
    found = verified(["planted", cookie, "x"], Settings(), register)
    assert found == (cookie, identity)


def test_a_log_in_that_nobody_vouches_for_counts_as_none(
    store: MemoryStore, register: Register
) -> None:
    """Or a planted id would be spared the new one."""
    identity = Identity(new_id(), ADA)
    store.commit(owners.of_browser("first.py", identity.browser), [Write("k", b"1", 1)])
    for cookie in (f"{identity.browser}~{ADA}", cookie_of(identity, NONE, register)):
        found = verified([cookie], Settings(secret=NEW), register)
        assert found is not None
        assert found.identity.login == ""


def test_a_store_that_is_away_cannot_tell(store: MemoryStore, register: Register) -> None:
    """What is signed needs no question."""
    identity = Identity(new_id())
    cookie = cookie_of(identity, NONE, register)
    store.close()
    assert verified([cookie], Settings(), register) == (cookie, identity)
    with pytest.raises(StoreUnavailable):
        verified([new_id()], Settings(), register)
    with pytest.raises(StoreUnavailable):
        verified([cookie], Settings(), Register(store))


def test_a_log_in_gives_a_new_id_and_all_apps_values_go_along(
    store: MemoryStore, register: Register
) -> None:
    """The same for every tab; what knows the old id, or the store alone, cannot tell it."""
    old = Identity(new_id())
    for app in ("first.py", "second.py"):
        store.commit(owners.of_browser(app, old.browser), [Write("k", app.encode(), 1)])
    new = identified(old, ADA, register)
    assert new.browser != old.browser
    assert len(new.browser) == 32
    assert identified(old, ADA, register) == new
    assert identified(new, ADA, register) == new
    for app in ("first.py", "second.py"):
        assert store.load(owners.of_browser(app, new.browser), ["k"])["k"].payload == app.encode()
        assert store.load(owners.of_browser(app, old.browser), ["k"])["k"].payload is None
    held = [f"{owner} {key} {record.payload!r}" for owner, key, record in store.records()]
    assert not any(new.browser in one or old.browser in one for one in held)
    assert verified([cookie_of(new, NONE, register)], Settings(), register) is not None


def test_users_in_turn_find_what_was_theirs(store: MemoryStore, register: Register) -> None:
    """Also where the page could not write the new cookie."""
    old = Identity(new_id())
    ada, bob = identified(old, ADA, register), identified(old, BOB, register)
    assert ada.browser != bob.browser
    assert identified(old, ADA, register) == ada


def test_a_log_out_changes_no_id(register: Register) -> None:
    """And nobody's cookie stays without a mark of who sets it."""
    known = Identity(new_id(), ADA)
    assert identified(known, "", register) == Identity(known.browser)
    assert identified(known, ADA, register, is_servers=True) == known._replace(is_servers=True)
    first = identified(None, "", register, is_servers=True)
    assert first.is_servers
    assert len(first.browser) == 32


def test_a_store_that_is_away_delays_the_new_id(store: MemoryStore, register: Register) -> None:
    """The next page load tries again."""
    old = Identity(new_id())
    store.close()
    assert identified(old, ADA, register) == old


@pytest.mark.parametrize("secret", [(), ("a secret that is long enough",)])
def test_what_admits_a_page_to_news_holds_on_every_replica(secret: tuple[str, ...]) -> None:
    """Also where no secret is configured, and before it was."""
    here = MemoryStore()
    there = MemoryStore(here._owners, here._lock)
    admission = Admission("session", time.time() + 60, frozenset({"owner"}))
    shown = ticket(admission, signing_keys(Settings(), Register(here)))
    found = admitted(shown, accepted_keys(Settings(secret=secret), Register(there)))
    assert found is not None
    assert found.owners == admission.owners
    assert admitted(shown, signing_keys(Settings(), Register(MemoryStore()))) is None
