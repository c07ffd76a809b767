"""What happens in public when something goes wrong, or somebody else joins in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from bot import service
from bot.domain import Address, InboundMessage, Person, Reading
from bot.outbox import Draft
from bot.service import House
from bot.storage.database import Database
from bot.storage.tables import Contact, Ticket
from handoff.rows import Desk
from tests.test_engine import small_shop

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
RIGA = ZoneInfo("Europe/Riga")
GROUP = Address("telegram", "-100", "5")
THREAD = Address("slack", "C1", "100.1")
ANNA, BORIS = Person("5", "Anna"), Person("6", "Boris")


@pytest.fixture(scope="module")
def house() -> House:
    kb = small_shop()
    return House(kb, Desk(Address("slack", "C0DESK"), kb, "en", RIGA), "en", RIGA)


def asked(text: str, who: Person = ANNA, at: Address = GROUP, number: str = "1") -> InboundMessage:
    return InboundMessage(
        number, at, who, text, NOW, message_id=number,
        private=Address(at.channel, who.user_id),
        invitation="https://t.me/harebell_bot?start=" if at is GROUP else "",
    )  # fmt: skip


def test_what_could_not_be_decided_in_a_group_is_not_dealt_with_in_it(
    database: Database, house: House
) -> None:
    """No ticket is opened where others read along: the way to the private chat is shown, and what
    was asked is kept."""

    def work(session: Session) -> tuple[list[Draft], list[Ticket]]:
        drafts = service.could_not_decide(session, asked("my order HB-104233"), house, NOW)
        return drafts, list(session.exec(select(Ticket)))

    drafts, tickets = database.transact(work)
    assert tickets == [] and [draft.item.address for draft in drafts] == [GROUP]
    assert drafts[0].item.reply.options[0].url == "https://t.me/harebell_bot?start=private_1"
    found = database.transact(service.recalled, "private_1", "5", NOW)
    assert found == (1, "my order HB-104233")


def test_nobody_else_gets_what_was_kept_nor_does_anybody_a_day_later(
    database: Database, house: House
) -> None:
    """The number of a conversation is no secret, so the account counts; and a day is enough."""
    database.transact(service.could_not_decide, asked("my order HB-104233"), house, NOW)
    assert database.transact(service.recalled, "private_1", "6", NOW) is None
    assert database.transact(service.recalled, "private_x", "5", NOW) is None
    late = NOW.replace(day=25)
    assert database.transact(service.recalled, "private_1", "5", late) is None


def test_who_joins_somebody_s_thread_chooses_nothing_for_them(
    database: Database, house: House
) -> None:
    """Boris mentions the bot in Anna's thread and wants no messages: hers go on."""

    def work(session: Session) -> list[tuple[str, bool]]:
        first = replace(asked("hello", at=THREAD), private=None)
        service.customer_event(session, first, Reading("hello", {"en": 1.0}), house, NOW)
        stop = replace(asked("/stop", BORIS, THREAD, "2"), private=None)
        service.customer_event(session, stop, Reading("/stop"), house, NOW)
        people = session.exec(select(Contact)).all()
        return [(contact.name, contact.opted_out_at is not None) for contact in people]

    assert ("Anna", False) in database.transact(work)
