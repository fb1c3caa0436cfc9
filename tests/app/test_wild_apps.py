"""Apps as people write them, with what cannot be kept in their state: the line harms none of them.

Each is used twice, without the line and with it. Every element of every run is the same but for
the one message below, every click counts, and what can be kept is there in the next session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from streamlit.testing.v1 import AppTest

from streamlit_persistent_state import _settings, configure
from streamlit_persistent_state._streamlit.handle import HANDLE_KEY
from streamlit_persistent_state.stores import MemoryStore

HEAD = """
import streamlit as st
from streamlit_persistent_state import persist
"""

TABLE = """
import pandas as pd
state = st.session_state
{line}
if "df" not in state:
    state.df = None
state.setdefault("threshold", 10)
state.setdefault("clicks", 0)

class Model:
    def predict(self, df):
        return len(df)
    def __eq__(self, other):
        return self.predict(other.predict)

if st.button("Load"):
    state.model = Model()
    state.df = pd.DataFrame({{"a": [5, 15, 25]}})
    state.clicks += 1
st.slider("Threshold", 0, 30, key="threshold")
if st.button("Drop first") and state.df is not None:
    state.df = state.df.iloc[1:]
    state.clicks += 1
if state.df is None:
    st.info("Load a table")
    st.stop()
st.metric("Rows above", int((state.df["a"] > state.threshold).sum()))
st.dataframe(state.df)
st.text(f"{{state.clicks}} clicks")
"""

CHAT = """
import threading

class Completions:
    def create(self, messages):
        return f"You said {{messages[-1]['content']}}"

class OpenAI:
    def __init__(self):
        self.lock, self.completions = threading.Lock(), Completions()
    def __enter__(self):
        return self
    def __exit__(self, *args):
        pass

state = st.session_state
{line}
if "client" not in state:
    state.client = OpenAI()
if "messages" not in state:
    state.messages = [{{"role": "assistant", "content": "Hello"}}]
if "chain" not in state:
    state.chain = {{"client": state.client, "temperature": 0.5}}
for message in state.messages:
    with st.chat_message(message["role"]):
        st.markdown(message["content"])
if prompt := st.chat_input("Say"):
    state.messages.append({{"role": "user", "content": prompt}})
    answer = state.client.completions.create(state.messages)
    state.messages.append({{"role": "assistant", "content": answer}})
    st.rerun()
if st.sidebar.button("Clear"):
    state.messages = []
    st.rerun()
st.sidebar.text(f"{{len(state.messages)}} messages")
"""

TASKS = """
class Task:
    def __init__(self, text):
        self.text, self.is_done = text, False
    def __eq__(self, other):
        raise TypeError("tasks are not compared")
    __hash__ = None

state = st.session_state
{line}
if "tasks" not in state:
    state.tasks = []
state.setdefault("total", 0)
state.setdefault("seen", set())

def add():
    state.tasks.append(Task(state.text))
    state.seen.add(state.text)
    state.total += 1
    state.text = ""

st.text_input("Text", key="text")
st.button("Add", on_click=add)
for number, task in enumerate(state.tasks):
    st.text(f"{{number}}: {{task.text}} {{task.is_done}}")
    if st.button(f"Finish {{number}}"):
        task.is_done = True
        st.rerun()
st.text(f"{{state.total}} of {{len(state.seen)}}")
"""

FILES = """
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

state = st.session_state
{line}
if "files" not in state:
    state.files, state.names = {{}}, []
if st.button("Upload"):
    name = f"file{{len(state.names)}}.csv"
    record = UploadedFileRec(name, name, "text/csv", b"a,b")
    state.files[name] = UploadedFile(record, FileURLs())
    state.names.append(name)
    state.lines = (line for line in "ab")
if st.button("Read"):
    state.text = state.files[state.names[-1]].getvalue().decode()
tab, other = st.tabs(["Files", "Text"])
tab.write(state.names)
other.text(state.get("text", "nothing read"))

@st.fragment
def count():
    if st.button("Count"):
        state.count = state.get("count", 0) + 1
    st.text(f"counted {{state.get('count', 0)}}")

count()
"""


class App(NamedTuple):
    """An app, what is done in it, and what of it can be kept."""

    source: str
    keys: str
    does: list[Callable[[AppTest], Any]]
    refused: list[str]
    kept: list[str]


def click(label: str) -> Callable[[AppTest], Any]:
    return lambda at: next(button for button in at.button if button.label == label).click()


def say(text: str) -> Callable[[AppTest], Any]:
    return lambda at: at.chat_input[0].set_value(text)


def write(text: str) -> Callable[[AppTest], Any]:
    return lambda at: at.text_input[0].set_value(text)


APPS = {
    "a table": App(
        TABLE,
        '"df", "threshold", "clicks", "model"',
        [
            click("Load"),
            lambda at: at.slider[0].set_value(20),
            click("Drop first"),
            click("Load"),
            click("Drop first"),
        ],
        ["`model`: `__main__.Model`"],
        ["threshold", "clicks"],
    ),
    "a chat": App(
        CHAT,
        '"client", "messages", "chain"',
        [say("one"), say("two"), click("Clear"), say("three")],
        ["`client`: `__main__.OpenAI`", "`chain`: `__main__.OpenAI` at `['client']`"],
        ["messages"],
    ),
    "tasks": App(
        TASKS,
        '"tasks", "total", "seen", "text"',
        [write("a"), click("Add"), write("b"), click("Add"), click("Finish 1"), click("Finish 0")],
        ["`tasks`: `__main__.Task` at `[0]`"],
        ["total", "seen"],
    ),
    "files": App(
        FILES,
        '"files", "names", "text", "count", "lines"',
        [click("Upload"), click("Read"), click("Count"), click("Upload"), click("Read")],
        ["`lines`: `builtins.generator`"],
        ["names", "text", "count"],
    ),
}


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """A store that all apps of a test share, as `configure` names one."""
    monkeypatch.setattr(_settings, "_configured", {})
    store = MemoryStore()
    configure(store=store)
    return store


def started(app: App, line: str) -> AppTest:
    # The first to import pandas waits for it.
    return AppTest.from_string(HEAD + app.source.format(line=line), default_timeout=60).run()


def elements(at: AppTest) -> list[tuple[str, str]]:
    """Return what the page shows, but for our message."""
    all_there_are: list[Any] = [*at.main, *at.sidebar]
    found = [(e.type, repr(e.value)) for e in all_there_are if hasattr(e, "value")]
    return [(kind, value) for kind, value in found if "`persist` has a problem" not in value]


def message(at: AppTest) -> list[str]:
    return [box.value for box in at.warning if "`persist` has a problem" in box.value]


@pytest.mark.parametrize("name", APPS)
def test_the_line_harms_no_app(name: str) -> None:
    """Not in any run, not by what it shows, and not in what it keeps."""
    app = APPS[name]
    line = f'persist({app.keys}, scope="app")'
    without, at = started(app, ""), started(app, line)
    for do in app.does:
        assert elements(at) == elements(without)
        for page in (at, without):
            do(page).run()
            assert not page.exception, page.exception
            # In older AppTests what a run has drawn before its st.rerun() is left on the page.
            page.run()
    assert elements(at) == elements(without)
    (text,) = message(at)
    for refused in app.refused:
        assert refused in text
    assert text.count("\n- ") == len(app.refused)

    assert at.session_state[HANDLE_KEY].save()
    again = started(app, line)
    assert not again.exception, again.exception
    for key in app.kept:
        assert again.session_state[key] == at.session_state[key]
