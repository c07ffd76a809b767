"""The promise of the desk: a customer has exactly what whoever had their ticket wrote to them, as
last changed; whatever else is said in the thread, and whatever is done there, never leaves.

What the desk does is held against `transcript.py`, which knows nothing of how it is done. On trial
it found each of these, planted one at a time: the mark `//` not looked for in an edit; a
colleague's words taken for the claimer's; a press that sends somebody else's words; one that sends
what was written before it was edited or deleted; no hold; the queue in another order; an edit to
fewer parts that leaves the surplus; one to more parts that is sent by halves."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.event import listen

from bot.knowledge.base import KnowledgeBase, load
from bot.storage.database import Database
from bot.storage.upgrade import upgrade
from tests.handoff.one_thread import Thread
from tests.handoff.transcript import HOLD, Transcript
from tests.small_shop import write_small_shop


@dataclass(frozen=True)
class Act:
    """Somebody does something; `which` counts the messages back from the newest."""

    what: str
    who: str
    to: str
    which: int
    mark: str
    parts: int
    seconds: int


# As often as people do it, or a little more where it may go wrong.
WHAT = ["write"] * 6 + ["edit"] * 5 + ["delete"] * 2 + ["claim_send", "send_note"] * 2
WHAT += ["claim"] * 3 + ["release", "resolve", "reopen", "transfer", "ask", "come or go"]
WHAT += ["wait"] * 5
OWNER = "owner"  # whoever has the ticket then
PEOPLE = [OWNER] * 5 + ["ivo", "eva", "eva", "otto"]
ACTS = st.builds(
    Act,
    what=st.sampled_from(WHAT),
    who=st.sampled_from(PEOPLE),
    to=st.sampled_from(["eva", "ivo", "otto"]),
    which=st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5]),
    mark=st.sampled_from(["", "", "", "", "// ", "//"]),
    parts=st.integers(1, 3),
    seconds=st.sampled_from([1, 3, HOLD, 30]),
)


class Both:
    """The real thread and what is promised of it, side by side."""

    def __init__(self, real: Thread) -> None:
        self.real = real
        self.promised = Transcript(members=set(real.members))
        self._words = 0
        self.real.press("ivo", "claim")
        self.promised.owner, self.promised.is_closed = self.real.owner()

    def do(self, act: Act) -> None:
        """Do it in both."""
        if act.who == OWNER:
            act = replace(act, who=self.promised.owner or "ivo")
        match act.what:
            case "write":
                text = self._text(act)
                self.promised.write(act.who, self.real.write(act.who, text), text)
            case "edit":
                self._edit(act)
            case "delete":
                self._delete(act)
            case "claim_send" | "send_note":
                self._send(act)
            case "wait":
                self.wait(act.seconds)
            case "come or go":  # onto the desk, or off it
                self.real.members ^= {act.who}
                self.promised.members ^= {act.who}
            case _:
                self._course(act)

    def wait(self, seconds: int) -> None:
        """Let time pass, and see that nothing was sent that may not."""
        self.promised.passes(seconds)
        self.real.settle(seconds)
        assert set(self.real.chat.ever) <= self.promised.allowed

    def _course(self, act: Act) -> None:
        """Who has the ticket is decided elsewhere, and tested there."""
        if act.what == "transfer":
            self.real.transfer(act.who, act.to)
        elif act.what != "ask":
            self.real.press(act.who, act.what)
        elif self.promised.owner or not self.promised.is_closed:  # or it would be another ticket
            self.real.asks("Is anybody there?")
        self.promised.owner, self.promised.is_closed = self.real.owner()

    def _send(self, act: Act) -> None:
        if ts := self._chosen(act, list(self.promised.thread)):
            self.promised.press(act.who, ts, act.what)
            self.real.press(act.who, act.what, ts)
            assert self.real.owner() == (self.promised.owner, self.promised.is_closed)

    def _edit(self, act: Act) -> None:
        if ts := self._chosen(act, self.promised.editable()):
            text = self._text(act)
            self.promised.edit(ts, text)
            self.real.write(self.promised.thread[ts].author, text, ts, "edited")

    def _delete(self, act: Act) -> None:
        if ts := self._chosen(act, self.promised.editable()):
            self.promised.delete(ts)
            self.real.write(self.promised.thread[ts].author, "", ts, "deleted")

    @staticmethod
    def _chosen(act: Act, among: Sequence[str]) -> str:
        return among[-1 - act.which % len(among)] if among else ""

    def _text(self, act: Act) -> str:
        """Words that nobody has used before."""
        self._words += 1
        return act.mark + "|".join(f"w{self._words}.{part}" for part in range(act.parts))


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """A small shop's phrases and policy."""
    return load(write_small_shop(tmp_path_factory.mktemp("shop")), "en", date(2026, 11, 23))


@pytest.fixture
def thread(tmp_path: Path, kb: KnowledgeBase) -> Callable[[], Thread]:
    """A new thread, each time it is called."""
    empty, numbers = tmp_path / "empty.db", itertools.count(1)
    database = Database(f"sqlite:///{empty}")
    upgrade(database)
    database.close()

    def begin() -> Thread:
        copy = shutil.copyfile(empty, tmp_path / f"{next(numbers)}.db")
        database = Database(f"sqlite:///{copy}")
        listen(database.engine, "connect", _in_a_hurry)
        return Thread(database, kb)

    return begin


def _in_a_hurry(connection: Any, _record: Any) -> None:
    """What it holds is gone with the test anyway, so it need not wait for the disk."""
    connection.execute("PRAGMA synchronous=OFF")


def test_a_note_never_leaves_and_every_reply_arrives(thread: Callable[[], Thread]) -> None:
    """Whatever people do, the customer has the replies, in order and as last changed: no more."""

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(ACTS, min_size=40, max_size=60))
    def check(acts: list[Act]) -> None:
        both = Both(thread())
        try:
            for act in acts:
                both.do(act)
            both.wait(60)
            assert both.real.chat.from_colleagues == both.promised.seen
        finally:
            both.real.close()

    check()
