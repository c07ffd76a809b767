"""Follow-ups that are due: sent once, to whom it makes sense, at an hour the customer is awake."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, col, select

from bot.channels.markdown import to_plain, to_telegram
from bot.domain import Address, Outgoing, Person
from bot.engine import Context
from bot.knowledge.policy import Hours, Policy
from bot.outbox import from_payload
from bot.schedule.due import next_allowed, run_next
from bot.schedule.purchases import Line, store
from bot.service import House, start_conversation
from bot.storage.database import Database
from bot.storage.tables import (
    Contact,
    Conversation,
    FollowUpItem,
    Message,
    OutboxItem,
    Rating,
    Ticket,
    TicketEvent,
)
from handoff.rows import Desk
from tests.conftest import shipped_kb

RIGA, BERLIN = ZoneInfo("Europe/Riga"), ZoneInfo("Europe/Berlin")
KB = shipped_kb(date(2026, 11, 22))
HOUSE = House(KB, Desk(Address("slack", "C1"), KB, "en"), "en", RIGA)
NOON = datetime(2026, 11, 22, 10, tzinfo=UTC)  # in Riga
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def bought(session: Session, /, chat: str = "1", **changes: Any) -> FollowUpItem:
    """A purchase whose follow-up is due at noon."""
    line = Line("HB-1", "Maria Ozola", "telegram", chat, "Tent", NOON - 9 * DAY, NOON - 3 * DAY)
    store(session, [replace(line, **changes)], HOUSE, NOON - 3 * DAY)
    return session.exec(select(FollowUpItem).order_by(col(FollowUpItem.id).desc())).all()[0]


def resolved(session: Session) -> FollowUpItem:
    """A ticket that was resolved an hour ago, so that its poll is due at noon."""
    conversation = start_conversation(
        session, Address("telegram", "1"), Person("1", "Maria"), HOUSE, NOON
    )
    assert conversation.id is not None
    ticket = Ticket(
        conversation_id=conversation.id, reason="asked", language="en", desk="C1",
        claimed_by="U1", opened_at=NOON - 2 * HOUR, resolved_at=NOON - HOUR,
    )  # fmt: skip
    session.add(ticket)
    session.flush()
    item = FollowUpItem(
        key=f"csat:{ticket.id}", kind="csat", conversation_id=conversation.id,
        ticket_id=ticket.id, run_at=NOON,
    )  # fmt: skip
    session.add(item)
    session.flush()
    return item


def run_all(database: Database, now: datetime = NOON, house: House = HOUSE) -> int:
    """What one tick does; returns how many rows it dealt with."""
    count = 0
    while database.transact(run_next, house, now):
        count += 1
    return count


def sent(database: Database) -> list[Outgoing]:
    with Session(database.engine) as session:
        rows = session.exec(select(OutboxItem).order_by(col(OutboxItem.id))).all()
        return [from_payload(row.payload) for row in rows]


def result(database: Database) -> str | None:
    with Session(database.engine) as session:
        return session.exec(select(FollowUpItem)).one().result


def change(database: Database, kind: type[Any], **fields: Any) -> None:
    """Set fields of the only row of this kind."""

    def work(session: Session) -> None:
        row = session.exec(select(kind)).one()
        for name, value in fields.items():
            setattr(row, name, value)

    database.transact(work)


Make = Callable[[Session], FollowUpItem]
BOTH = pytest.mark.parametrize("make", [bought, resolved], ids=["after a purchase", "poll"])


# --- what is sent --------------------------------------------------------------------------------


def test_a_follow_up_after_a_purchase(database: Database) -> None:
    """By name, with the product and the order, and a way to have no more of these; once."""
    database.transact(bought)
    assert run_all(database, NOON - HOUR) == 0
    assert run_all(database) == 1
    (item,) = sent(database)
    assert item.address == Address("telegram", "1")
    for part in ("Hello, Maria!", "Tent", "HB-1"):
        assert part in to_plain(item.reply.text)
    assert [o.value for o in item.reply.options] == ["opt_out"]
    assert run_all(database, NOON + DAY) == 0
    assert len(sent(database)) == 1
    with Session(database.engine) as session:
        message = session.exec(select(Message)).one()
        assert (message.author, message.why) == ("bot", ["follow-up: after-delivery"])


def test_a_poll_after_a_ticket(database: Database) -> None:
    """Five buttons; "4" typed means the fourth, and words only count after a rating."""
    database.transact(resolved)
    assert run_all(database) == 1
    (item,) = sent(database)
    assert [o.value for o in item.reply.options] == [f"csat:1:{n}" for n in range(1, 6)]
    with Session(database.engine) as session:
        conversation = session.exec(select(Conversation)).one()
        context = Context.from_json(conversation.context)
        assert [o.value for o in context.options] == [f"csat:1:{n}" for n in range(1, 6)]


def test_the_poll_names_the_agent_who_answered(database: Database) -> None:
    """Who only closed it is not named; who replied is."""

    def replied(session: Session) -> None:
        item = resolved(session)
        assert item.ticket_id is not None
        session.add(TicketEvent(ticket_id=item.ticket_id, kind="replied", agent_id="U1", at=NOON))

    database.transact(replied)
    run_all(database)
    assert KB.say("en", "csat_question", agent="U1") == sent(database)[0].reply.text


@pytest.mark.parametrize(
    ("chosen", "spoken", "greeting"),
    [(None, "lv", "Sveiki"), ("pl", "lv", "Cześć"), (None, "de", "Hello")],
)
def test_the_language_is_the_customers(
    chosen: str | None, spoken: str, greeting: str, database: Database
) -> None:
    """The chosen one, else that of the conversation, else the shop's."""
    database.transact(bought)
    change(database, Contact, language=chosen)
    change(database, Conversation, language=spoken)
    run_all(database)
    assert sent(database)[0].reply.text.startswith(greeting)


@pytest.mark.parametrize("evil", ["*Bob*", "[x](https://e.example)", "`a`_b_", "<b>B</b>&", "# H"])
def test_names_and_products_are_shown_as_they_are_written(evil: str, database: Database) -> None:
    """Markdown or HTML in the shop's file formats nothing and links nowhere."""
    database.transact(
        lambda session: bought(session, contact=f"{evil} X", product=evil, order=evil)
    )
    run_all(database)
    (part,) = to_telegram(sent(database)[0].reply.text)
    escaped = evil.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert part.count(escaped.split()[0]) >= 2
    assert "<a " not in part and "<b>Bob" not in part and "<i>" not in part


# --- what is not sent ----------------------------------------------------------------------------


@BOTH
def test_who_has_opted_out_gets_nothing(make: Make, database: Database) -> None:
    """Neither follow-ups nor polls, from the moment on in which it was said."""
    database.transact(make)
    change(database, Contact, opted_out_at=NOON - HOUR)
    assert run_all(database) == 1
    assert sent(database) == []
    assert result(database) == "not sent: the customer opted out"


@BOTH
def test_after_a_week_nobody_wants_it_any_more(make: Make, database: Database) -> None:
    """Frontdesk was off for eight days; then it is better not to write."""
    database.transact(make)
    run_all(database, NOON + 8 * DAY)
    assert sent(database) == []
    assert result(database) == "not sent: too late"


def test_too_late_holds_for_what_was_put_off_as_well(database: Database) -> None:
    """Put off to the morning, and then off for eight days."""
    database.transact(bought)
    assert run_all(database, NOON + 9 * HOUR) == 1
    run_all(database, NOON + 9 * DAY)
    assert sent(database) == []
    assert result(database) == "not sent: too late"


@BOTH
def test_after_a_short_stop_it_is_sent_once(make: Make, database: Database) -> None:
    """Two days late is not too late."""
    database.transact(make)
    assert run_all(database, NOON + 2 * DAY) == 1
    assert run_all(database, NOON + 2 * DAY) == 0
    assert len(sent(database)) == 1


def open_ticket(session: Session, key: str = "telegram:1") -> None:
    """The customer has asked for a person."""
    conversation = session.exec(select(Conversation).where(Conversation.key == key)).one()
    assert conversation.id is not None
    session.add(Ticket(conversation_id=conversation.id, reason="asked", language="en", desk="C1",
                       opened_at=NOON))  # fmt: skip


def test_a_follow_up_waits_while_the_customer_is_with_a_person(database: Database) -> None:
    """ "How do you like your tent?" in the middle of a complaint would be mockery."""
    database.transact(bought)
    database.transact(open_ticket)
    assert run_all(database) == 1
    assert (sent(database), result(database)) == ([], None)
    change(database, Ticket, resolved_at=NOON + HOUR)
    run_all(database, NOON + DAY)
    assert len(sent(database)) == 1


def test_a_poll_is_dropped_when_the_customer_is_with_a_person_again(database: Database) -> None:
    """It was not settled after all; the next ticket has a poll of its own."""
    database.transact(resolved)
    database.transact(open_ticket)
    run_all(database)
    assert sent(database) == []
    assert result(database) == "not sent: the customer is with a person again"


def test_a_poll_is_not_sent_after_the_rating(database: Database) -> None:
    """Who has rated already is not asked."""

    def rated(session: Session) -> None:
        item = resolved(session)
        session.add(Rating(kind="csat", subject="ticket:1", conversation_id=item.conversation_id,
                           ticket_id=item.ticket_id, score=5, at=NOON))  # fmt: skip

    database.transact(rated)
    run_all(database)
    assert sent(database) == []


def test_a_follow_up_that_was_deleted_from_the_folder(database: Database) -> None:
    """An admin took the file away: what was planned is closed, not tried for ever."""
    database.transact(bought)
    empty = replace(HOUSE, kb=replace(KB, follow_ups={}))
    assert run_all(database, house=empty) == 1
    assert run_all(database, house=empty) == 0
    assert result(database) == "not sent: there is nothing to send any more"


# --- where a customer on Slack talks with us now -------------------------------------------------


def slack_customer(session: Session) -> None:
    """A member bought something (the file knows the member's id) and writes in Latvian (Slack
    gives that chat an id of its own)."""
    bought(session, "U123", channel="slack")
    address, person = Address("slack", "D456"), Person("U123", "Maria", "lv-LV")
    start_conversation(session, address, person, HOUSE, NOON - DAY)


def test_on_slack_it_goes_to_the_chat_there_is_in_its_language(database: Database) -> None:
    """The same customer, the chat they use, the language they speak there."""
    database.transact(slack_customer)
    run_all(database)
    (item,) = sent(database)
    assert item.address == Address("slack", "D456")
    assert item.reply.text.startswith("Sveiki")


def test_on_slack_it_waits_for_the_person_in_that_chat(database: Database) -> None:
    """The open ticket belongs to the chat, the purchase to the member: still one customer."""
    database.transact(slack_customer)
    database.transact(open_ticket, "slack:D456")
    run_all(database)
    assert sent(database) == []


# --- two workers ---------------------------------------------------------------------------------


@BOTH
def test_two_workers_send_it_once(make: Make, database: Database) -> None:
    """Two processes tick at the same moment."""
    database.transact(make)
    url = database.url.render_as_string(hide_password=False)
    others = [Database(url), Database(url)]
    ready, counts = threading.Barrier(2), [0, 0]

    def work(place: int) -> None:
        ready.wait()
        counts[place] = run_all(others[place])

    threads = [threading.Thread(target=work, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert sum(counts) == 1
    assert len(sent(database)) == 1


def test_one_customer_after_the_other(database: Database) -> None:
    """A row each, in the order in which they came due."""
    for chat in ("1", "2", "3"):
        database.transact(bought, chat, order=f"HB-{chat}")
    assert run_all(database) == 3
    assert [item.address.chat_id for item in sent(database)] == ["1", "2", "3"]


# --- allowed hours -------------------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(start: str, end: str) -> House:
    own = Policy(
        follow_up_hours=Hours(start=time.fromisoformat(start), end=time.fromisoformat(end))
    )
    return replace(HOUSE, kb=replace(KB, policy=own))


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        ("2026-11-22 09:00", "2026-11-22 09:00"),
        ("2026-11-22 18:59", "2026-11-22 18:59"),
        ("2026-11-22 19:00", "2026-11-23 09:00"),
        ("2026-11-22 23:30", "2026-11-23 09:00"),
        ("2026-11-22 08:59", "2026-11-22 09:00"),
        ("2026-03-29 00:30", "2026-03-29 08:00"),
        ("2026-03-28 20:00", "2026-03-29 08:00"),
        ("2026-10-24 19:00", "2026-10-25 09:00"),
        ("2026-12-31 22:00", "2027-01-01 09:00"),
    ],
)
def test_between_ten_and_eight_on_the_customers_clock(now: str, allowed: str) -> None:
    """In Berlin, also over the nights in which the clocks change; times here are UTC."""
    assert next_allowed(at(now), BERLIN, HOUSE) == at(allowed)


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        ("2026-03-29 00:45", "2026-03-29 01:30"),  # 02:30 does not exist: 03:30 instead
        ("2026-03-29 01:10", "2026-03-29 01:10"),  # 03:10
        ("2026-10-25 00:10", "2026-10-25 00:30"),  # 02:10 for the first time
        ("2026-10-25 00:45", "2026-10-25 00:45"),  # 02:45 for the first time
        ("2026-10-25 01:10", "2026-10-25 01:30"),  # 02:10 again
        ("2026-10-25 01:45", "2026-10-25 01:45"),  # 02:45 again
    ],
)
def test_hours_inside_the_change_of_the_clocks(now: str, allowed: str) -> None:
    """A shop of night owls, 02:30 to 04:00: the hour that is missing, and the one that is twice."""
    assert next_allowed(at(now), BERLIN, hours("02:30", "04:00")) == at(allowed)


def test_every_minute_of_both_nights_is_put_right() -> None:
    """Whatever the minute: what is allowed is never in the past, and within a day and an hour."""
    house = hours("02:30", "02:45")
    for start in (at("2026-03-28 12:00"), at("2026-10-24 12:00")):
        for minute in range(0, 48 * 60, 5):
            now = start + timedelta(minutes=minute)
            assert now <= next_allowed(now, BERLIN, house) <= now + DAY + HOUR


@BOTH
def test_at_night_it_waits_for_the_morning_of_the_customer(make: Make, database: Database) -> None:
    """New York is seven hours behind Riga: what is due at noon in Riga waits until ten there."""
    database.transact(make)
    change(database, Contact, timezone="America/New_York")
    assert run_all(database) == 1
    assert sent(database) == []
    assert run_all(database, at("2026-11-22 14:59")) == 0
    assert run_all(database, at("2026-11-22 15:00")) == 1
    assert len(sent(database)) == 1


def test_an_unknown_time_zone_is_the_shops(database: Database) -> None:
    """A platform may send anything; then the shop's clock counts."""
    database.transact(bought)
    change(database, Contact, timezone="Mars/Olympus")
    run_all(database)
    assert len(sent(database)) == 1
