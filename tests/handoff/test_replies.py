"""What becomes of an agent's reply when they change their mind: before it leaves, and after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlmodel import Session, col, select

from bot.knowledge.base import KnowledgeBase, load
from bot.storage.database import Database
from bot.storage.tables import Message, OutboxItem, TicketEvent
from bot.storage.upgrade import upgrade
from tests.handoff.one_thread import Thread
from tests.small_shop import write_small_shop


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """A small shop's phrases and policy."""
    return load(write_small_shop(tmp_path_factory.mktemp("shop")), "en", date(2026, 11, 23))


@pytest.fixture
def thread(sqlite_url: str, kb: KnowledgeBase) -> Iterator[Thread]:
    """A ticket that Ivo has."""
    database = Database(sqlite_url)
    upgrade(database)
    opened = Thread(database, kb)
    opened.press("ivo", "claim")
    yield opened
    opened.close()


def events(thread: Thread, *kinds: str) -> list[TicketEvent]:
    def read(session: Session) -> list[TicketEvent]:
        query = select(TicketEvent).where(col(TicketEvent.kind).in_(kinds))
        found = list(session.exec(query.order_by(col(TicketEvent.id))))
        session.expunge_all()
        return found

    return thread.database.transact(read)


def said(thread: Thread) -> list[tuple[str, bool, bool]]:
    """What agents said: the words, whether they revise others, whether they were taken back."""

    def read(session: Session) -> list[tuple[str, bool, bool]]:
        rows = session.exec(select(Message).where(Message.author == "agent")).all()
        return [(m.text, m.revises_id is not None, m.deleted_at is not None) for m in rows]

    return thread.database.transact(read)


def told(thread: Thread, kind: str = "whisper") -> list[str]:
    """What was said to an agent alone, or posted in the thread by the bot."""

    def read(session: Session) -> list[str]:
        rows = session.exec(select(OutboxItem).where(OutboxItem.channel == "slack")).all()
        wanted = [row for row in rows if kind in (row.kind, row.purpose)]
        return [row.payload.get("text", "") for row in wanted]

    return thread.database.transact(read)


def test_a_reply_waits_and_then_leaves(thread: Thread) -> None:
    """Nothing is shown while it is held, in which time it may be changed."""
    thread.write("ivo", "It costs 5 euro")
    thread.settle(4)
    assert thread.chat.from_colleagues == []
    thread.settle(1)
    assert thread.chat.from_colleagues == ["It costs 5 euro"]


def test_what_the_bot_says_after_it_waits_too(thread: Thread) -> None:
    """The order of what the customer reads is that in which it was said."""
    thread.settle()
    before = len(thread.chat.shown)
    thread.write("ivo", "Done, goodbye")
    thread.press("ivo", "resolve")
    thread.settle(4)
    assert len(thread.chat.shown) == before
    thread.settle(1)
    said_then = [author for author, _ in thread.chat.shown.values()][before:]
    assert said_then == ["Ivo", ""]


def test_a_change_within_the_hold_keeps_its_time_and_every_version(thread: Thread) -> None:
    """The customer sees the last words only; what was meant at first is on record."""
    ts = thread.write("ivo", "It costs 5 euro")
    thread.settle(3)
    thread.write("ivo", "It costs 6 euro", ts, "edited")
    thread.settle(2)
    assert thread.chat.ever == ["It costs 6 euro"]
    assert said(thread) == [("It costs 5 euro", False, False), ("It costs 6 euro", True, False)]


def test_a_withdrawn_reply_never_was_one(thread: Thread) -> None:
    """It is marked as taken back, and no figure counts it."""
    ts = thread.write("ivo", "You are wrong")
    thread.write("ivo", "", ts, "deleted")
    thread.settle(60)
    assert thread.chat.ever == []
    assert said(thread) == [("You are wrong", False, True)]
    assert events(thread, "replied") == []
    (withdrawn,) = events(thread, "withdrawn")
    assert withdrawn.detail["text"] == "You are wrong"
    assert told(thread)[-1] == "Taken back: it was not sent."


def test_quick_succession_is_one_reply(thread: Thread) -> None:
    """What is written while the last still waits goes on with it; a while later it is another."""
    first = thread.write("ivo", "One")
    thread.write("ivo", "Two")
    thread.settle(60)
    thread.write("ivo", "Three")
    thread.write("ivo", "", first, "deleted")
    thread.settle(60)
    assert [len(event.detail["messages"]) for event in events(thread, "replied")] == [2, 1]
    assert thread.chat.from_colleagues == ["Two", "Three"]


def test_a_change_follows_a_reply_to_the_customer(thread: Thread) -> None:
    """Changed after the hand-over by whom it was from, and by nobody else."""
    ts = thread.write("ivo", "Monday|Tuesday|Friday")
    thread.settle(5)
    thread.transfer("ivo", "eva")
    thread.write("eva", "nonsense", ts, "edited")
    thread.write("ivo", "Sunday|Monday", ts, "edited")
    thread.settle()
    assert thread.chat.from_colleagues == ["Sunday", "Monday"]
    assert "pencil2" in [row.payload.get("emoji") for row in items(thread)]


def items(thread: Thread) -> list[OutboxItem]:
    def read(session: Session) -> list[OutboxItem]:
        found = list(session.exec(select(OutboxItem).order_by(col(OutboxItem.id))))
        session.expunge_all()
        return found

    return thread.database.transact(read)


def test_words_that_need_more_parts_are_not_sent_by_halves(thread: Thread) -> None:
    """The customer keeps what they have, and the thread says why."""
    ts = thread.write("ivo", "Monday")
    thread.settle(5)
    thread.write("ivo", "Monday|Tuesday", ts, "edited")
    thread.settle()
    assert thread.chat.from_colleagues == ["Monday"]
    notice = told(thread, "notice")[-1]
    assert notice.startswith("Not changed for the customer: it needs more messages")
    assert notice.endswith("They still have: “Monday”")


def test_a_deletion_takes_back_every_part(thread: Thread) -> None:
    """What the customer has deleted themselves need not be."""
    ts = thread.write("ivo", "Monday|Tuesday")
    thread.settle(5)
    thread.write("ivo", "", ts, "deleted")
    thread.settle()
    assert thread.chat.from_colleagues == []
    assert said(thread) == [("Monday|Tuesday", False, True)]
    assert told(thread)[-1] == "Taken back: the customer no longer has it."


def test_what_the_customer_has_deleted_is_not_changed(thread: Thread) -> None:
    """The thread says that, and what the new words were to replace."""
    ts = thread.write("ivo", "Monday")
    thread.settle(5)
    thread.chat.shown.clear()
    thread.write("ivo", "Tuesday", ts, "edited")
    thread.settle()
    assert told(thread, "notice")[-1] == (
        "Not changed for the customer: Anna has deleted it. They still have: “Monday”"
    )


def test_the_same_words_again_are_no_version(thread: Thread) -> None:
    """Slack tells of edits that change nothing."""
    ts = thread.write("ivo", "Monday")
    thread.write("ivo", "Monday", ts, "edited")
    assert len(said(thread)) == 1
