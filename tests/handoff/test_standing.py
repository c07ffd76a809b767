"""What a card says of the customer: who they are, what they bought, what was before and what is
hidden; and that a desk with many tickets can afford to know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from bot.storage.database import Database
from bot.storage.tables import (
    Contact,
    DeskAgent,
    Message,
    Purchase,
    Rating,
    Ticket,
)
from handoff.cards import Card, blocks
from handoff.rows import Desk
from handoff.story import view
from tests.handoff.open_tickets import DAY, DESK, HOUR, KB, MARIA, MINUTE, NOW, opened
from tests.handoff.test_cards import shown, texts

QUERIES = 14  # of a card, however much there is to know


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """One kind of database is enough for what is gathered."""
    opened_now = Database(sqlite_url)
    yield opened_now
    opened_now.close()


def ticket_of_anna(session: Session, *, at: timedelta = HOUR) -> Ticket:
    """Anna's open ticket, she herself in Istanbul."""
    ticket, _ = opened(session, "Anna", at)
    contact = session.get_one(Contact, 1)
    contact.timezone, contact.created_at = "Europe/Istanbul", NOW - 10 * DAY
    session.flush()
    return ticket


def bought(session: Session, order: str, product: str, ago: timedelta) -> None:
    row = Purchase(
        order_number=order, contact_id=1, conversation_id=1, product=product, bought_at=NOW - ago
    )
    session.add(row)
    session.flush()


def wrote(
    session: Session, text: str, ago: timedelta, author: str = "contact", **more: Any
) -> None:
    row = Message(conversation_id=1, author=author, text=text, sent_at=NOW - ago, **more)
    session.add(row)
    session.flush()


def earlier_ticket(session: Session, ago: timedelta, score: int | None) -> None:
    at = NOW - ago
    old = Ticket(
        conversation_id=1, reason="", language="en", desk="C0DESK", card_id="9.1", opened_at=at,
        resolved_at=at,
    )  # fmt: skip
    session.add(old)
    session.flush()
    if score is not None:
        session.add(
            Rating(kind="csat", subject=f"ticket:{old.id}", conversation_id=1, ticket_id=old.id,
                   score=score, at=at)
        )  # fmt: skip
        session.flush()


def hiding(*facts: Any) -> Desk:
    """The desk, whose cards keep these to themselves."""
    policy = KB.policy
    desk = policy.desk.model_copy(update={"hide": facts})
    kb = replace(KB, policy=policy.model_copy(update={"desk": desk}))
    return replace(DESK, kb=kb)


def everything(session: Session) -> Ticket:
    """A ticket of which there is a lot to say."""
    ticket = ticket_of_anna(session)
    bought(session, "HB-1", "Boots", 400 * DAY)
    bought(session, "HB-2", "Tent “Lynx”", 3 * DAY)
    bought(session, "HB-2", "Pegs", 4 * DAY)
    earlier_ticket(session, 30 * DAY, 4)
    earlier_ticket(session, 20 * DAY, None)
    wrote(session, "Where is my tent?", HOUR + 20 * MINUTE, mood=0.9, mood_reasons=["capitals"])
    return ticket


def test_a_card_knows_the_customer(sqlite: Database) -> None:
    """Local time and how far it is from the shop's, the first purchase, how many orders, the last
    product, earlier tickets with their ratings and the way to them."""

    def look(session: Session) -> None:
        card = view(session, DESK, everything(session), NOW)
        text = "\n".join(texts(blocks(card, DESK.words)))
        assert "Telegram · English · 15:00 there, +1 h" in text
        assert "customer since <!date^" in text and "2025-10-18" in text
        assert "2 orders · last “Tent “Lynx””, <!date^" in text
        assert "Earlier tickets: <https://slack.com/archives/C0DESK/p91|#3> <!date^" in text
        assert text.count("★★★★☆") == 1
        assert "*Wants:* Where is my tent?" in text and "20 min with the bot" in text

    sqlite.transact(look)


def test_who_has_bought_nothing_is_known_since_the_first_word(sqlite: Database) -> None:
    """And nothing is said of orders."""

    def look(session: Session) -> None:
        text = shown(view(session, DESK, ticket_of_anna(session), NOW))
        assert "first wrote <!date^" in text and "2026-11-12" in text
        assert "order" not in text.split("Articles")[0].replace("border", "")

    sqlite.transact(look)


def test_what_the_shop_hides_is_not_on_the_card(sqlite: Database) -> None:
    """Each fact by itself; what is not hidden stays."""
    marks = {
        "local_time": "there",
        "customer_since": "customer since",
        "purchases": "orders",
        "earlier_tickets": "Earlier tickets",
        "mood": "*Mood*",
    }

    def look(session: Session) -> None:
        ticket = everything(session)
        for hidden, mark in marks.items():
            text = shown(view(session, hiding(hidden), ticket, NOW))
            assert mark not in text
            for other in marks.values():
                assert other == mark or other in text
        bare = shown(view(session, hiding(*marks), ticket, NOW))
        assert not any(mark in bare for mark in marks.values())

    sqlite.transact(look)


def test_a_zone_that_nobody_knows_is_not_guessed(sqlite: Database) -> None:
    """The shop's time would be a guess."""

    def look(session: Session) -> None:
        ticket = ticket_of_anna(session)
        session.get_one(Contact, 1).timezone = "Mars/Olympus"
        assert view(session, DESK, ticket, NOW).customer.local_time == ""

    sqlite.transact(look)


def test_escalated_snoozed_and_suggested_are_on_the_card(sqlite: Database) -> None:
    """With the number to call; who is suggested only while nobody has it."""

    def look(session: Session) -> None:
        ticket = ticket_of_anna(session)
        session.add(DeskAgent(id="U0MARIA", name="Maria", seen_at=NOW))
        ticket.escalated_to = ticket.suggested_to = "U0MARIA"
        ticket.snoozed_at, ticket.snoozed_until = NOW, None
        shift = {"name": "Olga", "slack": "U0MARIA", "phone": "+371 20000000"}
        desk = KB.policy.desk.model_validate({"rota": [shift]})
        kb = replace(KB, policy=KB.policy.model_copy(update={"desk": desk}))
        text = shown(view(session, replace(DESK, kb=kb), ticket, NOW))
        assert "*Escalated to*\\nOlga +371 20000000" in text
        assert "*Snoozed*\\nuntil the customer writes" in text
        assert "*Suggested*\\nMaria" in text
        ticket.claimed_by = MARIA.user_id
        assert "*Suggested*" not in shown(view(session, DESK, ticket, NOW))

    sqlite.transact(look)


def test_a_card_shows_the_newest_words_as_they_read_now(sqlite: Database) -> None:
    """Also those that came after the handover; of a changed message the last version, of one that
    was taken back nothing."""

    def look(session: Session) -> None:
        ticket = ticket_of_anna(session)
        wrote(session, "hello", 50 * MINUTE)
        wrote(session, "where is it", 40 * MINUTE)
        wrote(session, "Where is it?", 39 * MINUTE, revises_id=2)
        wrote(session, "Where is it??", 38 * MINUTE, revises_id=3)
        wrote(session, "never mind", 30 * MINUTE, deleted_at=NOW)
        wrote(session, "I'll look.", 20 * MINUTE, "agent", agent_id="U1")
        lines = [(line.who, line.text) for line in view(session, DESK, ticket, NOW).lines]
        assert lines == [("Anna", "hello"), ("Anna", "Where is it??"), ("U1", "I'll look.")]

    sqlite.transact(look)


def test_a_card_costs_a_few_questions_whatever_there_is_to_know(sqlite: Database) -> None:
    """Two hundred open tickets are drawn again and again."""

    def count(session: Session) -> list[str]:
        ticket = everything(session)
        for number in range(40):
            wrote(session, f"message {number}", 30 * MINUTE)
            bought(session, f"HB-{number}00", "Sock", 5 * DAY)
            earlier_ticket(session, 40 * DAY, 5)
        session.commit()
        session.expire_all()
        asked: list[str] = []
        listener = lambda *args: asked.append(str(args[2]))  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", listener)
        view(session, DESK, session.get_one(Ticket, ticket.id), NOW)
        return asked

    with Session(sqlite.engine) as session:
        asked = count(session)
    assert len(asked) <= QUERIES, "\n".join(asked)


def test_a_conversation_with_another_customer_is_not_on_the_card(sqlite: Database) -> None:
    """Neither words nor orders nor tickets."""

    def look(session: Session) -> Card:
        everything(session)
        other, _ = opened(session, "Boris", MINUTE)
        return view(session, DESK, other, NOW)

    card = sqlite.transact(look)
    assert card.customer.orders == 0 and not card.customer.earlier and not card.lines
