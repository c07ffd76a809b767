"""In a Slack channel others read along: what they say, press, change or take back in somebody's
thread is not the customer's, and is not kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from bot.domain import (
    Address,
    ButtonPress,
    CustomerEvent,
    Deletion,
    Edit,
    InboundMessage,
    Person,
    Reading,
)
from bot.outbox import Draft
from bot.service import House, customer_event
from bot.storage.database import Database
from bot.storage.tables import Contact, Conversation, Message, Rating, Ticket
from handoff.rows import Desk
from tests.conftest import shipped_kb

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KB = shipped_kb(date(2026, 11, 22))
HOUSE = House(KB, Desk(Address("slack", "C1"), KB, "en"), "en", ZoneInfo("Europe/Riga"))
THREAD = Address("slack", "C9", "100.1")
ELSEWHERE = Address("slack", "C9", "555.5")
MARIA, OTTO = Person("U1", "Maria"), Person("U2", "Otto")


def says(who: Person, text: str, at: Address = THREAD, addressed: bool = True) -> InboundMessage:
    return InboundMessage(text, at, who, text, NOW, text, addressed=addressed)


def presses(who: Person, value: str, at: Address = THREAD) -> ButtonPress:
    return ButtonPress(f"{who.user_id}{value}", at, who, value, NOW)


def edits(who: Person, at: Address = THREAD) -> Edit:
    return Edit(f"e{who.user_id}", at, who, "100.1", "changed", NOW)


def deletes(who: Person, at: Address = THREAD) -> Deletion:
    return Deletion(f"d{who.user_id}", at, who, "100.1", NOW)


def do(database: Database, event: CustomerEvent, *intents: str) -> list[Draft]:
    reading = Reading("", {"en": 1.0}, (), frozenset(intents))
    return database.transact(customer_event, event, reading, HOUSE, NOW)


def count(database: Database, kind: type[Any]) -> int:
    with Session(database.engine) as session:
        return len(session.exec(select(kind)).all())


@pytest.fixture
def thread(database: Database) -> Database:
    """Maria has begun a thread with us by mentioning the bot, and got an answer."""
    assert do(database, says(MARIA, "hello"), "greeting")
    return database


@pytest.mark.parametrize(
    "event",
    [
        says(OTTO, "I know that", addressed=False),
        presses(OTTO, "human"),
        presses(OTTO, "opt_out"),
        presses(OTTO, "helpful:0:return-an-item"),
        presses(OTTO, "language:lv"),
        edits(OTTO),
        deletes(OTTO),
    ],
    ids=["a word", "a person", "opting out", "a thumb", "a language", "an edit", "a deletion"],
)
def test_what_a_bystander_does_in_a_customers_thread_is_nothing(
    event: CustomerEvent, thread: Database
) -> None:
    """No answer, no ticket, nothing chosen for Maria, and Otto's words are not kept."""
    messages = count(thread, Message)
    assert do(thread, event) == []
    assert count(thread, Message) == messages
    assert count(thread, Ticket) == count(thread, Rating) == 0
    with Session(thread.engine) as session:
        contact = session.exec(select(Contact)).one()
        assert (contact.name, contact.opted_out_at, contact.language) == ("Maria", None, None)


@pytest.mark.parametrize("make", [edits, deletes])
def test_what_strangers_change_elsewhere_is_not_kept(
    make: Callable[..., CustomerEvent], database: Database
) -> None:
    """An edit in a channel that the bot happens to be in is none of our business."""
    assert do(database, make(OTTO, ELSEWHERE)) == []
    assert count(database, Conversation) == count(database, Message) == 0


def test_a_bystander_who_calls_the_bot_is_answered_and_renames_nobody(thread: Database) -> None:
    """Otto mentions the bot in Maria's thread: it answers there; Maria stays Maria."""
    assert do(thread, says(OTTO, "me too"), "greeting")
    with Session(thread.engine) as session:
        assert [contact.name for contact in session.exec(select(Contact)).all()] == ["Maria"]


def test_the_customers_own_doings_count(thread: Database) -> None:
    """Without a mention, by button, and by an edit: it is her thread."""
    assert do(thread, says(MARIA, "and one more", addressed=False), "greeting")
    before = count(thread, Message)
    do(thread, edits(MARIA))
    assert count(thread, Message) == before + 1
    assert do(thread, presses(MARIA, "human"))
    assert count(thread, Ticket) == 1


def test_a_poll_is_rated_by_the_customer_alone(thread: Database) -> None:
    """The poll stands in the thread, where everybody sees its buttons."""
    do(thread, presses(MARIA, "human"))
    with Session(thread.engine) as session, session.begin():
        ticket = session.exec(select(Ticket)).one()
        ticket.resolved_at = NOW
        number = ticket.id
    assert do(thread, presses(OTTO, f"csat:{number}:1")) == []
    assert count(thread, Rating) == 0
    drafts = do(thread, presses(MARIA, f"csat:{number}:5"))
    assert KB.say("en", "csat_thanks", name="Maria") in [d.item.reply.text for d in drafts]
    assert count(thread, Rating) == 1


def test_somebody_elses_poll_rates_nothing(database: Database) -> None:
    """A button with another customer's ticket in it, forged in a chat of one's own."""
    home = Address("telegram", "1")
    do(database, says(MARIA, "a person", home), "human")
    with Session(database.engine) as session, session.begin():
        session.exec(select(Ticket)).one().resolved_at = NOW
    drafts = do(database, presses(OTTO, "csat:1:1", Address("telegram", "2")))
    assert count(database, Rating) == 0
    assert all(draft.item.address.channel != "slack" for draft in drafts)


def test_an_old_button_in_a_thread_we_have_forgotten_is_answered(database: Database) -> None:
    """After a new installation the buttons are still there; they get the usual answer."""
    (draft,) = do(database, presses(MARIA, "nonsense"))
    assert draft.item.reply.text == KB.say("en", "old_button")
