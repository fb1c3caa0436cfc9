"""Several sessions in several processes on one store: carries out a plan and checks each step."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from streamlit_persistent_state._process import running_in
from streamlit_persistent_state._sync.ledger import Terms
from streamlit_persistent_state._sync.lifetime import Visit
from streamlit_persistent_state._sync.transfer import move
from streamlit_persistent_state.errors import StoreUnavailable
from streamlit_persistent_state.stores import MemoryStore, Store

from .oracle import NOWHERE, Act, Broken, Oracle
from .plans import Do, Plan, Setup, Step
from .processes import SimulatedProcess, Time
from .server import Fault, Server, View
from .tab import Tab
from .values import CHANGES, COUNT, FORM, KEYS, LOG, NAME, WIDGET, acts_in, summand

ALL_KEYS = (*KEYS, WIDGET)
_LIFE = timedelta(hours=1)
_MAX_BYTES = 100_000
_TABS, _PEOPLE = 10, 2
_PAUSES = (0.0, 0.001, 0.05, 0.3, 1.0, 3.0, 3.0, 60.0)
_FAULTS = tuple(Fault)
_STEP_SECONDS = 0.001
_PLACES = 3
"""How many values of a key quarantine holds."""
_MOST_ACTS = 10_000
_ROUNDS = 4
"""In how many rounds all have seen what all have done, once the store is back."""


class Node:
    """A process with its connection and its tabs."""

    def __init__(self, server: Server, process: SimulatedProcess) -> None:
        self.process, self.view = process, View(server, process)
        self.tabs: list[Tab] = []
        self.ended: list[Tab] = []


class World:
    """What a plan is carried out in.

    Parameters
    ----------
    stores : list of Store, optional
        Where records lie; the second takes the place of the first for a while.
    time : Time, optional
    name : str
        Part of the names of all owners, for stores that serve several worlds.
    """

    def __init__(
        self,
        setup: Setup,
        stores: list[Store] | None = None,
        time: Time | None = None,
        name: str = "",
    ) -> None:
        self.setup, self.name = setup, name
        self.time = time or Time()
        self._server = Server(self.time, stores or [MemoryStore(), MemoryStore()], setup.skews[-1])
        self._server.deleted = self._is_deleted
        self._server.moved = self._is_moved
        self.oracle = Oracle(self.time.blur + max(setup.skews) - min(setup.skews))
        self._terms = Terms(_MAX_BYTES, expire_after=_LIFE if setup.expires else None)
        self._browsers = replace(self._terms, visit=Visit(has_acted=True))
        self._nodes = [self._node(skew) for skew in setup.skews[:-1]]
        self._acts: dict[Tab, list[Act]] = {}
        self._unsaved_resets: dict[tuple[Tab, str], float] = {}
        self._owners: set[str] = set()
        self._loses_records = False

    def _node(self, skew: float) -> Node:
        return Node(self._server, SimulatedProcess(self.time, skew))

    def _is_deleted(self, owner: str, keys: Collection[str] | None, store: int) -> None:
        named = ALL_KEYS if keys is None else keys
        self.oracle.deleting(owner, named, self.time.now, store)

    def _is_moved(self, owner: str, target: str) -> None:
        self.oracle.moving(owner, target, self.time.now)

    # steps

    def do(self, step: Step) -> None:
        """Carry out a step, and check what must be true after it."""
        self.time.elapsed += _STEP_SECONDS
        self._carry_out(step)
        changed, self._server.changed = self._server.changed, set()
        for owner in sorted(changed & self._owners):
            self._check(owner)

    def _carry_out(self, step: Step) -> None:
        if step.do is Do.OPEN:
            node = self._nodes[step.who % len(self._nodes)]
            self._open(node, f"browser {step.what % self.setup.browsers}{self.name}")
            return
        if step.do in _WITHOUT_TAB:
            _WITHOUT_TAB[step.do](self, step)
            return
        tabs = [(node, tab) for node in self._nodes for tab in node.tabs]
        if tabs:
            node, tab = tabs[step.who % len(tabs)]
            # In a process that waits for the store others may wait with it.
            if tab.is_running or node.process.is_busy:
                return
            with running_in(node.process):
                _BY_TAB[step.do](self, node, tab, step)

    def _open(self, node: Node, owner: str, before: Tab | None = None) -> None:
        # In a process that waits for the store a page that loads waits with it.
        if len(node.tabs) >= _TABS or node.process.is_busy:
            return
        with running_in(node.process):
            mount = before.mount if before is not None else None
            terms = self._terms if owner.startswith("user:") else self._browsers
            tab = Tab(node.process, node.view, owner, terms, mount=mount, greets=self.setup.greets)
            node.tabs.append(tab)
            self._owners.add(owner)
            self._acts[tab] = []
            self._run(tab)
            if before is not None and tab.mount is mount:
                # What only the page knows of has come with it.
                told = [act for act in self._acts[before] if act.key == WIDGET]
                self._acts[tab] += told
                if tab.binding is not None:
                    # A reset that the session has not saved is lost with its process.
                    state = tab.binding.state
                    if mount is not None and mount.totals["resets"]:
                        self.oracle.widget_reset(owner, state.resets, state.id)  # it is told again
                    for act in told:
                        self.oracle.told(owner, act, min(act.resets, state.resets), state.id)

    def _run(self, tab: Tab) -> None:
        tab.run()
        for key in ALL_KEYS:
            self.oracle.check_seen(tab.owner, key, tab.value(key), "on the screen")
        if tab.mount is not None and tab.binding is not None:
            value = tab.binding.value
            if tab.mount.shown() != (value.counter, value.text):
                raise Broken("screen", f"the widget shows {tab.mount.shown()}, it holds {value}")

    def _save(self, tab: Tab, *, insist: bool = False) -> bool:
        deleting = tab.deleting
        saved = tab.save(insist=insist)
        pending = tab.pending
        if deleted := deleting - tab.deleting:
            self.oracle.deleted(tab.owner, deleted, self.time.now, self._server.number)
        if saved and pending:
            raise Broken("pending", f"all is saved, and {sorted(pending)} are pending")
        for key in ALL_KEYS:
            if key not in pending:
                self._unsaved_resets.pop((tab, key), None)
        for act in self._acts[tab]:
            if act.acknowledged is None and act.key not in pending:
                act.acknowledged = self._server.number
        return saved

    def _do(self, tab: Tab, key: str, change: Callable[[int], object]) -> None:
        """Let the user do something that puts its number into a value, then run the script."""
        number = self.oracle.next_number(tab.owner, key)
        if number is None:
            return
        before = acts_in(key, tab.value(key))
        tab.acts()
        change(number)
        binding = tab.binding
        resets, life = 0, ""
        if key == WIDGET and binding is not None:
            resets, life = binding.state.resets, binding.state.id
        act = self.oracle.done(tab.owner, key, number, self.time.now, resets=resets, life=life)
        for home in sorted(self._homes(tab, key)):
            self.oracle.may_go(act, home)
            if key == WIDGET:
                self.oracle.told(home, act, resets, life)
        self._acts[tab].append(act)
        after = acts_in(key, tab.value(key))
        self.oracle.taken_out(key, before.keys() - after.keys())
        act.may_be_gone |= number not in after
        self._run(tab)
        if binding is not None and key == WIDGET and binding.state.id != life:
            # It goes on with what others have begun anew, and counts resets as they do.
            self.oracle.told(tab.owner, act, binding.state.resets, binding.state.id)

    def _homes(self, tab: Tab, key: str) -> set[str]:
        """Return where what is done now may go: along with what is not saved below it."""
        unsaved = (act for act in self._acts[tab] if act.acknowledged in (None, NOWHERE))
        homes = {home for act in unsaved if act.key == key for home in act.homes}
        if (tab, key) in self._unsaved_resets:
            homes |= self.oracle.homes(tab.owner, self._unsaved_resets[tab, key])
        return homes

    def _add(self, node: Node, tab: Tab, step: Step) -> None:
        self._do(tab, COUNT, lambda act: tab.increment(COUNT, summand(COUNT, act)))

    def _change(self, node: Node, tab: Tab, step: Step) -> None:
        key = (LOG, NAME, FORM)[step.what % 3]
        change = CHANGES[key][step.what // 3 % len(CHANGES[key])]

        def do(act: int) -> None:
            tab.state[key] = change.do(tab.value(key), act, step.how)

        self._do(tab, key, do)

    def _click(self, node: Node, tab: Tab, step: Step) -> None:
        mount = tab.mount
        if mount is None:
            return

        def click(act: int) -> None:
            mount.step(summand(WIDGET, act))
            tab.tell()

        self._do(tab, WIDGET, click)

    def _reset_widget(self, node: Node, tab: Tab, step: Step) -> None:
        tab.acts()
        self.oracle.taken_out(WIDGET, acts_in(WIDGET, tab.value(WIDGET)))
        if step.how % 2 and tab.mount is not None:
            tab.mount.reset()
            tab.tell()
        else:
            tab.reset_widget()
        self._unsaved_resets.setdefault((tab, WIDGET), self.time.now)
        if tab.binding is not None:
            state = tab.binding.state
            for home in {tab.owner: None, **dict.fromkeys(sorted(self._homes(tab, WIDGET)))}:
                self.oracle.widget_reset(home, state.resets, state.id)
        self._run(tab)

    def _reset(self, node: Node, tab: Tab, step: Step) -> None:
        if node.process.is_busy:
            return
        key = KEYS[step.what % len(KEYS)]
        tab.acts()
        self.oracle.taken_out(key, acts_in(key, tab.value(key)))
        if tab.reset(key):
            self.oracle.deleted(tab.owner, [key], self.time.now, self._server.number)
        else:
            self._unsaved_resets.setdefault((tab, key), self.time.now)
        self._run(tab)

    def _forget(self, node: Node, tab: Tab, step: Step) -> None:
        if node.process.is_busy:
            return
        keys = [ALL_KEYS[step.what % len(ALL_KEYS)]] if step.how % 4 else None
        named = ALL_KEYS if keys is None else keys
        tab.acts()
        with suppress(StoreUnavailable):
            tab.forget(keys)
            self.oracle.deleted(tab.owner, named, self.time.now, self._server.number)
        self._run(tab)

    def _delete(self, node: Node, tab: Tab, step: Step) -> None:
        key = KEYS[step.what % len(KEYS)]
        tab.acts()
        self.oracle.taken_out(key, acts_in(key, tab.value(key)))
        is_last = bool(step.how % 2)
        tab.delete(key, next_run=is_last)
        if not is_last:
            self._run(tab)

    def _run_again(self, node: Node, tab: Tab, step: Step) -> None:
        self._run(tab)

    def _save_now(self, node: Node, tab: Tab, step: Step) -> None:
        if not node.process.is_busy:
            self._save(tab, insist=step.how % 8 == 0)

    def _look(self, node: Node, tab: Tab, step: Step) -> None:
        # In a process that waits for the store a tab that looks waits with it.
        if not node.process.is_busy and tab.look_around():
            self._run(tab)

    def _end(self, node: Node, tab: Tab, step: Step) -> None:
        if node.process.is_busy:
            return
        node.tabs.remove(tab)
        if not self._save(tab):
            node.ended.append(tab)

    def _log_in(self, node: Node, tab: Tab, step: Step) -> None:
        if node.process.is_busy or tab.owner.startswith("user:"):
            return
        user = f"user:{step.what % _PEOPLE}{self.name}"
        self._owners.add(user)
        self.oracle.moving(tab.owner, user, self.time.now)
        with suppress(StoreUnavailable):
            move(node.view, tab.owner, user, ALL_KEYS)
        # Somebody may have done something meanwhile.
        self.oracle.moving(tab.owner, user, self.time.now)
        self._open(node, user)

    def _reconnect(self, node: Node, tab: Tab, step: Step) -> None:
        """Lose the connection: the page goes on with a session elsewhere."""
        if node.process.is_busy:
            return
        self._end(node, tab, step)
        self._open(self._nodes[step.what % len(self._nodes)], tab.owner, tab)

    def _retry(self, step: Step) -> None:
        node = self._nodes[step.who % len(self._nodes)]
        if node.process.is_busy:
            return
        with running_in(node.process):
            node.ended = [tab for tab in node.ended if not self._save(tab)]

    def _crash(self, step: Step) -> None:
        number = step.who % len(self._nodes)
        node = self._nodes[number]
        if node.process.is_busy:
            return
        self._nodes[number] = self._node(node.process.skew)
        for tab in node.tabs:
            if step.how % 2:
                self._open(self._nodes[step.what % len(self._nodes)], tab.owner, tab)

    def _fail(self, step: Step) -> None:
        view = self._nodes[step.who % len(self._nodes)].view
        view.faults += [_FAULTS[(step.what + n * step.how) % 3] for n in range(1 + step.how % 5)]

    def _arrive(self, step: Step) -> None:
        self._server.do_late_calls()

    def _meanwhile(self, step: Step) -> None:
        """While some process waits for the store, somebody does something."""
        view = self._nodes[step.who % len(self._nodes)].view
        kind = _MEANWHILE[step.what % len(_MEANWHILE)]
        then = Step(kind, step.how % 12, step.how // 12, step.how)
        view.meanwhile.append(lambda: self._carry_out(then))

    def _replace(self, step: Step) -> None:
        for acts in self._acts.values():
            for act in acts:
                # Siblings may have had it saved, or not: neither store is known to owe it.
                if act.acknowledged is None:
                    act.acknowledged = NOWHERE
        self._server.replace()
        self.oracle.replaced()
        self._loses_records = True

    def _wait(self, step: Step) -> None:
        self.time.elapsed += _PAUSES[step.what % len(_PAUSES)]
        if self.setup.expires and step.how % 20 == 0:
            self.time.elapsed += _LIFE.total_seconds()
            self._server.call("sweep")
            self.oracle.forgive()
            self._loses_records = True

    def trace(self) -> str:
        """Return all there is in the stores, as text that is the same for the same run."""
        return repr([*self._server.call("records"), self.time])

    # checks

    def _check(self, owner: str) -> None:
        store = self._server.number
        found: dict[str, tuple[dict[str, Any], dict[str, list[Any]]]] = {owner: self._stored(owner)}

        def held(home: str, key: str) -> Collection[int]:
            if home not in found:
                found[home] = self._stored(home)
            values, quarantined = found[home]
            if len(quarantined.get(key, [])) == _PLACES:
                return range(_MOST_ACTS)  # the next one is lost, and that is logged
            kept = (acts_in(key, value) for value in quarantined.get(key, []))
            return {*acts_in(key, values[key]), *(number for acts in kept for number in acts)}

        for key, value in found[owner][0].items():
            self.oracle.check_seen(owner, key, value, "in the store")
            self.oracle.check_stored(owner, key, store, value, partial(held, key=key))

    def _stored(self, owner: str) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        """Return what a new session finds, and what lies in quarantine."""
        process = SimulatedProcess(self.time)
        with running_in(process):
            tab = Tab(process, self._server.copy(owner), owner, self._terms)
            tab.run()
            quarantined = tab.quarantined()
        return {key: tab.value(key) for key in ALL_KEYS}, quarantined

    def finish(self) -> None:
        """Let the store be well again and all have their turn, then check that all agree."""
        for node in self._nodes:
            node.view.faults.clear()
            node.view.meanwhile.clear()
        self._server.do_late_calls()
        for _ in range(_ROUNDS):
            self.time.elapsed += 10.0
            for node in self._nodes:
                with running_in(node.process):
                    node.ended = [tab for tab in node.ended if not self._save(tab)]
                    for tab in node.tabs:
                        tab.look_around()
                        self._run(tab)
                        self._save(tab)
        for owner in sorted(self._owners):
            self._check(owner)
            self._check_agreement(owner)

    def _check_agreement(self, owner: str) -> None:
        stored, _ = self._stored(owner)
        for node in self._nodes:
            for tab in [*node.tabs, *node.ended]:
                if tab.pending:
                    raise Broken("saved", f"{sorted(tab.pending)} of {owner} never are")
                if self._loses_records or tab.owner != owner or tab not in node.tabs:
                    continue  # a tab goes on with what its store has lost
                for key in ALL_KEYS:
                    if tab.value(key) != stored[key]:
                        raise Broken(
                            "agreement", f"{key}: {tab.value(key)!r} here, {stored[key]!r} there"
                        )


_WITHOUT_TAB: dict[Do, Callable[[World, Step], None]] = {
    Do.RETRY: World._retry,
    Do.CRASH: World._crash,
    Do.FAIL: World._fail,
    Do.ARRIVE: World._arrive,
    Do.MEANWHILE: World._meanwhile,
    Do.REPLACE: World._replace,
    Do.WAIT: World._wait,
}
_BY_TAB: dict[Do, Callable[[World, Node, Tab, Step], None]] = {
    Do.RECONNECT: World._reconnect,
    Do.LOG_IN: World._log_in,
    Do.END: World._end,
    Do.ADD: World._add,
    Do.CHANGE: World._change,
    Do.CLICK: World._click,
    Do.RESET: World._reset,
    Do.RESET_WIDGET: World._reset_widget,
    Do.FORGET: World._forget,
    Do.DELETE: World._delete,
    Do.RUN: World._run_again,
    Do.SAVE: World._save_now,
    Do.LOOK: World._look,
}
_MEANWHILE = (Do.OPEN, Do.ADD, Do.CHANGE, Do.CLICK, Do.RUN, Do.SAVE, Do.SAVE, Do.LOOK, Do.FORGET)


def carry_out(
    plan: Plan, stores: list[Store] | None = None, time: Time | None = None, name: str = ""
) -> World:
    """Carry out a plan from its beginning to its end; raises `Broken` where a promise is."""
    world = World(plan.setup, stores, time, name)
    for step in plan.steps:
        world.do(step)
    world.finish()
    return world
