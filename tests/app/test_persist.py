"""`persist` inside an app, without a browser: defaults, scopes, reset, forget, errors."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._identity import owners
from streamlit_persistent_state._identity.app import UNNAMED
from streamlit_persistent_state._identity.cookie import new_id
from streamlit_persistent_state._streamlit import runtime
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY
from streamlit_persistent_state._sync.transfer import UNDER_WAY
from streamlit_persistent_state.errors import InvalidArgument, LoginRequired, StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Record, Write
from streamlit_persistent_state.testing import edit
from tests.support.identity import cookie_for, owner_in_test, values_in


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """A store that all apps of a test share, as `configure` names one."""
    monkeypatch.setattr(_settings, "_configured", {})
    store = MemoryStore()
    configure(store=store)
    return store


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def started(app: Callable[..., None]) -> AppTest:
    return ran(AppTest.from_function(app))


def saved(at: AppTest) -> AppTest:
    assert at.session_state["kept"].save()
    return at


def basic() -> None:
    import streamlit as st

    from streamlit_persistent_state import forget, persist, reset

    st.session_state.kept = persist("name", "count", scope="app", cart=[])
    if "count" not in st.session_state:
        st.session_state.count = 0
    st.text_input("Name", key="name")
    st.button("Add", on_click=lambda: st.session_state.update(count=st.session_state.count + 1))
    st.button("Reset", on_click=reset, args=("count", "cart"))
    st.button("Forget", on_click=forget, args=("name",))


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return ran(at)


def many() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    for number in range(200):
        persist(f"number {number}", scope="app")
    st.session_state.setdefault("number 7", 7)


def test_many_declarations_are_one_question(
    shared: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For every session but the first one of a process."""
    at, questions, load = AppTest.from_function(many), list[int](), shared.load

    def counting(owner: str, keys: Collection[str]) -> dict[str, Record]:
        questions.append(len(keys))
        return load(owner, keys)

    ran(at)
    at.session_state["number 7"] = 8
    ran(at)
    session = at.session_state[HANDLE_KEY]
    assert session.save()
    monkeypatch.setattr(shared, "load", counting)
    again = ran(AppTest.from_file(at._script_path))
    assert again.session_state["number 7"] == 8
    assert [count for count in questions if count >= 200] == questions[-1:]
    assert len(questions) <= 2


def test_what_one_session_leaves_another_finds(shared: MemoryStore) -> None:
    """In its first run, and the app sees what was restored."""
    at = started(basic)
    assert at.session_state["kept"].restored == frozenset()
    at.text_input[0].set_value("Ada")
    saved(press(press(at, "Add"), "Add"))
    again = started(basic)
    assert again.session_state["name"] == "Ada"
    assert again.session_state["count"] == 2
    assert again.session_state["kept"].restored == {"name", "count"}
    assert again.session_state["kept"].owner == "app"
    assert again.session_state["kept"].pending == ()
    assert saved(again).session_state["kept"].saved_at is None
    assert again.text_input[0].value == "Ada"


def test_the_app_scope_is_fresh_in_every_run(shared: MemoryStore) -> None:
    """Two sessions of everybody's values see each other's changes."""
    one, other = started(basic), started(basic)
    saved(press(one, "Add"))
    assert ran(other).session_state["count"] == 1
    saved(press(other, "Add"))
    assert ran(one).session_state["count"] == 2


def test_reset_goes_back_to_the_default_or_to_nothing(shared: MemoryStore) -> None:
    """A key with a default gets a fresh copy of it; one without starts as the script starts it."""
    at = press(started(basic), "Add")
    at.session_state["cart"].append(1)
    saved(press(saved(ran(at)), "Reset"))
    assert at.session_state["cart"] == []
    assert at.session_state["count"] == 0
    again = started(basic)
    assert again.session_state["cart"] == []
    assert again.session_state["count"] == 0


def test_forget_deletes_here_and_in_the_store(shared: MemoryStore) -> None:
    """Another session that holds the value does not bring it back."""
    at = started(basic)
    at.text_input[0].set_value("Ada")
    saved(ran(at))
    other = started(basic)
    press(at, "Forget")
    assert b"Ada" not in (shared.load("app", ["name"])["name"].payload or b"")
    assert at.session_state["name"] == ""
    saved(ran(other))
    assert started(basic).session_state["name"] == ""


def shop() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist, persistent_state

    st.session_state.kept = kept = persist("a", b=1)
    persist("everybody", scope="app")
    persist("here", scope="session")
    persistent_state("Visits", key="visits", scope="app")
    st.session_state.told = repr(kept), kept.owner


def test_calls_of_several_scopes_live_side_by_side(shared: MemoryStore) -> None:
    """Each key goes to its own owner; values of this session alone go nowhere."""
    at = started(shop)
    for key in ("a", "everybody", "here"):
        at.session_state[key] = key
    edit(ran(at), "visits", counter=3)
    saved(at)
    owner = at.session_state["told"][1]
    assert owner.startswith("browser:")
    at.run()
    for found, key, record in shared.records():
        ours = {(owner, "a"), ("app", "everybody"), ("app", "visits"), ("store", "register")}
        assert (found, key) in ours
        assert record.payload is not None
    assert at.session_state["told"][0] == "Persisted(a, b)"


def cleared() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    if st.session_state.pop("clear", False):
        st.session_state.clear()
    st.session_state.kept = persist("a", scope="app")


def test_clearing_session_state_keeps_what_is_stored(shared: MemoryStore) -> None:
    """What everybody shares is gone from this session alone, and changes are saved as before."""
    at = started(cleared)
    at.session_state["a"] = 1
    saved(ran(at))
    at.session_state["clear"] = True
    assert "a" not in saved(ran(at)).session_state
    assert started(cleared).session_state["a"] == 1
    at.session_state["a"] = 2
    saved(ran(at))
    assert started(cleared).session_state["a"] == 2


def test_every_apptest_is_isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without configure() an AppTest has a store of its own and writes no file."""
    monkeypatch.chdir(tmp_path)
    at = press(started(basic), "Add")
    saved(at)
    assert started(basic).session_state["count"] == 0
    assert list(tmp_path.iterdir()) == []


def checked() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    persist(volume=30, scope="app", check=lambda volume: 0 <= volume <= 100)
    persist("name", scope="app", check=str)
    st.slider("Volume", 0, 100, key="volume")
    st.text_input("Name", key="name")


def test_a_stored_value_that_does_not_fit_is_not_restored(
    shared: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    """The widgets show their defaults, the log says so, and the records stay as they were."""
    before = shared.commit("app", [Write("volume", b"500", 1), Write("name", b"5", 1)])
    at = saved_all(started(checked))
    assert (at.slider[0].value, at.text_input[0].value) == (30, "")
    assert "'volume' is quarantined" in caplog.text
    assert "'name' is quarantined" in caplog.text
    assert shared.load("app", ["volume", "name"]) == before
    at.slider[0].set_value(40)
    saved_all(ran(at))
    assert started(checked).slider[0].value == 40


def saved_all(at: AppTest) -> AppTest:
    assert at.session_state[HANDLE_KEY].save()
    return at


def counting() -> None:
    import streamlit as st

    from streamlit_persistent_state import increment, persist

    st.session_state.kept = persist(likes=0, scope="app")
    persist(cart=[], scope="app", merge=lambda base, mine, theirs: sorted({*mine, *theirs}))
    st.session_state.told = st.session_state.get("told", 0)
    st.button("Like", on_click=increment, args=("likes",))
    if st.button("Twice"):
        increment("likes", by=2)
        st.session_state.told = st.session_state.likes
    st.text_input("Item", key="item")
    st.button("Put", on_click=lambda: st.session_state.cart.append(st.session_state.item))


def test_increments_and_merged_values_of_two_sessions(shared: MemoryStore) -> None:
    """In callbacks and in the script, saved in any order."""
    one, other = started(counting), started(counting)
    press(press(one, "Like"), "Twice")
    assert one.session_state["told"] == 3
    press(other, "Like")
    for at, item in ((one, "tea"), (other, "jam")):
        at.text_input[0].set_value(item)
        saved_all(press(at, "Put"))
    again = started(counting)
    assert again.session_state["likes"] == 4
    assert again.session_state["cart"] == ["jam", "tea"]
    assert ran(other).session_state["kept"].conflicts == {}


def failing() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist("a", scope="app", merge=lambda base, mine, theirs: 1 / 0)


def test_a_merge_that_fails_is_logged(
    shared: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    """And the last writer wins; the conflict can be seen."""
    one, other = started(failing), started(failing)
    for at, value in ((one, "one"), (other, "other")):
        at.session_state["a"] = value
        saved(ran(at))
    assert started(failing).session_state["a"] == "other"
    assert other.session_state["kept"].conflicts == {"a": "one"}
    assert "merge failed" in caplog.text


def test_what_is_assigned_between_runs_is_an_edit_whenever_it_is_looked_at(
    shared: MemoryStore,
) -> None:
    """Also before the next run begins, and for a key that had no value so far."""
    one, other = started(failing), started(failing)
    for at, value in ((one, "one"), (other, "other")):
        at.session_state["a"] = value
        saved_all(at)
        saved(ran(at))
    assert started(failing).session_state["a"] == "other"
    assert other.session_state["kept"].conflicts == {"a": "one"}


class Down(MemoryStore):
    """Answers nothing while it is down."""

    is_down = False

    def load(self, owner: str, keys: Collection[str]) -> dict[str, Record]:
        if self.is_down:
            raise StoreUnavailable("meant")
        return super().load(owner, keys)


def of_two_owners() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    persist("a", scope="app")
    st.session_state.kept = persist("b")


def test_what_fails_for_one_owner_keeps_nothing_of_another_from_being_saved(
    shared: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is that the store's driver raises."""
    at = started(of_two_owners)
    commit = shared.commit

    def fail(owner: str, *args: Any, **options: Any) -> dict[str, Record]:
        if owner == "app":
            raise TypeError("meant")
        return commit(owner, *args, **options)

    monkeypatch.setattr(shared, "commit", fail)
    at.session_state["a"] = at.session_state["b"] = 1
    ran(at)
    with pytest.raises(TypeError, match="meant"):
        at.session_state[HANDLE_KEY].save()
    assert at.session_state["kept"].pending == ()


def restarting() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist("a", scope="app", b=[])
    if "a" not in st.session_state:
        st.session_state.a = "the script's"
        st.rerun()
    if not st.session_state.b:
        st.session_state.b.append("the script's")


def test_what_the_script_does_in_a_run_that_it_has_asked_for_is_no_edit(
    shared: MemoryStore,
) -> None:
    """The page is still loading: it gives way to what is stored."""
    store = Down()
    configure(store=store)
    store.commit("app", [Write("a", b'"kept"', 1), Write("b", b'["kept"]', 1)])
    store.is_down = True
    at = started(restarting)
    assert (at.session_state["a"], at.session_state["b"]) == ("the script's", ["the script's"])
    store.is_down = False
    at.session_state[HANDLE_KEY].keepers["app"].save(insist=True)
    ran(at)
    assert (at.session_state["a"], at.session_state["b"]) == ("kept", ["kept"])


def test_increments_of_what_is_no_kept_number_are_refused(shared: MemoryStore) -> None:
    """The message names the key."""
    for key, value, message in (
        ("item", None, "key 'item' is not kept; call persist('item') first"),
        ("likes", "many", "key 'likes' holds no whole number, but str: 'many'"),
        ("likes", True, "key 'likes' holds no whole number"),
    ):
        at = started(counting)
        if value is not None:
            at.session_state["likes"] = value
        at.session_state["key"] = key

        def app() -> None:
            import streamlit as st

            from streamlit_persistent_state import increment, persist

            persist("likes", scope="app")
            increment(st.session_state.key)

        fresh = AppTest.from_function(app)
        fresh.session_state["key"] = key
        fresh.session_state["likes"] = value
        assert message in fresh.run().exception[0].message


def down() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist(count=0, scope="app")


@pytest.mark.parametrize("shown", [True, False])
def test_a_store_that_is_down_can_be_shown(
    shown: bool, shared: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    """As a toast, once; the log says it in any case."""
    configure(show_warnings=shown)
    shared.close()
    at = started(down)
    toasts = [toast.value for toast in at.toast]
    at = ran(at)
    assert [*toasts, *(toast.value for toast in at.toast)] == (
        ["Your changes cannot be saved at the moment."] * shown
    )
    assert "The session goes on unsaved for now" in caplog.text


def page_switch() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    persist("name", volume=30)
    if st.session_state.get("shown", True):
        st.text_input("Name", key="name")
        st.slider("Volume", 0, 100, key="volume")
    st.session_state.seen = st.session_state.get("name"), st.session_state.get("volume")


def test_a_widget_that_is_hidden_keeps_its_value() -> None:
    """Streamlit forgets it; the kept value is put back, and shown again."""
    at = started(page_switch)
    at.text_input[0].set_value("Ada")
    at.slider[0].set_value(70)
    ran(at)
    at.session_state["shown"] = False
    for _ in range(6):
        assert ran(at).session_state["seen"] == ("Ada", 70)
    at.session_state["shown"] = True
    ran(at)
    assert (at.text_input[0].value, at.slider[0].value) == ("Ada", 70)
    at.text_input[0].set_value("Grace")
    for _ in range(6):
        assert ran(at).session_state["seen"] == ("Grace", 70)


def test_a_restored_session_can_be_pickled(shared: MemoryStore) -> None:
    """``runner.enforceSerializableSessionState`` pickles all of session state."""
    at = started(basic)
    pickle.loads(pickle.dumps(at.session_state[HANDLE_KEY]))


def call(*keys: Any, **arguments: Any) -> AppTest:
    def app(keys, arguments):  # type: ignore[no-untyped-def]  # runs without the imports above
        from streamlit_persistent_state import persist

        persist(*keys, **arguments)

    return AppTest.from_function(app, args=(keys, arguments)).run()


@pytest.mark.parametrize(
    ("keys", "arguments", "message"),
    [
        ((), {}, "persist() needs at least one key"),
        ((1,), {}, "key must be a str, got int: 1"),
        (("",), {}, "key must not be empty"),
        (("streamlit_persistent_state:x",), {}, "which is reserved"),
        (("a",), {"a": 1}, "key 'a' is given twice, once with a default"),
        (("a",), {"merge": 5}, 'merge must be callable or "last", got int: 5'),
        (("a",), {"check": 5}, "check must be callable or a type, got int: 5"),
        (("a",), {"live": "soon"}, "live must be True, False or a time"),
        (("a",), {"scope": "planet"}, "scope must be one of 'session', 'browser', 'user', 'app'"),
    ],
)
def test_a_bad_argument_is_named(keys: Any, arguments: Any, message: str) -> None:
    """With what is allowed instead."""
    at = call(*keys, **arguments)
    assert message in at.exception[0].message


def two_scopes() -> None:
    from streamlit_persistent_state import persist

    persist("a")
    persist("a", scope="app")


def test_one_key_in_two_scopes_is_an_error() -> None:
    """The message names both."""
    at = AppTest.from_function(two_scopes).run()
    assert at.exception[0].message == (
        "key 'a' is kept with scope='browser' and cannot have scope='app' too"
    )
    assert InvalidArgument.__name__ in at.exception[0].proto.type


def test_the_user_scope_needs_a_user() -> None:
    """A clear error, and what to do."""
    at = call("a", scope="user")
    assert "call st.login() first" in at.exception[0].message
    assert LoginRequired.__name__ in at.exception[0].proto.type


def of_the_user() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist

    st.session_state.kept = persist("plan", scope="user")


def test_the_user_scope_follows_the_user(
    shared: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another device, and not to another user; a value in session state goes with nobody."""
    monkeypatch.setattr(runtime, "user", lambda: "issuer|ada")
    at = started(of_the_user)
    at.session_state["plan"] = "gold"
    saved(ran(at))
    assert started(of_the_user).session_state["plan"] == "gold"
    monkeypatch.setattr(runtime, "user", lambda: "issuer|grace")
    assert "plan" not in started(of_the_user).session_state
    assert values_in(shared) == {owners.of_user(UNNAMED, "issuer|ada")}


def before_and_after() -> None:
    import streamlit as st

    from streamlit_persistent_state import persist
    from streamlit_persistent_state._streamlit import runtime

    if runtime.user():
        st.session_state.kept = persist("cart", "note", scope="user")
        st.session_state.here = persist("theme")
    else:
        st.session_state.kept = persist("cart", "note")


@pytest.mark.parametrize("on_login", ["adopt", "keep"])
def test_what_was_collected_before_the_login(
    on_login: Any, shared: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user adopts what there is no own value for, or the browser keeps all of it."""
    configure(on_login=on_login)
    old = new_id()
    monkeypatch.setattr(runtime, "cookies", lambda: cookie_for(old, shared))
    of_the_user = owners.of_user(UNNAMED, "issuer|ada")
    shared.commit(of_the_user, [Write("note", b'"of the user"', 1)])
    at = started(before_and_after)
    at.session_state["cart"], at.session_state["note"] = ["tea"], "of the browser"
    saved(ran(at))

    monkeypatch.setattr(runtime, "user", lambda: "issuer|ada")
    at = saved(started(before_and_after))
    assert ("cart" in at.session_state) == (on_login == "adopt")
    assert at.session_state["note"] == "of the user"
    browser = at.session_state["here"].owner
    assert browser != owner_in_test(old)
    left = {key for owner, key, _ in shared.records() if owner == browser and key != UNDER_WAY}
    assert left == ({"note"} if on_login == "adopt" else {"cart", "note"})

    # Another tab, or a refresh before the page has written the new cookie.
    assert started(before_and_after).session_state["here"].owner == browser
    monkeypatch.setattr(runtime, "user", lambda: None)
    at = started(before_and_after)
    assert "cart" not in at.session_state, "the old id is worth nothing after the log-in"


def making_its_store() -> None:
    import streamlit as st

    from streamlit_persistent_state import configure, persist
    from streamlit_persistent_state.stores import MemoryStore, SQLiteStore

    path = st.session_state.get("path")
    configure(store=SQLiteStore(path) if path else MemoryStore())
    persist("a", scope="app")


def test_a_store_made_in_every_run(shared: MemoryStore, tmp_path: Path) -> None:
    """One that lies in the same place goes on; one that begins anew each time is refused."""
    at = AppTest.from_function(making_its_store)
    at.session_state["path"] = str(tmp_path / "state.db")
    ran(at).session_state["a"] = 1
    saved_all(ran(ran(at)))
    again = AppTest.from_function(making_its_store)
    again.session_state["path"] = str(tmp_path / "state.db")
    assert ran(again).session_state["a"] == 1
    at = AppTest.from_function(making_its_store).run()
    assert not at.exception
    (raised,) = at.run().exception
    assert "another MemoryStore than in an earlier run" in raised.message
