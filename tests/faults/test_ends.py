"""How a send may end, told by a channel that misbehaves on order: nothing is hidden, nobody waits
for somebody else's message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session

from bot import outbox
from bot.domain import Address, Event, NotSent, Outgoing, Receive, Refused, Reply, Uncertain
from bot.knowledge.base import KnowledgeBase
from bot.outbox import OUTBOX, Draft
from bot.service import House
from bot.storage import lanes
from bot.storage.database import Database
from bot.workers import Bells, OutboxWorker, backoff
from handoff.rows import Desk

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class Awkward:
    """A channel whose sends do what the test says, and which may know what has arrived."""

    name = "awkward"
    pace = rate = 0.0

    def __init__(self) -> None:
        self.posted: list[str] = []
        self.trouble: dict[str, list[Callable[[], None]]] = {}
        self.knows: str | None = None  # what `find` answers

    async def listen(self, receive: Receive) -> None: ...

    def parse(self, raw: Mapping[str, Any]) -> Event | None:
        return None

    async def complete(self, event: Event) -> Event:
        return event

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        if item.reply.text == "unspeakable":
            raise ZeroDivisionError("the renderer has a fault")
        return [item]

    async def send(self, item: Outgoing) -> str:
        waiting = self.trouble.get(item.reply.text)
        if waiting:
            waiting.pop(0)()
        self.posted.append(item.reply.text)
        return str(len(self.posted))

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        return self.knows


class Out:
    """An outbox worker with a clock that jumps to whatever is due next."""

    def __init__(self, database: Database, channel: Awkward) -> None:
        self.database, self.now = database, NOW
        kb = KnowledgeBase("en", NOW.date(), {}, {})
        house = House(kb, Desk(Address("awkward", "desk"), kb, "en"), "en", ZoneInfo("UTC"))
        self.worker = OutboxWorker(database, channel, lambda: house, Bells(), lambda: self.now)

    def put(self, chat: str, *texts: str) -> None:
        address = Address("awkward", chat)
        drafts = [Draft(Outgoing("post", address, Reply(text))) for text in texts]
        self.database.transact(outbox.put, drafts, self.now)

    async def through(self) -> dict[str, tuple[str, bool]]:
        """Step until nothing is left; returns text → (state, doubtful)."""
        for _ in range(20):
            step = await self.worker.step()
            await self.worker.finish()
            due = self.database.transact(lanes.next_due, "out:awkward")
            if due is None:
                break
            self.now = max(self.now, due) if not step.busy else self.now + timedelta(seconds=1)
        return self.database.transact(_states)


def _states(session: Session) -> dict[str, tuple[str, bool]]:
    rows = session.connection().execute(select(OUTBOX.c.payload, OUTBOX.c.state, OUTBOX.c.doubtful))
    return {payload["text"]: (state, doubtful) for payload, state, doubtful in rows}


def raising(error: Exception) -> Callable[[], None]:
    def do() -> None:
        raise error

    return do


async def test_what_cannot_be_rendered_fails_alone(database: Database) -> None:
    """A fault of ours in one message must not end the process, again after every start."""
    out = Out(database, Awkward())
    out.put("1", "unspeakable", "after it")
    out.put("2", "elsewhere")
    assert await out.through() == {
        "unspeakable": ("failed", False),
        "after it": ("sent", False),
        "elsewhere": ("sent", False),
    }


async def test_an_error_nobody_thought_of_leaves_a_doubt(database: Database) -> None:
    """It may have come before or after the platform had the message."""
    channel = Awkward()
    channel.trouble["odd"] = [raising(ZeroDivisionError("in the SDK"))]
    out = Out(database, channel)
    out.put("1", "odd", "after it")
    assert await out.through() == {"odd": ("uncertain", False), "after it": ("sent", False)}


async def test_a_late_arrival_is_seen_before_it_is_sent_again(database: Database) -> None:
    """The platform did not have it when asked first, but a moment later: it is not posted twice."""
    channel = Awkward()
    channel.knows = ""

    def lost() -> None:
        channel.posted.append("slow")
        raise Uncertain("no answer in time")

    channel.trouble["slow"] = [lost]
    out = Out(database, channel)
    out.put("1", "slow")
    await out.worker.step()
    await out.worker.finish()
    channel.knows = "17"  # now it can be found
    assert await out.through() == {"slow": ("sent", False)}
    assert channel.posted == ["slow"]


async def test_what_is_sent_again_after_a_doubt_is_marked(database: Database) -> None:
    """The platform did not have it when asked, but what we gave up may still be waiting there:
    who sent it is told that it may have arrived twice."""
    channel = Awkward()
    channel.knows = ""
    channel.trouble["slow"] = [raising(Uncertain("no answer in time"))]
    out = Out(database, channel)
    out.put("1", "slow", "after it")
    assert await out.through() == {"slow": ("sent", True), "after it": ("sent", False)}


async def test_a_refusal_after_a_doubt_keeps_the_doubt(database: Database) -> None:
    """The first attempt may have arrived although the second was refused."""
    channel = Awkward()
    channel.trouble["hello"] = [raising(NotSent("busy")), raising(Refused("blocked"))]
    out = Out(database, channel)
    out.put("1", "hello")
    database.transact(outbox.claim, "awkward", 0, NOW, 10)  # and the process dies
    out.now = NOW + lanes.LEASE
    assert await out.through() == {"hello": ("failed", True)}


def test_nobody_waits_minutes_after_an_outage() -> None:
    """However long a platform was away, it is tried again at least once a minute."""
    assert max(backoff(attempts) for attempts in range(3000)) <= timedelta(minutes=1)
