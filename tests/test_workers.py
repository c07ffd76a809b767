"""The loops, step by step, with a platform that does what the test says and a database that is
real: nothing is lost, nothing overtakes, one bad event holds up nobody."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import make_url, select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot import inbox, outbox
from bot.domain import (
    Address,
    Event,
    InboundMessage,
    Match,
    NotSent,
    Outgoing,
    Person,
    Reading,
    Receive,
    Reply,
    Uncertain,
)
from bot.outbox import Draft
from bot.service import MESSAGES, House
from bot.storage.database import Database
from bot.storage.lanes import LEASE, LeaseLost
from bot.storage.upgrade import upgrade
from bot.workers import Bells, InboxWorker, OutboxWorker, Receiver
from bot.workers import inbox as inbox_worker
from bot.workers.inbox import ATTEMPTS
from handoff.rows import Desk
from tests.conftest import shipped_kb, with_burst

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
KB = shipped_kb(date(2026, 11, 22))
HOUSE = House(KB, Desk(Address("paper", "desk"), KB, "en"), "en", ZoneInfo("UTC"))
_ids = itertools.count(1)


class PaperChannel:
    """A platform on paper. `ends` says how the next sends of a text go: None is well."""

    name = "paper"
    pace = 0.0
    rate = 0.0

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.ends: dict[str, list[Exception | None]] = {}
        self.unreadable: set[str] = set()
        self.unknown: dict[str, list[Exception]] = {}
        self.found: str | None = None

    async def listen(self, receive: Receive) -> None:
        await asyncio.Event().wait()

    def parse(self, raw: Mapping[str, Any]) -> Event | None:
        if raw["text"] in self.unreadable:
            raise KeyError("a field that this version insists on")
        address = Address("paper", raw["chat"])
        person = Person(raw["chat"], "Ada")
        at = datetime.fromisoformat(raw["at"])
        number = raw["id"]
        return InboundMessage(f"{number}", address, person, raw["text"], at, f"m{number}",
                              position=number)  # fmt: skip

    async def complete(self, event: Event) -> Event:
        if errors := self.unknown.get(getattr(event, "text", "")):
            raise errors.pop(0)
        return event

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        return [replace(item, reply=Reply(part)) for part in item.reply.text.split("|")]

    async def send(self, item: Outgoing) -> str:
        text = item.reply.text
        end = self.ends[text].pop(0) if self.ends.get(text) else None
        if isinstance(end, Uncertain):
            self.sent.append((item.address.chat_id, text))
        if end is not None:
            raise end
        self.sent.append((item.address.chat_id, text))
        return f"id-of-{text}"

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        return self.found

    def to(self, chat: str) -> list[str]:
        """What this chat was sent."""
        return [text for where, text in self.sent if where == chat]


class Rig:
    """One process's loops, taken step by step; the clock stands still unless it is moved."""

    def __init__(self, database: Database, channel: PaperChannel | None = None) -> None:
        self.database = database
        self.channel = channel or PaperChannel()
        self.now = START
        self.burst = timedelta()
        self.understand: Callable[[str], Reading] = Reading
        self.bells = Bells()
        channels = {"paper": self.channel}

        def clock() -> datetime:
            return self.now

        def house() -> House:
            return replace(HOUSE, kb=with_burst(KB, self.burst))

        self.receive = Receiver(database, channels, self.bells, clock)
        self.inbox = InboxWorker(
            database, channels, lambda text, _: self.understand(text), house, self.bells, clock
        )
        self.outbox = OutboxWorker(database, self.channel, house, self.bells, clock)

    async def say(self, chat: str, *texts: str) -> None:
        """Customers write."""
        raws = [{"id": next(_ids), "chat": chat, "text": text, "at": START.isoformat()}
                for text in texts]  # fmt: skip
        await self.receive("paper", raws)

    def queue(self, chat: str, *texts: str) -> None:
        """Something is to be sent."""
        drafts = [Draft(Outgoing("post", Address("paper", chat), Reply(t))) for t in texts]
        self.database.transact(outbox.put, drafts, self.now)

    async def settle(self) -> None:
        """Take steps until there is nothing left to do at this time."""
        async with asyncio.timeout(30):
            while (await self.inbox.step()).busy or (await self.outbox.step()).busy:
                pass

    async def wait(self, seconds: float) -> None:
        """Let time pass, and deal with what comes due."""
        self.now += timedelta(seconds=seconds)
        await self.settle()

    def said(self, author: str = "contact") -> list[str]:
        """What is written down as said by customers, agents or the bot."""
        query = select(MESSAGES.c.text).where(MESSAGES.c.author == author).order_by(MESSAGES.c.id)
        return list(self.database.transact(lambda s: s.connection().execute(query).scalars().all()))

    def state(self) -> list[tuple[str, str | None]]:
        """The state and the error of everything that was ever to be sent."""
        query = select(outbox.OUTBOX.c.state, outbox.OUTBOX.c.error).order_by(outbox.OUTBOX.c.id)
        rows = self.database.transact(lambda s: s.connection().execute(query).all())
        return [(row.state, row.error) for row in rows]


@pytest.fixture
def rig(database: Database) -> Rig:
    return Rig(database)


def unclear(*bad: str) -> Callable[[str], Reading]:
    """An understanding that stumbles over some texts."""

    def understand(text: str) -> Reading:
        if text in bad:
            raise RuntimeError("a bug of ours")
        return Reading(text)

    return understand


def undecidable(*bad: str) -> Callable[[str], Reading]:
    """A reading on which no decision can be made."""

    def understand(text: str) -> Reading:
        return Reading(text, matches=("nonsense",)) if text in bad else Reading(text)  # type: ignore[arg-type]

    return understand


# --- in ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stumbling", [unclear, undecidable])
async def test_an_event_that_fails_is_tried_again_then_given_to_a_person(
    rig: Rig, stumbling: Callable[..., Callable[[str], Reading]]
) -> None:
    """Whatever is wrong with us, a customer's message is never dropped: after three attempts a
    person gets it, and the messages behind it go on."""
    rig.understand = stumbling("the bad one")
    await rig.say("ada", "before", "the bad one", "behind")
    await rig.say("bob", "somebody else's")
    await rig.settle()
    assert sorted(rig.said()) == ["before", "somebody else's"]
    await rig.wait(1)
    assert "the bad one" not in rig.said()
    await rig.wait(2)
    assert rig.said()[2:] == ["the bad one", "behind"]
    assert len(rig.channel.to("desk")) >= 1
    assert rig.database.transact(inbox.quarantined) == 0


async def test_a_passing_failure_leaves_no_trace(rig: Rig) -> None:
    """What works at the second attempt needs no person."""
    rig.understand = unclear("the bad one")
    await rig.say("ada", "the bad one")
    await rig.settle()
    rig.understand = Reading
    await rig.wait(1)
    assert rig.said() == ["the bad one"]
    assert rig.channel.to("desk") == []


async def test_a_failing_batch_finds_its_culprit(rig: Rig) -> None:
    """Events that share a commit with a bad one are dealt with at once, not after its attempts."""
    rig.understand = undecidable("the bad one")
    for number in range(6):
        await rig.say(f"customer {number}", f"hello {number}")
    await rig.say("ada", "the bad one")
    await rig.settle()
    assert sorted(rig.said()) == [f"hello {number}" for number in range(6)]
    assert all(len(rig.channel.to(f"customer {number}")) == 1 for number in range(6))


async def test_what_cannot_be_read_any_more_is_set_aside(rig: Rig) -> None:
    """An event that was stored and cannot be read by a newer version is kept for a person to look
    at; it neither ends the process nor holds up its conversation."""
    await rig.say("ada", "of an older version", "behind")
    rig.channel.unreadable.add("of an older version")
    await rig.settle()
    await rig.wait(1)
    await rig.wait(2)
    assert rig.said() == ["behind"]
    assert rig.database.transact(inbox.quarantined) == 1


async def test_a_look_up_that_fails_waits_or_counts_as_a_failure(rig: Rig) -> None:
    """While the platform cannot tell who somebody is the conversation waits as long as it says;
    an answer that makes no sense is a failure like any other."""
    rig.channel.unknown["first"] = [NotSent("busy", 40.0), RuntimeError("no such field")]
    await rig.say("ada", "first", "second")
    await rig.say("bob", "other")
    await rig.settle()
    assert rig.said() == ["other"]
    await rig.wait(39)
    assert rig.said() == ["other"]
    await rig.wait(1)
    await rig.wait(2)
    assert rig.said() == ["other", "first", "second"]


async def test_a_slow_look_up_holds_up_nobody_for_long(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform that does not say who somebody is costs the others a moment, and them a name."""
    monkeypatch.setattr(inbox_worker, "LOOKUP_SECONDS", 0.05)

    async def complete(event: Event) -> Event:
        if getattr(event, "text", "") == "slow":
            await asyncio.Event().wait()
        return event

    monkeypatch.setattr(rig.channel, "complete", complete)
    await rig.say("ada", "slow", "slow")
    await rig.say("bob", "other")
    await rig.settle()
    assert sorted(rig.said()) == ["other", "slow", "slow"]


async def test_a_look_up_that_fails_is_no_attempt_of_deciding(rig: Rig) -> None:
    """However long the platform is away, nobody is brought in for want of patience."""
    rig.channel.unknown["first"] = [NotSent("away") for _ in range(ATTEMPTS + 1)]
    await rig.say("ada", "first")
    for _ in range(ATTEMPTS + 1):
        await rig.settle()
        assert rig.said() == []
        assert rig.database.transact(_attempts) == 0
        await rig.wait(5)
    assert rig.said() == ["first"]


def _attempts(session: Session) -> int:
    return int(session.connection().execute(select(inbox.INBOX.c.attempts)).scalar_one())


async def test_nothing_is_decided_before_it_can_be_understood(rig: Rig) -> None:
    """While the knowledge base is being read what customers say is stored, and touched by nobody;
    then it is answered in its order."""
    is_ready = False
    rig.inbox = InboxWorker(
        rig.database, {"paper": rig.channel}, lambda text, _: Reading(text), lambda: HOUSE,
        rig.bells, lambda: rig.now, lambda: is_ready,
    )  # fmt: skip
    await rig.say("ada", "/help", "/language lv")
    await rig.settle()
    assert rig.said() == []
    is_ready = True
    await rig.settle()
    assert rig.said() == ["/help", "/language lv"]
    assert len(rig.channel.to("ada")) == 2


async def test_delivered_twice_is_processed_once(rig: Rig) -> None:
    """The same event again, before and after it was dealt with, changes nothing."""
    raw = {"id": next(_ids), "chat": "ada", "text": "hello", "at": START.isoformat()}
    await asyncio.gather(*(rig.receive("paper", [raw, raw]) for _ in range(5)))
    await rig.settle()
    await rig.receive("paper", [raw])
    await rig.settle()
    assert rig.said() == ["hello"]
    assert len(rig.channel.to("ada")) == 1


async def test_who_loses_the_lease_changes_nothing(database: Database) -> None:
    """A process that thought too long finds its conversation taken over: its work does not count,
    and the customer is answered once."""
    slow, quick = Rig(database), Rig(database)
    await slow.say("ada", "hello")

    def think_too_long(text: str) -> Reading:
        quick.now = START + LEASE + timedelta(seconds=1)
        asyncio.run_coroutine_threadsafe(quick.settle(), loop).result(20)
        return Reading(text)

    loop = asyncio.get_running_loop()
    slow.understand = think_too_long
    with pytest.raises(LeaseLost):
        await slow.inbox.step()
    await slow.settle()
    assert slow.said() == ["hello"]
    assert len(quick.channel.to("ada")) == 1
    assert slow.channel.sent == []


# --- bursts --------------------------------------------------------------------------------------


async def test_a_burst_is_one_turn(rig: Rig) -> None:
    """What one customer writes in several messages is read and answered as one; each message is
    kept as its own, and nobody else's belongs to it."""
    rig.burst = timedelta(seconds=2)
    read: list[str] = []
    rig.understand = lambda text: read.append(text) or Reading(text)  # type: ignore[func-returns-value]
    await rig.say("ada", "one", "two", "three")
    await rig.say("bob", "other")
    await rig.settle()
    assert rig.said() == []
    await rig.wait(2)
    assert sorted(set(read)) == ["one\ntwo\nthree", "other"]
    assert sorted(rig.said()) == ["one", "other", "three", "two"]
    assert len(rig.channel.to("ada")) == len(rig.channel.to("bob")) == 1


async def test_what_comes_within_the_burst_joins_it(rig: Rig) -> None:
    """Who is not understood may not have finished: the bot waits as long as the policy says after
    each message, then answers all of it; waiting is no attempt that failed."""
    rig.burst = timedelta(seconds=2)
    await rig.say("ada", "one")
    await rig.settle()
    rig.now += timedelta(seconds=1.5)
    await rig.say("ada", "two")
    await rig.settle()
    await rig.wait(1)
    assert rig.said() == []
    assert rig.database.transact(_attempts_of_all) == 0
    await rig.wait(1)
    assert rig.said() == ["one", "two"]
    assert len(rig.channel.to("ada")) == 1
    await rig.wait(60)
    assert len(rig.channel.to("ada")) == 1


async def test_who_writes_on_and_on_is_answered_in_the_end(rig: Rig) -> None:
    """Nobody is left without a word because they never pause."""
    rig.burst = timedelta(seconds=2)
    for number in range(12):
        await rig.say("ada", f"word {number}")
        await rig.wait(1)
    assert len(rig.channel.to("ada")) == 1


async def test_a_command_is_obeyed_at_once(rig: Rig) -> None:
    """What is no question to think about needs no patience, nor does it belong to a burst."""
    rig.burst = timedelta(seconds=2)
    await rig.say("ada", "/help", "/language lv")
    await rig.settle()
    assert rig.said() == ["/help", "/language lv"]
    assert len(rig.channel.to("ada")) == 2


async def test_a_burst_with_a_bad_message_is_taken_apart(rig: Rig) -> None:
    """One message that we stumble over does not take the others of its burst with it."""
    rig.burst = timedelta(seconds=2)

    def understand(text: str) -> Reading:
        if "bad" in text:
            raise RuntimeError("a bug of ours")
        return Reading(text)

    rig.understand = understand
    await rig.say("ada", "before", "the bad one")
    for _ in range(8):
        await rig.wait(1)
    assert rig.said() == ["before", "the bad one"]
    assert len(rig.channel.to("desk")) >= 1
    assert rig.database.transact(inbox.quarantined) == 0


async def test_a_question_is_read_with_the_one_before_it(rig: Rig) -> None:
    """What the last question was is known when the next message is read, for an hour."""
    asked = replace(HOUSE.kb.articles_in("en")[0], id="known", title="Known?", body="Known.")
    before: list[str] = []

    def understand(text: str, question: str) -> Reading:
        before.append(question)
        return Reading(text, matches=(Match(asked, 1.0, text),))

    rig.inbox = InboxWorker(
        rig.database, {"paper": rig.channel}, understand, lambda: HOUSE, rig.bells, lambda: rig.now
    )
    await rig.say("ada", "first")
    await rig.settle()
    await rig.say("ada", "second")
    await rig.settle()
    rig.now += timedelta(minutes=61)
    await rig.say("ada", "third")
    await rig.settle()
    assert before == ["", "first", ""]


def _attempts_of_all(session: Session) -> int:
    return sum(session.connection().execute(select(inbox.INBOX.c.attempts)).scalars())


# --- out -----------------------------------------------------------------------------------------


async def test_only_the_rest_of_a_long_message_is_tried_again(rig: Rig) -> None:
    """Of three parts the second is refused for a while: the first is not sent again."""
    rig.channel.ends["two"] = [NotSent("busy", 5.0), NotSent("away")]
    rig.queue("ada", "one|two|three", "next")
    await rig.settle()
    assert rig.channel.to("ada") == ["one"]
    await rig.wait(5)
    assert rig.channel.to("ada") == ["one"]
    await rig.wait(300)
    assert rig.channel.to("ada") == ["one", "two", "three", "next"]


async def test_a_429_holds_up_one_chat_and_keeps_its_order(rig: Rig) -> None:
    """One chat waits as long as it is told, in order; the others do not notice."""
    rig.channel.ends["first"] = [NotSent("too many requests", 30.0)]
    rig.queue("ada", "first", "second", "third")
    rig.queue("bob", "one", "two")
    await rig.settle()
    assert rig.channel.sent == [("bob", "one"), ("bob", "two")]
    await rig.wait(29)
    assert rig.channel.to("ada") == []
    await rig.wait(1)
    assert rig.channel.to("ada") == ["first", "second", "third"]


async def test_what_nobody_knows_is_not_sent_again(rig: Rig) -> None:
    """An uncertain message is marked as such and never repeated; what follows it goes on."""
    rig.channel.ends["first"] = [Uncertain("no answer")]
    rig.queue("ada", "first", "second")
    await rig.settle()
    await rig.wait(3600)
    assert rig.channel.to("ada") == ["first", "second"]
    assert [state for state, _ in rig.state()] == ["uncertain", "sent"]


async def test_a_message_that_breaks_us_ends_alone(rig: Rig) -> None:
    """A bug in one message's sending is written down; other chats and the process go on."""
    rig.channel.ends["first"] = [RuntimeError("a bug of ours")]
    rig.queue("ada", "first", "second")
    rig.queue("bob", "one")
    await rig.settle()
    assert rig.channel.to("ada") == ["second"]
    assert rig.channel.to("bob") == ["one"]
    assert rig.state()[0][0] in {"failed", "uncertain"}


# --- the database is away ------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def away(server: str, url: str) -> AsyncIterator[None]:
    """PostgreSQL refuses this database's connections and cuts those it has."""
    name = make_url(url).database
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the condition has no event of its own
            await asyncio.sleep(0.02)


async def test_nothing_is_lost_while_the_database_is_away(
    postgres_server: str, postgres_url: str
) -> None:
    """While the database is away nothing is acknowledged; the loops wait, and afterwards go on
    where they were. A message that was being sent is sent once, however long it took to write
    that down."""
    rig = Rig(Database(postgres_url))
    await rig.say("ada", "first")
    leaving, left = asyncio.Event(), asyncio.Event()

    class SlowChannel(PaperChannel):
        async def send(self, item: Outgoing) -> str:
            leaving.set()
            await left.wait()
            return await super().send(item)

    slow = SlowChannel()
    rig.outbox._channel = slow
    loops = [asyncio.ensure_future(worker.run()) for worker in (rig.inbox, rig.outbox)]
    await asyncio.wait_for(leaving.wait(), 20)
    async with away(postgres_server, postgres_url):
        left.set()
        await until(lambda: slow.to("ada"))
        with pytest.raises(OperationalError):
            await rig.say("ada", "not acknowledged")
        rig.now += LEASE + timedelta(seconds=5)
        await asyncio.sleep(0.3)
        assert not any(loop.done() for loop in loops)
    await until(lambda: [state for state, _ in rig.state()] == ["sent"])
    await rig.say("ada", "second")
    await until(lambda: len(slow.to("ada")) == 2)
    for worker in (rig.inbox, rig.outbox):
        worker.stop()
    await asyncio.wait_for(asyncio.gather(*loops), 20)
    assert rig.said() == ["first", "second"]
    assert len(slow.to("ada")) == 2
    rig.database.close()


async def test_a_locked_file_is_a_database_that_is_away(sqlite_url: str) -> None:
    """Another program holds SQLite's lock: storing fails, so nothing is acknowledged; once the
    lock is gone everything is as before."""
    database = Database(sqlite_url)
    upgrade(database)
    rig = Rig(database)

    def impatient(session: Session) -> None:
        session.connection().exec_driver_sql("PRAGMA busy_timeout=50")

    database.transact(impatient)
    other = Database(sqlite_url)
    with Session(other.engine) as session:
        session.connection()  # BEGIN IMMEDIATE
        with pytest.raises(OperationalError):
            await rig.say("ada", "not acknowledged")
        session.rollback()
    await rig.say("ada", "hello")
    await rig.settle()
    assert rig.said() == ["hello"]
    other.close()
    database.close()
