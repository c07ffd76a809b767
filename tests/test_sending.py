"""The loop that sends: the end of one send and the beginning of the next share a commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlmodel import Session

from bot import outbox
from bot.domain import Address, Event, Outgoing, Receive, Reply, TooMany
from bot.knowledge.base import KnowledgeBase
from bot.outbox import OUTBOX, Draft
from bot.outbox_order import CARD_UPDATE, CARDS_AT_ONCE
from bot.service import House
from bot.storage import lanes
from bot.storage.database import Database
from bot.workers import Bells, OutboxWorker
from handoff.rows import Desk

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DESK = Address("fake", "desk")


class FakeChannel:
    """Sends at once, and remembers what."""

    name = "fake"
    pace = 0.0
    rate = 0.0

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.before_send: Callable[[], None] = lambda: None

    async def listen(self, receive: Receive) -> None: ...

    def parse(self, raw: Mapping[str, Any]) -> Event | None: ...

    async def complete(self, event: Event) -> Event:
        return event

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        return [item]

    async def send(self, item: Outgoing) -> str:
        self.before_send()
        self.sent.append(item.reply.text)
        return f"id-{len(self.sent)}"

    async def find(self, item: Outgoing, since: datetime) -> str | None: ...


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def worker(database: Database, channel: FakeChannel) -> OutboxWorker:
    kb = KnowledgeBase("en", NOW.date(), {}, {})
    house = House(kb, Desk(DESK, kb, "en"), "en", ZoneInfo("UTC"))
    return OutboxWorker(database, channel, lambda: house, Bells(), lambda: NOW)


def queue(database: Database, *posts: tuple[str, str]) -> None:
    drafts = [Draft(Outgoing("post", Address("fake", chat), Reply(text))) for chat, text in posts]
    assert database.transact(outbox.put, drafts, NOW) == {"fake": len(posts)}


def states(database: Database) -> list[str]:
    def read(session: Session) -> list[str]:
        query = select(OUTBOX.c.state).order_by(OUTBOX.c.id)
        return list(session.connection().execute(query).scalars())

    return database.transact(read)


async def until_idle(worker: OutboxWorker) -> int:
    steps = 1
    while (await worker.step()).busy:
        steps += 1
    return steps


async def test_each_end_is_recorded_with_the_next_beginning(
    database: Database, worker: OutboxWorker, channel: FakeChannel
) -> None:
    """A chat's messages go out in order, one a step, and no end is left unrecorded."""
    queue(database, ("1", "a"), ("1", "b"), ("1", "c"))
    assert await until_idle(worker) == 4  # three sends, and a look that finds nothing more
    assert channel.sent == ["a", "b", "c"]
    assert states(database) == ["sent", "sent", "sent"]


async def test_a_lost_lease_holds_up_nobody_else(
    database: Database, worker: OutboxWorker, channel: FakeChannel
) -> None:
    """Where another process has taken a chat over, its record stands; other chats go on."""
    queue(database, ("1", "a"))
    channel.before_send = lambda: database.transact(lanes.release_all, NOW)
    await worker.step()
    channel.before_send = lambda: None
    database.transact(outbox.claim, "fake", 0.0, NOW, 10)  # the other process, which holds it now
    queue(database, ("2", "b"))
    await until_idle(worker)
    assert channel.sent == ["a", "b"]
    assert states(database) == ["sending", "sent"]


async def test_a_clean_stop_records_what_was_under_way(
    database: Database, worker: OutboxWorker, channel: FakeChannel
) -> None:
    """The last send of a process is on record before it ends."""
    queue(database, ("1", "a"))
    await worker.step()
    await worker.finish()
    assert states(database) == ["sent"]


async def test_only_new_messages_are_paced(
    database: Database, worker: OutboxWorker, channel: FakeChannel
) -> None:
    """The platforms' limit is for posts: a receipt or a whisper keeps no card waiting."""
    channel.pace = 60.0
    at = Address("fake", "1")
    kinds: list[Literal["post", "update", "whisper", "react"]] = [
        "react", "whisper", "update", "post", "post"
    ]  # fmt: skip
    drafts = [Draft(Outgoing(kind, at, Reply(kind))) for kind in kinds]
    database.transact(outbox.put, drafts, NOW)
    await until_idle(worker)
    assert sorted(channel.sent) == ["post", "react", "update", "whisper"]


async def test_cards_that_are_told_to_wait_do_not_all_knock_again(
    database: Database, worker: OutboxWorker, channel: FakeChannel
) -> None:
    """Several lanes rewrite cards; each waits as long as one of them should, for all of them."""

    def busy() -> None:
        raise TooMany("too many requests", 2.0)

    channel.before_send = busy
    update = Outgoing("update", DESK, Reply("card"), target="1.1")
    database.transact(outbox.put, [Draft(update, CARD_UPDATE)], NOW)
    await worker.step()
    await worker.finish()

    def due(session: Session) -> list[float]:
        found = session.connection().execute(select(lanes.LANES.c.due))
        return [(moment - NOW).total_seconds() for moment in found.scalars()]

    assert database.transact(due) == [2.0 * CARDS_AT_ONCE]
