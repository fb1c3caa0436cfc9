"""What the page does unseen: it keeps a cookie, and hears of what other tabs have changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st
from streamlit.components import v2

from ._arguments import PREFIX

_WRITE_COOKIE = """
const read = (name) =>
  document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);

export default ({ data, setStateValue }) => {
  const secure = location.protocol === "https:";
  const name = secure ? `__Host-${data.name}` : data.name;
  const found = read(name);
  if (found === data.value) return;
  if (found && found !== data.replaces) {
    setStateValue("found", found); // another tab was first: all tabs are one browser
    return;
  }
  const site = !secure ? "; SameSite=Lax"
    : window.self === window.top ? "; Secure; SameSite=Lax"
    : "; Secure; SameSite=None; Partitioned";
  document.cookie = `${name}=${data.value}; Path=/; Max-Age=34560000${site}`;
  if (read(name) !== data.value) setStateValue("found", "");
};
"""


_COOKIE_KEY = f"{PREFIX}:cookie"


def write_cookie(
    name: str, value: str, replaces: str | None, on_found: Callable[[str], None]
) -> None:
    """Have the page keep a cookie.

    `on_found` hears of one that another tab has written first, and of an empty one where the
    browser keeps none. The page says nothing where all is well: each word is a run of the script.
    """

    def found() -> None:
        state = st.session_state.get(_COOKIE_KEY)
        value = state.get("found") if state else None
        if isinstance(value, str):
            on_found(value)

    # Where Streamlit puts toasts: no part of the page, so that nothing moves, not even at first.
    with st._event:
        _cookie_writer()(
            key=_COOKIE_KEY,
            data={"name": name, "value": value, "replaces": replaces},
            on_found_change=found,
        )


@cache
def _cookie_writer() -> Callable[..., Any]:
    return v2.component(f"{PREFIX}.cookie", js=_WRITE_COOKIE)


# Every tab tells the others when a run of its script has ended, unless it ran because of them, and
# asks for news when it is told. It waits with that while it is hidden, while its own script runs,
# and while somebody has typed something that is not committed.
_LISTEN = """
const QUIET = 100; // ms; what follows sooner belongs to the same answer of the server
const RECENT = 5000; // ms; a tab that opens may have been too late to hear what was told since then
const CHANGED = "changed", OPENED = "opened";

const start = ({ runs }) => {
  const app = document.querySelector("[data-testid=stApp]");
  const channel = new BroadcastChannel("streamlit_persistent_state");
  const live = {};
  let known = { runs, echo: 0, looks: 0, news: 0 };
  let told = false, typing = false, asked = false, timer = 0, last = -RECENT;
  const isIdle = () => app.dataset.testScriptState === "notRunning";
  const ask = () => {
    if (!told || typing || document.hidden || !isIdle() || !live.element.isConnected) return;
    told = false;
    asked = true;
    live.ask();
  };
  const tell = () => { last = performance.now(); channel.postMessage(CHANGED); };
  const settle = () => {
    const { runs, echo, looks, news } = live.data;
    const isAnswered = looks !== known.looks || echo !== known.echo;
    const isOwn = runs - known.runs > echo - known.echo || !isAnswered;
    told ||= news !== known.news || (asked && !isAnswered);
    known = live.data;
    asked = false;
    if (isOwn) tell();
    ask();
  };
  channel.onmessage = ({ data }) => {
    if (data === OPENED && performance.now() - last < RECENT) tell();
    if (data !== CHANGED) return;
    told = true;
    ask();
  };
  channel.postMessage(OPENED);
  if (runs > 1) tell();
  document.addEventListener("visibilitychange", ask);
  document.addEventListener("input", (event) => {
    const field = event.composedPath()[0];
    typing = field.matches("textarea, [contenteditable], input:not([type=range], [type=checkbox])");
  }, true);
  const commit = () => { typing = false; setTimeout(ask, QUIET); };
  for (const end of ["change", "focusout"]) document.addEventListener(end, commit, true);
  document.addEventListener("keydown", (event) => { if (event.key === "Enter") commit(); }, true);
  new MutationObserver(() => {
    clearTimeout(timer);
    if (isIdle()) timer = setTimeout(settle, QUIET);
  }).observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
  return live;
};
const slot = Symbol.for("streamlit_persistent_state.live");

export default ({ data, setTriggerValue, parentElement }) => {
  const live = (window[slot] ??= start(data));
  live.data = data;
  live.element = parentElement;
  live.ask = () => setTriggerValue("look", Date.now());
};
"""


def listen(
    every: float | None, on_ask: Callable[[], None], data: Callable[[], dict[str, int]]
) -> None:
    """Have the page look for news: when another tab tells of some, and every so many seconds.

    Parameters
    ----------
    every : float or None
        Seconds between two looks of the server without being asked.
    on_ask : callable
        Called when the page asks; `data` is called next.
    data : callable
        Returns what the page is to know; may rerun the script instead. It counts the ``runs`` of
        the script, those that are an ``echo`` of what others did, the ``looks`` that the page has
        asked for, and the ``news`` for which it shall ask.
    """

    @st.fragment(run_every=every)
    def fragment() -> None:
        _listener()(key=_LIVE_KEY, data=data(), on_look_change=on_ask)

    with st._event:
        fragment()


_LIVE_KEY = f"{PREFIX}:live"


@cache
def _listener() -> Callable[..., Any]:
    return v2.component(f"{PREFIX}.live", js=_LISTEN)
