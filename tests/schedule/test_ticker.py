"""The ticker: looks at once when Frontdesk starts, survives an absent database, and never fails in
silence; and what it forgets in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from bot import inbox
from bot.domain import Address
from bot.schedule import due
from bot.schedule import ticker as ticker_module
from bot.schedule.purchases import Line, store
from bot.schedule.ticker import IDS_KEPT, RAW_KEPT, Ticker
from bot.service import House
from bot.storage.database import Database
from bot.storage.tables import Contact, FollowUpItem, InboxItem, OutboxItem
from bot.workers import Bells
from handoff.rows import Desk, zone_of
from tests.conftest import shipped_kb

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RIGA = ZoneInfo("Europe/Riga")
KB = shipped_kb(date(2026, 11, 22))
HOUSE = House(KB, Desk(Address("slack", "C1"), KB, "en"), "en", RIGA)
PATIENCE = 20.0


def ticker_on(
    database: Database, house: Callable[[], House] = lambda: HOUSE, now: datetime = NOW
) -> Ticker:
    return Ticker(database, house, Bells(), lambda: now)


def outbox_of(database: Database) -> list[OutboxItem]:
    with Session(database.engine) as session:
        return list(session.exec(select(OutboxItem)).all())


def buy(session: Session, chat: str = "1") -> None:
    line = Line(f"HB-{chat}", "Maria", "telegram", chat, "Tent", NOW - 9 * DAY, NOW - 4 * DAY)
    store(session, [line], HOUSE, NOW)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - other threads change it
            await asyncio.sleep(0.01)


async def test_what_came_due_while_we_were_away_is_sent_once_at_the_start(
    database: Database,
) -> None:
    """Nobody waits for the first tick, and two starts send one message."""
    await database.run(buy)
    for _ in range(2):
        running = asyncio.ensure_future(ticker_on(database).run())
        await until(lambda: outbox_of(database))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert len(outbox_of(database)) == 1


async def test_a_tick_that_fails_ends_the_ticker(database: Database) -> None:
    """APScheduler would log it and go on half-alive; the process has to end instead."""

    def broken() -> House:
        raise RuntimeError("the house is on fire")

    with pytest.raises(RuntimeError, match="on fire"):
        async with asyncio.timeout(PATIENCE):
            await ticker_on(database, broken).run()


async def test_a_tick_that_fails_later_ends_it_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only the first one."""
    monkeypatch.setattr(ticker_module, "SECONDS", 0.05)
    looks = iter([HOUSE, HOUSE])
    with pytest.raises((RuntimeError, StopIteration)):
        async with asyncio.timeout(PATIENCE):
            await ticker_on(database, lambda: next(looks)).run()


async def test_an_absent_database_is_waited_for(
    sqlite_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is still there when it comes back."""
    monkeypatch.setattr(ticker_module, "SECONDS", 0.05)
    await database.run(buy)
    tries: list[int] = []

    def house() -> House:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("", {}, Exception("away"))
        return HOUSE

    running = asyncio.ensure_future(ticker_on(database, house).run())
    await until(lambda: running.done() or outbox_of(database))
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(outbox_of(database)) == 1


# --- what cannot be decided ----------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["America", "Mars/Olympus", "../etc", "\udc80"])
def test_a_time_zone_that_is_none_is_the_shops(zone: str) -> None:
    """A folder among the zones is none; whatever a platform says, it is no reason to fail."""
    assert zone_of(Contact(timezone=zone, created_at=NOW), RIGA) is RIGA


async def test_a_follow_up_that_fails_is_tried_later_and_then_given_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that nobody can decide about must not end the process at every start; those behind it
    are sent meanwhile."""
    await database.run(buy)
    await database.run(buy, "2")
    decide = due._decide

    def stumble(session: Session, item: FollowUpItem, *rest: Any) -> None:
        decide(session, item, *rest)
        if item.id == 1:
            raise KeyError("a fault of ours")

    monkeypatch.setattr(due, "_decide", stumble)
    now = NOW
    assert await ticker_on(database, now=now).tick() == 2
    assert [item.lane for item in outbox_of(database)] == ["telegram:2"]
    assert await ticker_on(database, now=now).tick() == 0
    for _ in range(due.ATTEMPTS):
        now += DAY
        await ticker_on(database, now=now).tick()
    with Session(database.engine) as session:
        failed = session.get_one(FollowUpItem, 1)
        assert failed.done_at is not None and failed.attempts == due.ATTEMPTS
        assert "KeyError" in (failed.result or "")
    assert len(outbox_of(database)) == 1


# --- forgetting ----------------------------------------------------------------------------------


def arrival(name: str, error: str | None = None) -> inbox.Arrival:
    return inbox.Arrival("telegram", name, "telegram:1", {"secret": "what was said"}, error=error)


def kept(database: Database) -> dict[str, bool]:
    """Which events are known, and whether what was said in them still is."""
    with Session(database.engine) as session:
        rows = session.exec(select(InboxItem)).all()
        return {row.external_id: row.raw is not None for row in rows}


async def test_payloads_are_forgotten_and_their_ids_much_later(database: Database) -> None:
    """What was dealt with loses its text after a week and its id after two months; in between a
    late redelivery is still known; what is not dealt with is never forgotten."""
    await database.run(inbox.put, [arrival("done", error="unreadable")], NOW)
    await database.run(inbox.put, [arrival("waiting")], NOW)
    await ticker_on(database, now=NOW + RAW_KEPT - DAY).forget()
    assert kept(database) == {"done": True, "waiting": True}
    await ticker_on(database, now=NOW + RAW_KEPT + DAY).forget()
    assert kept(database) == {"done": False, "waiting": True}
    again = await database.run(inbox.put, [arrival("done", error="unreadable")], NOW + 9 * DAY)
    assert again == 0
    await ticker_on(database, now=NOW + IDS_KEPT + DAY).forget()
    assert kept(database) == {"waiting": True}
