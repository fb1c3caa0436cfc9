"""One session of the app: its owners, their keepers, and what happens at the start of a run."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from .. import _settings as settings_of
from .._checks import PREFIX, Liveness, shown
from .._codec.types import types_of
from .._identity import owners
from .._identity.register import register_of
from .._identity.verify import signing_keys
from .._record import MISSING
from .._settings import BROWSER_BYTES, Settings
from .._streamlit import notice, runtime
from .._streamlit.handle import HANDLE_KEY, listen_for_events
from .._streamlit.values import provide_values
from .._sync.breaker import arrived
from .._sync.entry import Check, Merge, additions, anything
from .._sync.habits import habit_of
from .._sync.keeper import Keeper
from .._sync.ledger import Terms
from .._sync.lifetime import Visit
from .._sync.notifications import publish
from .._sync.transfer import move
from .._widget.binding import Binding
from .._widget.record import record_of
from ..errors import InvalidArgument, LoginRequired, StoreUnavailable
from ..stores import MemoryStore, Store
from .app import App
from .assignments import Assignments
from .deletions import Deletions
from .group import Group
from .groups import Groups, merge_of
from .live import Live
from .report import Problem, Report
from .saver import Saver
from .visitor import Visitor

_log = logging.getLogger(__name__)
provide_values()

_OF_ONE_PAGE = ("browser", "session")
"""Scopes whose values go when the script deletes them. A log-out that clears session state must not
erase what a user has on other devices, nor what everybody shares."""


class Session:
    """What this package keeps for one session; lives in session state."""

    def __init__(self) -> None:
        self.keepers: dict[str, Keeper] = {}
        self._parted: list[Keeper] = []  # of owners who are gone, with something left to save
        self.scopes: dict[str, str] = {}
        self._bindings: dict[str, Binding] = {}
        self._unadopted: set[str] = set()  # keys of the user that the browser may still have
        self._run: runtime.Run | None = None
        self._newest: runtime.Run | None = None
        self._hears_of_runs = False
        self._ended: object = None
        self._unsaid = 0
        self.report = Report()
        self._assignments = Assignments(self._keeper_of, self.report)
        self._deletions = Deletions(self._keep_deleted)
        self.groups = Groups(lambda scope: self.keepers[scope])
        self._page: object = None
        self._url: str | None = None
        self._moved = False
        self._is_page_load, self._paused = True, False
        self._own_store = MemoryStore()
        self._store_in_use: Store | None = None
        self._secrets: Mapping[str, Any] | None = None
        self._settings: Settings | None = None
        self._configured: Mapping[str, Any] = {}
        self._visitor = Visitor()
        self._running = App()
        self._visit = Visit()
        self._live = Live(self.keepers)
        self._warned = False
        self.saver = Saver(self.save, self._needs_a_sweep)

    def __reduce__(self) -> tuple[type[Session], tuple[()]]:
        return Session, ()  # Streamlit can be told to pickle session state; this starts anew

    def begin(self) -> None:
        """Take note of a run; the first call of each run does something."""
        run = runtime.Run()
        if self._run is not None and run.marker is self._run.marker and run.marker is not None:
            return
        is_first = self._run is None
        if self._run is not None and run.thread is not self._run.thread:
            self._page_asks()  # what the script asks for itself runs on the same thread
        elif self._paused:
            self._set_page_load(True)
        self._run, self._paused = run, False
        if run.ctx is None:
            return
        page = run.page
        if page != self._page:
            url = runtime.url()
            self._page, self._moved, self._url = page, url != self._url, url
        else:
            self._moved = False
        hears = listen_for_events(run.ctx) and not run.is_app_test
        if not is_first and (self._moved or not hears):
            self.hear_event()
        self._visitor.begin(run.draws_a_page)
        self._live.begin(run)
        if not run.is_of_fragments:
            self.report.begin()
        for scope, keeper in self.keepers.items():
            keeper.runs += 1
            keeper.began = run.began
            if scope == "app":
                keeper.refresh()
            else:
                keeper.adopt()
            if not run.is_of_fragments:
                keeper.offer()
        self._deletions.begin(run)
        self._assignments.begin(run)
        self._hears_of_runs = run.hear_of_next(self._run_begins)
        self._run_begins()
        if not self.saver.hears_of_end:
            self.saver.hears_of_end = True
            runtime.at_session_end(self.saver.end)

    def _run_begins(self) -> None:
        """Take note of the run on this thread; it may have callbacks to call first."""
        self._newest = runtime.Run()
        self._live.thread_begins(self._newest.thread)
        self.saver.watch()

    def hear_event(self) -> None:
        """Hear that the user does something, and has not only loaded the page."""
        self._visit.has_acted = True

    def snapshot(self) -> Mapping[str, Any]:
        """Return what session state holds, and for widgets what their records hold."""
        assert self._run is not None
        deleted = self._deletions.of_past_runs()
        values = dict(self._run.snapshot())
        self._deletions.look(deleted, values)
        bindings: dict[str, Binding] = values.get(PREFIX, {})
        for key in list(self._assignments.locked):
            values.pop(key, None)
        for key, binding in list(bindings.items()):
            values[key] = record_of(key, binding, values.get(key))
        return values | self.groups.records(values)

    def hear_deletion(self, key: str) -> None:
        """Hear that `key` was deleted from session state."""
        self._deletions.hear(key)

    def _keep_deleted(self, key: str, *, next_run: bool) -> None:
        """Have a deletion by the script hold, in the store where the scope is this browser's."""
        scope = self.scopes.get(key, "")
        keeper, group = self.keepers.get(scope), self.groups.of(key)
        if group is not None and key not in self._assignments.locked:
            self._assignments.drop(key)
            group.delete(key, next_run=next_run)
            return
        if keeper is None or key not in keeper.entries:
            return
        if key in self._assignments.locked:
            return
        if key in self._bindings:
            if scope not in _OF_ONE_PAGE:
                return  # its widget shows what the others have
            self._let_binding_go(key)
        self._assignments.drop(key)
        if scope in _OF_ONE_PAGE:
            keeper.delete(key, next_run=next_run)
        else:
            keeper.let_go(key, next_run=next_run)

    def save(self) -> bool:
        """Save all there is, from any thread; whether nothing is left."""
        run, is_over = self._run, self.saver.is_over
        self._release()
        saved, failures = list[bool](), list[BaseException]()
        for keeper in [*self.keepers.values(), *self._parted]:
            try:
                saved.append(keeper.save())
            except BaseException as error:
                failures.append(error)  # the others' values are saved all the same
        for keeper in list(self._parted):
            if not keeper.pending:
                with suppress(ValueError):  # another thread was first
                    self._parted.remove(keeper)
        if is_over and self._run is run:
            self._live.end()
            self._page_asks()  # what changes from now on is a user's doing
        for failure in failures:
            raise failure
        return all(saved)

    def _is_busy(self) -> bool:
        return self._newest is not None and self._newest.is_busy

    def hear_request(self) -> None:
        """Hear that the page asks for a run, whose widgets may stand above any call of ours."""
        self._end_start()
        runtime.Run().listen(self._assignments)

    def _end_start(self) -> None:
        """Take note that what changes from now on is a user's doing."""
        for keeper in list(self.keepers.values()):
            keeper.end_of_start()
        self._page_asks()

    def _page_asks(self) -> None:
        """Take note that the page is loaded: its user may have done something."""
        self._paused = False
        self._set_page_load(False)

    def _set_page_load(self, is_page_load: bool) -> None:
        self._is_page_load = is_page_load
        for keeper in list(self.keepers.values()):
            keeper.is_page_load = is_page_load

    def _needs_a_sweep(self) -> bool:
        """Whether something may change, or is left to save, while no run is watched."""
        run = self._run
        keepers = list(self.keepers.values())
        unsaved = any(keeper.pending or keeper.lifetime.is_due() for keeper in keepers)
        unsaved = unsaved or bool(self._parted)
        # Of a run that has ended above persist(), where none is heard of that does not call it.
        unsaved = unsaved or bool(self._deletions.of_past_runs())
        if unsaved or run is None or self._hears_of_runs:
            return unsaved
        return run.may_have_fragments(self._live.fragments)

    def hear_end(self, *, is_early: bool) -> None:
        """Say at the end of a run what of it cannot be kept."""
        run = runtime.Run()
        if is_early and run.marker is self._ended:
            return
        if run.is_app_test:
            # A test assigns as soon as this run is over, before it asks for one; unless the script
            # has asked for one itself, which follows on this thread.
            paused = self._is_page_load
            self._end_start()
            self._paused = paused
        self._ended = run.marker
        if is_early and not run.marker:
            # Another run follows at once where nothing is drawn: what is drawn now would be its.
            self._unsaid += 1
            return
        if not run.is_of_fragments:
            self._unsaid = 0
            if self._run is None or run.marker is not self._run.marker:
                self.report.begin()  # of a page without a declaration
        if self._shows_warnings():
            refused = self._refused(run, is_over=True)
            self.report.show(refused, in_a_toast=run.is_of_fragments)

    def _refused(self, run: runtime.Run, *, is_over: bool) -> list[Problem]:
        """Return what session state holds and cannot be kept."""
        bindings = runtime.session_state().get(PREFIX, {})
        values = run.values(self.scopes.keys() - {*bindings, *self._assignments.locked})
        values |= self.groups.records(values)
        found, is_over = [], is_over and not self._deletions.are_heard
        for keeper in self.keepers.values():
            keys = keeper.entries.keys() & values.keys()
            is_all = is_over and not keeper.entries.keys() & bindings.keys()
            keeper.look_at_new({key: values[key] for key in keys}, is_all=is_all)
            problems = keeper.problems()
            # In the order of their declaration: a set's is another one in each process.
            found += [self.groups.refusal(problems[key]) for key in problems if key in keys]
        return [Problem.of(refused) for refused in found]

    def _shows_warnings(self) -> bool:
        said = self.settings.show_warnings
        return runtime.is_developers() if said is None else said

    @property
    def settings(self) -> Settings:
        """Return what holds in this run; all but what `configure` says is read once."""
        said = settings_of.configured()
        if self._settings is None or said is not self._configured:
            if self._secrets is None:
                self._secrets = runtime.secrets_table()
            self._settings, self._configured = settings_of.current(self._secrets), said
        return self._settings

    def _run_began(self) -> float:
        assert self._run is not None
        return self._run.began

    def _store(self) -> Store:
        assert self._run is not None
        if self._run.is_app_test and not settings_of.names_a_store():
            return self._own_store
        store = settings_of.opened(self.settings.store)
        if self._store_in_use is not None and self._store_in_use is not store:
            raise InvalidArgument(
                f"configure(store=…) got another {type(store).__name__} than in an earlier run of "
                "this session; nothing would be found again. Make it once: name it by a URL, in "
                "a module of its own, or in a function with @st.cache_resource"
            )
        self._store_in_use = store
        return store

    def keeper(self, scope: str) -> Keeper:
        """Return the keeper of a scope, of the owner that it has now."""
        if not self._is_page_load:
            return self._current_keeper(scope)
        with arrived(self._run_began()):
            return self._current_keeper(scope)

    def _current_keeper(self, scope: str) -> Keeper:
        found = self.keepers.get(scope)
        owner = self._owner(scope)
        if found is not None and found.is_held and self._visitor.is_certain:
            found.release(owner)
        store = self._own_store if scope == "session" else self._store()
        if found is None or found.owner != owner:
            old, found = found, Keeper(store, owner, self.snapshot, self._terms(scope))
            found.publisher, found.is_busy = self._live.publisher, self._is_busy
            if scope == "browser" and not self._visitor.is_certain:
                found.hold("The store has not said whose cookie this is")
            found.began, found.is_page_load = self._run_began(), self._is_page_load
            if scope == "app" or (scope == "browser" and not self._running.has_older):
                # Of others something may be on its way here until their keys are declared.
                assert self._run is not None
                found.habit = habit_of(self._run.main_script or "", scope)
            self.keepers[scope] = found
            if old is not None:
                self._part_with(old, scope)
        return found

    def _part_with(self, old: Keeper, scope: str) -> None:
        """Go on without a keeper in whose place another one is."""
        if scope == "browser":
            self.keepers[scope].succeed(old)  # it is the same browser
        else:
            # Somebody else's: what session state holds is not the new one's.
            for key in [key for key, s in self.scopes.items() if s == scope]:
                self._drop(key)
                self.scopes[key] = scope
        if old.part():
            self._parted.append(old)

    def _release(self) -> None:
        """Go on for the browser that has come with a cookie, once the store knows whose it is."""
        keeper = self.keepers.get("browser")
        if keeper is not None and keeper.is_held and self._visitor.is_recognised():
            keeper.release(owners.of_browser(self._app, self._visitor.id))

    @property
    def _app(self) -> str:
        """The name of the app that this session runs."""
        assert self._run is not None
        return self._running.name(self.settings, self._run)

    def _terms(self, scope: str) -> Terms:
        settings, is_visitor = self.settings, scope == "browser"
        most = settings.max_owner_bytes
        return Terms(
            settings.max_value_bytes,
            BROWSER_BYTES if most is None and is_visitor else most,
            settings.expire_after,
            settings.expire_visitors_after,
            self._visit if is_visitor else None,
        )

    def _owner(self, scope: str) -> str:
        if scope == "session":
            return scope
        app = self._app
        self._running.enroll(app, self._store(), is_configured=self.settings.app is not None)
        if scope == "app":
            return owners.of_app(app)
        if scope == "user":
            user = runtime.user()
            if user is None:
                raise LoginRequired(
                    'scope="user" needs a logged-in user: call st.login() first, or use '
                    'scope="browser"'
                )
            return owners.of_user(app, user)
        return owners.of_browser(app, self._visitor.browser(self.settings, self._store()))

    def _owners(self) -> list[str]:
        """Return all owners whose values this session may keep, now or later in its run."""
        scopes = ["browser", "app"] if runtime.user() is None else ["browser", "app", "user"]
        return [self._owner(scope) for scope in scopes]

    def show(self, scope: str, keeper: Keeper, live: Liveness) -> None:
        """Have the page do its part: keep the cookie, listen for news, tell of trouble."""
        if scope == "browser":
            self._visitor.write_cookie()
        if live.is_on and scope != "session":
            self._live.show(scope, live.every, self._owners, self._keys())
        if keeper.trouble is not None and not self._warned and self._shows_warnings():
            self._warned = True
            notice.show_toast("Your changes cannot be saved at the moment.")
        if self._unsaid > 1 and self._run is not None and self._shows_warnings():
            # Each run asks for the next one, and has no end where a message could stand.
            self.report.show(self._refused(self._run, is_over=False), in_a_toast=True)

    def _keys(self) -> tuple[str, ...]:
        """Return what signs what the page brings back; nothing where the store has not said it."""
        with suppress(StoreUnavailable):
            return signing_keys(self.settings, register_of(self._store()))
        return ()

    def _restore(self, scope: str, keys: list[str]) -> None:
        keeper = self.keepers[scope]
        self._take_over(scope, keeper, keys)
        if scope == "user" and self.settings.on_login == "adopt":
            self._unadopted.update(keys)
            self._adopt(keeper)
        keeper.restore(keys)

    def _adopt(self, keeper: Keeper) -> bool:
        """Have the user take over what the browser has collected before; whether that is done."""
        browser = self._visitor.collected_before(self.settings, keeper.store)
        if browser is None and not self._visitor.is_certain:
            return False
        if browser is not None:
            source = owners.of_browser(self._app, browser)
            lifetime = keeper.lifetime  # longer than that of what a visitor leaves
            try:
                move(keeper.store, source, keeper.owner, self._unadopted, lifetime=lifetime)
            except StoreUnavailable:
                return False
            publish(keeper.store, keeper.owner, keeper.publisher)
        self._unadopted.clear()
        return True

    def _adopt_late(self, scope: str, keeper: Keeper) -> None:
        """Try again what the store did not do at the log-in: the next user is not to get it."""
        if scope == "user" and self._unadopted and self._adopt(keeper):
            keeper.refresh()

    def _take_over(self, scope: str, keeper: Keeper, keys: list[str]) -> None:
        """Take over what version 0.1 has kept of `keys`, when there were no apps."""
        if keeper.is_held or scope == "session" or not self._running.has_older:
            return
        who = runtime.user() if scope == "user" else self._visitor.id
        source = owners.before_apps(scope, who or "")
        if source != keeper.owner:
            with suppress(StoreUnavailable):  # the next session tries again
                move(keeper.store, source, keeper.owner, keys, lifetime=keeper.lifetime)

    def keep(
        self,
        scope: str,
        defaults: Mapping[str, Any],
        merge: Merge = additions,
        check: Check = anything,
        named: Sequence[object] = (),
        group_name: str | None = None,
    ) -> Group | None:
        """Restore the keys of `defaults` that are new here, and assert those that need it.

        Returns
        -------
        Group or None
            The one of this name, whose members they are.
        """
        for key in defaults:
            self._claim(key, scope)
        keeper = self.keeper(scope)
        self._adopt_late(scope, keeper)
        assert self._run is not None
        group = self.groups.join(group_name, scope, defaults)
        records, keys = defaults, list(defaults)
        if group is not None:
            self._claim(group.key, scope)
            records, keys = group.declare(defaults, named), list(group.entries)
            merge, check = merge_of(merge), group.check(check)
        new = [key for key in records if key not in keeper.entries]
        for key, default in records.items():
            types = types_of(default, named) if group is None else group.types
            keeper.declare(key, default, merge, check, types)
        if new:
            self._restore(scope, new)
        # Whoever asks for a key again has meant its deletion.
        self._deletions.settle(keys)
        if group is not None:
            group.load(self._run.values(keys))
        late = [key for key in keys if self._assignments.assign(key, moved=self._moved)]
        self._deletions.drop(keys)  # it was not the script that has let go of them
        if late:
            runtime.rerun()
        if group is not None:
            group.settle(self._run.values(keys))
        return group

    def _keeper_of(self, key: str) -> Keeper | Group:
        return self.groups.of(key) or self.keepers[self.scopes[key]]

    def _claim(self, key: str, scope: str) -> None:
        if self.scopes.setdefault(key, scope) != scope:
            raise InvalidArgument(
                f"key {key!r} is kept with scope={self.scopes[key]!r} and cannot have "
                f"scope={scope!r} too"
            )

    def binding_of(self, key: str, scope: str) -> Binding | None:
        """Return what a widget has held, also where the script has deleted that.

        What others have too is back in session state: the widget cannot show nothing.
        """
        state = runtime.session_state()
        found: Binding | None = state.get(PREFIX, {}).get(key)
        if scope in _OF_ONE_PAGE:
            return found
        found = found or self._bindings.get(key)
        if found is not None and key not in state:
            state[key] = found.stored
        return found

    def _let_binding_go(self, key: str) -> None:
        assert self._run is not None
        self._bindings.pop(key, None)
        self._run.snapshot().get(PREFIX, {}).pop(key, None)

    def keep_widget(self, key: str, scope: str, merge: Merge, binding: Binding | None) -> Any:
        """Return the record that the widget shall take over now, or MISSING."""
        self._claim(key, scope)
        keeper = self.keeper(scope)
        self._adopt_late(scope, keeper)
        if key not in keeper.entries:
            keeper.declare(key, MISSING, merge)
            self._restore(scope, [key])
        current = MISSING
        if binding is not None:
            current = record_of(key, binding, runtime.session_state().get(key))
        return keeper.incoming(key, current)

    def widget_took(self, key: str, record: Any, binding: Binding) -> None:
        """Note that the widget has taken over what `keep_widget` has returned."""
        self._bindings[key] = binding
        self.keepers[self.scopes[key]].taken(key, record)

    def reset(self, key: str) -> bool:
        """Set a key of `persist` back to its default; whether it is one."""
        keeper: Keeper | Group | None = self.keepers.get(self.scopes.get(key, ""))
        group = self.groups.of(key)
        keeper = group or keeper
        if keeper is None or key not in keeper.entries:
            return False
        keys = [key] if group is None else list(group.entries)
        defaults = {one: keeper.entries[one].default_value() for one in keys}
        try:
            keeper.clear(key)  # a deletion beats what other sessions have changed before it
        except StoreUnavailable as error:
            _log.warning(
                "reset(%r) holds for this session alone until the store is back: %s", key, error
            )
            if isinstance(keeper, Keeper) and defaults[key] is MISSING:
                keeper.delete(key, next_run=False)  # no edit would say so to the others later
        for one, default in defaults.items():
            if default is MISSING:
                runtime.session_state().pop(one, None)
            else:
                runtime.session_state()[one] = default
        self._deletions.drop(defaults)
        return True

    def stored(self, keys: Collection[str]) -> set[str]:
        """Return those of `keys` that an owner of this session has a record of.

        Raises
        ------
        StoreUnavailable
            Nobody can say.
        """
        store = self._store()
        loaded = (store.load(owner, keys) for owner in self._owners())
        return {key for found in loaded for key, r in found.items() if r.payload is not None}

    def increment(self, key: str, by: int) -> None:
        """Add to a key of `persist`."""
        keeper = self.keepers.get(self.scopes.get(key, ""))
        state = runtime.session_state()
        value = state.get(key, 0)
        if self.groups.of(key) is not None:
            raise InvalidArgument(
                f"key {key!r} is kept in a group, where the later value wins as a whole: use "
                f"st.session_state[{key!r}] += {by}"
            )
        if keeper is None or key not in keeper.entries or key in state.get(PREFIX, {}):
            raise InvalidArgument(f"key {key!r} is not kept; call persist({key!r}) first")
        if type(value) is not int:
            raise InvalidArgument(f"key {key!r} holds no whole number, but {shown(value)}")
        with keeper.adding(key, by):
            state[key] = value + by

    def forget(self, keys: list[str] | None) -> None:
        """Delete keys of every scope this session uses; None is all but those of ``"app"``."""
        keys = keys and self.groups.with_records(keys)
        self.keeper("browser")
        if runtime.user() is not None:
            self.keeper("user")
        scopes = dict(self.scopes)
        for scope, keeper in self.keepers.items():
            named = keys
            if keys is None and scope == "app":
                continue
            if keys is not None:
                named = [key for key in keys if scopes.get(key, scope) == scope]
                if not named:
                    continue  # one that cannot delete anything now has no say
            keeper.forget(named)
            for key in [k for k, s in self.scopes.items() if s == scope]:
                if named is None or key in named:
                    self._drop(key)

    def _drop(self, key: str) -> None:
        state = runtime.session_state()
        del self.scopes[key]
        self.groups.drop(key)
        self._assignments.drop(key)
        self._bindings.pop(key, None)
        state.get(PREFIX, {}).pop(key, None)
        state.pop(key, None)
        self._deletions.drop([key])


def session() -> Session:
    """Return the handle of the session that runs this script, up to date with its run."""
    state = runtime.session_state()
    found: Session | None = state.get(HANDLE_KEY)
    if found is None:
        found = state[HANDLE_KEY] = Session()
    found.begin()
    return found
