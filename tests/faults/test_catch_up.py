"""What was said in Slack while nobody listened is fetched: all of it, in order, whatever happens.

Socket Mode keeps nothing for a program that is not there, so the channels' history is asked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from bot import inbox, service
from bot.channels import slack_history
from bot.channels.slack import SlackChannel
from bot.channels.slack_history import Recent
from bot.domain import Address
from bot.inbox import INBOX, Arrival
from bot.playground.slack.server import SlackServer, SlackUser, Timing
from bot.storage.database import Database
from bot.workers import Bells, Receiver

HOUR = timedelta(hours=1)


class Store:
    """Takes the place of the inbox: what was stored, in order, each once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.broken = False
        self._grown = asyncio.Condition()
        self._known: set[str] = set()

    async def __call__(self, _name: str, raws: Sequence[Mapping[str, Any]]) -> None:
        if self.broken:
            raise OSError("the database is away")
        for raw in sorted(raws, key=lambda raw: float(raw["event"]["ts"])):
            event = raw["event"]
            if not event.get("bot_id") and event["ts"] not in self._known:
                self._known.add(event["ts"])
                self.texts.append(event["text"])
        async with self._grown:
            self._grown.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it is true of what is stored."""
        async with asyncio.timeout(20), self._grown:
            await self._grown.wait_for(condition)


@contextlib.asynccontextmanager
async def listening(
    slack: SlackServer, store: Store, threads: Sequence[Address] = ()
) -> AsyncIterator[SlackChannel]:
    """The channel, which last heard something an hour ago."""

    async def recent() -> Recent:
        return Recent(datetime.now(UTC) - HOUR, threads)

    desk = slack.channel("support-desk")
    channel = SlackChannel(
        slack.bot_token, desk.id, slack.app_token, api_url=f"{slack.url}/api/", recent=recent
    )
    running = asyncio.ensure_future(channel.listen(store))
    try:
        yield channel
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await channel.close()


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two attempts."""
    monkeypatch.setattr(slack_history, "PAUSE", 0.1)


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer(timing=Timing(ack=3.0, retries=())) as server:
        yield server


def said(person: SlackUser, *texts: str) -> None:
    for text in texts:
        person.dm(text)


async def test_all_pages_of_all_conversations_are_read(slack: SlackServer) -> None:
    """However much was said, and by however many."""
    people = [slack.user(f"Person {number}") for number in range(230)]
    for number, person in enumerate(people):
        person.dm(f"from {number}")
    said(people[0], *(f"again {number}" for number in range(230)))
    store = Store()
    async with listening(slack, store):
        await store.until(lambda: len(store.texts) == 460)
    assert [text for text in store.texts if text.startswith("again")] == [
        f"again {number}" for number in range(230)
    ]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "retry_after": 1},
        {"error": "internal_error"},
        {"status": 503},
    ],
)
async def test_it_is_tried_until_it_has_worked(slack: SlackServer, fault: dict[str, Any]) -> None:
    """A failure in the middle leaves nothing out."""
    said(slack.user("Ada"), "one", "two")
    for method in ("users.conversations", "conversations.history"):
        slack.fail_next(method, **fault)
    store = Store()
    async with listening(slack, store):
        await store.until(lambda: store.texts == ["one", "two"])


async def test_replies_in_threads_are_read_too(slack: SlackServer) -> None:
    """A channel's history leaves its threads out; those of tickets may be older than the gap."""
    ada, desk = slack.user("Ada"), slack.channel("support-desk")
    ivo = slack.user("Ivo", in_channels=[desk])
    card = ivo.post(desk, "an old card")
    ivo.reply(desk, card.ts, "in the card's thread")
    root = ada.dm("first")
    ada.dm("below it", thread_ts=root.ts)
    store = Store()
    async with listening(slack, store, [Address("slack", desk.id, card.ts)]):
        await store.until(lambda: {"in the card's thread", "below it"} <= set(store.texts))


async def test_what_was_missed_comes_before_what_comes_now(slack: SlackServer) -> None:
    """A message that arrives while the history is still being read waits for its elders."""
    ada = slack.user("Ada")
    said(ada, "one", "two")
    slack.fail_next("users.conversations", status=429, retry_after=1, times=2)
    store = Store()
    async with listening(slack, store):
        await slack.wait_for(lambda: slack.calls("users.conversations"), 10)
        ada.dm("three")
        await store.until(lambda: len(store.texts) == 3)
    assert store.texts == ["one", "two", "three"]


async def test_what_could_not_be_stored_is_fetched_at_once(slack: SlackServer) -> None:
    """Slack would repeat it after a minute; by then later messages have long overtaken it."""
    ada, store = slack.user("Ada"), Store()
    async with listening(slack, store):
        ada.dm("one")
        await store.until(lambda: store.texts == ["one"])
        store.broken = True
        ada.dm("two")
        await slack.wait_for(lambda: len(slack.deliveries) == 2, 10)
        store.broken = False
        ada.dm("three")
        await store.until(lambda: len(store.texts) == 3)
    assert store.texts == ["one", "two", "three"]


async def test_a_cut_while_reading_starts_the_reading_again(slack: SlackServer) -> None:
    """What was said between two short connections is in neither of their histories yet."""
    ada, store = slack.user("Ada"), Store()
    ada.dm("one")
    slack.fail_next("users.conversations", status=429, retry_after=2)
    async with listening(slack, store):
        await slack.wait_for(lambda: slack.calls("users.conversations"), 10)
        slack.disconnect_sockets(None)
        await slack.wait_for(lambda: slack.sockets.count == 0, 10)
        ada.dm("two")
        await store.until(lambda: store.texts == ["one", "two"])


async def test_even_the_first_message_ever_may_come_while_nobody_listens(
    slack: SlackServer, database: Database
) -> None:
    """From the first start on it is ours to answer; what was said before that is not."""
    ada, desk = slack.user("Ada"), slack.channel("support-desk")
    ada.dm("before there was a bot")

    async def recent() -> Recent:
        return Recent(*await database.run(service.lately, "slack", datetime.now(UTC)))

    def start() -> asyncio.Task[None]:
        channel = SlackChannel(
            slack.bot_token, desk.id, slack.app_token, api_url=f"{slack.url}/api/", recent=recent
        )
        bells = Bells()
        receive = Receiver(database, {"slack": channel}, bells, lambda: datetime.now(UTC))
        return asyncio.ensure_future(channel.listen(receive))

    for expected in (0, 1):
        running = start()
        await slack.wait_for(lambda: slack.sockets.count == 2, 10)
        await slack.wait_for(lambda: len(slack.calls("users.conversations")) > 0, 10)
        await until_stored(database, expected)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await slack.wait_for(lambda: slack.sockets.count == 0, 10)
        ada.dm("is anybody there?")
    assert await database.run(_stored) == 1


async def test_a_failure_in_the_middle_forgets_nothing_of_a_long_outage(
    database: Database,
) -> None:
    """What is stored while catching up does not move the time since when it looks, not even over a
    restart; once all is there, that time is forgotten."""
    start = datetime.now(UTC) - timedelta(days=3)
    first = Arrival("slack", "long ago", "slack:D1", {})
    await database.run(inbox.put, [first], start)
    since, _ = await database.run(service.lately, "slack", datetime.now(UTC))
    now = Arrival("slack", "just now", "slack:D1", {})
    await database.run(inbox.put, [now], datetime.now(UTC))
    again, _ = await database.run(service.lately, "slack", datetime.now(UTC))
    assert again == since
    await database.run(service.caught_up, "slack", since)
    later, _ = await database.run(service.lately, "slack", datetime.now(UTC))
    assert later > since + timedelta(days=1)


async def test_a_failure_between_a_message_and_its_thread_leaves_out_neither(
    slack: SlackServer,
) -> None:
    """What has been read need not be read again, but what lies below it still must be."""
    ada = slack.user("Ada")
    root = ada.dm("first")
    ada.dm("below it", thread_ts=root.ts)
    slack.fail_next("conversations.replies", error="internal_error")
    store = Store()
    async with listening(slack, store):
        await store.until(lambda: {"first", "below it"} <= set(store.texts))


async def test_a_socket_that_is_renewed_while_another_is_open_fetches_nothing(
    slack: SlackServer,
) -> None:
    """Slack renews every socket every few hours; a whole catching up each time would be waste."""
    async with listening(slack, Store()) as channel:
        await slack.wait_for(lambda: slack.sockets.count == 2, 10)
        assert channel.sockets is not None
        one, other = channel.sockets.kept
        async with asyncio.timeout(10):
            while one.opened_at is None or other.opened_at is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        gaps: list[str] = []
        assert channel._history is not None
        channel._history.gap = lambda: gaps.append("gap")  # type: ignore[method-assign]
        hello = {"type": "hello"}
        other.opened_at -= timedelta(seconds=5)
        await channel.sockets.greeted(one.handler.client, hello)
        assert gaps == []
        one.opened_at = datetime.now(UTC) + timedelta(seconds=5)  # it was itself away meanwhile
        await channel.sockets.greeted(other.handler.client, hello)
        assert gaps == ["gap"]


async def until_stored(database: Database, count: int) -> None:
    async with asyncio.timeout(10):
        while await database.run(_stored) < count:  # noqa: ASYNC110 - a database rings no bell
            await asyncio.sleep(0.05)


def _stored(session: Session) -> int:
    query = select(func.count()).select_from(INBOX).where(INBOX.c.raw.is_not(None))
    return int(session.connection().execute(query).scalar() or 0)
