"""What is sent next, and what goes together: a busy desk stays readable and in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from bot import outbox
from bot.domain import Address, Outgoing, Reply
from bot.outbox import CARD, Draft, Sending, Sent
from bot.outbox_order import CARDS_AT_ONCE, MOST_LENGTH
from bot.storage.database import Database
from bot.storage.tables import Contact, Conversation, Lane, OutboxItem, Ticket

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DESK = Address("slack", "C0DESK")


class Desk:
    """Tickets on a desk whose cards have been posted, and what is sent about them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        tickets = [database.transact(_ticket, name) for name in "abcdefghi"]
        self.anna, self.ben, self.cleo, *_, self.eve = tickets
        self.now = NOW

    def put(self, *drafts: Draft) -> None:
        self.database.transact(outbox.put, drafts, self.now)

    def next(self, lane: str = "") -> Sending | None:
        """What a lane (of posts, if none is named) sends next; what else was claimed goes back."""
        claim = self.database.transact(outbox.claim, "slack", 0.0, self.now, 100)
        key = DESK.destination + lane
        others = [Sent(item, "queued") for item in claim.items if item.lane != key]
        self.token = claim.token
        self.database.transact(outbox.finish, "slack", claim.token, others, self.now)
        return next((item for item in claim.items if item.lane == key), None)

    def ends(self, sending: Sending, state: str = "sent", **how: Any) -> None:
        end = Sent(sending, state, "77.1" if state == "sent" else "", **how)
        self.database.transact(outbox.finish, "slack", self.token, [end], self.now)

    def sends(self, lane: str = "") -> list[str]:
        """All that a lane sends, to its end."""
        said = []
        while sending := self.next(lane):
            self.ends(sending)
            said.append(sending.item.reply.text or sending.purpose)
        return said

    def rows(self, *where: Any) -> list[OutboxItem]:
        def read(session: Session) -> list[OutboxItem]:
            return list(session.exec(select(OutboxItem).where(*where).order_by(col(OutboxItem.id))))

        return self.database.transact(read)

    def left(self) -> int:
        """How many things the lanes believe to have."""
        return self.database.transact(lambda s: sum(s.exec(select(Lane.pending)).all()))

    def with_card(self, ticket: int, card: str | None) -> None:
        def change(session: Session) -> None:
            session.get_one(Ticket, ticket).card_id = card

        self.database.transact(change)


def _ticket(session: Session, name: str) -> int:
    contact = Contact(name=name, created_at=NOW)
    session.add(contact)
    session.flush()
    talk = Conversation(
        key=name, channel="telegram", chat_id=name, contact_id=contact.id or 0, language="en",
        created_at=NOW, last_at=NOW,
    )  # fmt: skip
    session.add(talk)
    session.flush()
    ticket = Ticket(
        conversation_id=talk.id or 0, reason="", language="en", desk=DESK.chat_id,
        card_id=f"1.{name}", opened_at=NOW,
    )  # fmt: skip
    session.add(ticket)
    session.flush()
    return ticket.id or 0


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def line(ticket: int, text: str, purpose: str = "relay", author: str = "Anna") -> Draft:
    at = replace(DESK, thread_id=CARD)
    return Draft(Outgoing("post", at, Reply(text, author=author, literal=True)), purpose, ticket)


def card(ticket: int, rank: int = 0) -> Draft:
    return Draft(Outgoing("post", DESK), "card", ticket, rank=rank)


def update(ticket: int, rank: int = 0) -> Draft:
    return Draft(Outgoing("update", DESK, target=CARD), "card_update", ticket, rank=rank)


def test_what_a_customer_wrote_meanwhile_goes_as_one(desk: Desk) -> None:
    """Each message a line of its own, in order; and each row ends as it was sent."""
    desk.put(line(desk.anna, "one"), line(desk.ben, "hello"), line(desk.anna, "two"))
    desk.put(line(desk.anna, "three"))
    assert desk.sends() == ["one\ntwo\nthree", "hello"]
    assert {(row.state, row.external_id) for row in desk.rows()} == {("sent", "77.1")}
    assert [row.merged_into for row in desk.rows()] == [None, None, 1, 1]
    assert desk.left() == 0


def test_what_has_lines_of_its_own_becomes_a_paragraph(desk: Desk) -> None:
    """Where one message ends and the next begins is to be seen."""
    desk.put(line(desk.anna, "one\nand a half"), line(desk.anna, "two"))
    assert desk.sends() == ["one\nand a half\n\ntwo"]


@pytest.mark.parametrize(
    "other",
    [
        lambda ticket: line(ticket, "other", author="Ann"),
        lambda ticket: line(ticket, "other", "notice", author=""),
        lambda ticket: line(ticket, "o" * MOST_LENGTH),
    ],
    ids=["somebody else's words", "a word of ours", "more than fits"],
)
def test_what_does_not_belong_together_stays_apart(
    other: Callable[[int], Draft], desk: Desk
) -> None:
    """The order of a thread is the order in which things happened."""
    apart = other(desk.anna)
    desk.put(line(desk.anna, "one"), line(desk.anna, "two"), apart, line(desk.anna, "three"))
    assert desk.sends() == ["one\ntwo", apart.item.reply.text, "three"]


def test_cards_and_notices_go_before_what_customers_write(desk: Desk) -> None:
    """The urgent card first; and a thread is never turned round."""
    desk.put(line(desk.ben, "ben 1"), line(desk.anna, "anna 1"), line(desk.ben, "ben 2"))
    desk.put(line(desk.anna, "a notice", "notice", author=""), line(desk.anna, "anna 2"))
    desk.put(card(desk.cleo), card(desk.anna, rank=-2))
    assert desk.sends() == ["card", "card", "anna 1", "a notice", "ben 1\nben 2", "anna 2"]
    assert [row.ticket_id for row in desk.rows(OutboxItem.purpose == "card")] == [3, 1]


def test_what_is_being_sent_is_not_changed(desk: Desk) -> None:
    """Where a process died over it, it is looked for, and sent again, as it was."""
    desk.put(line(desk.anna, "one"), line(desk.anna, "two"))
    assert desk.next() is not None
    desk.put(line(desk.anna, "three"))
    desk.now += timedelta(minutes=2)  # its lease is over
    again = desk.next()
    assert again is not None and again.in_doubt
    assert again.item.reply.text == "one\ntwo"
    desk.ends(again)
    assert desk.sends() == ["three"]
    assert desk.left() == 0


def test_what_was_certainly_not_sent_takes_more_along(desk: Desk) -> None:
    """A desk that could not be posted to for a while is told in one go."""
    desk.put(line(desk.anna, "one"))
    first = desk.next()
    assert first is not None
    desk.ends(first, "queued", error="too many requests")
    desk.put(line(desk.anna, "two"))
    assert desk.sends() == ["one\ntwo"]
    assert desk.left() == 0


def test_a_card_that_waits_to_be_drawn_needs_no_second(desk: Desk) -> None:
    """It shows what is so when it is sent; the sooner of the two decides when that is."""
    assert desk.anna % CARDS_AT_ONCE == desk.eve % CARDS_AT_ONCE, "they share a lane"
    desk.put(update(desk.anna, rank=3), update(desk.eve, rank=3), update(desk.anna, rank=2))
    desk.put(update(desk.eve), update(desk.anna, rank=3))
    assert [row.rank for row in desk.rows()] == [2, 0]
    assert desk.left() == 2
    first = desk.next("/update/1")
    assert first is not None and first.ticket_id == desk.eve
    desk.put(update(desk.eve, rank=3))  # drawn already, so this is news
    assert desk.left() == 3
    desk.ends(first)
    assert len(desk.sends("/update/1")) == 2
    assert desk.left() == 0


def test_a_card_that_waits_to_be_posted_needs_no_update(desk: Desk) -> None:
    """One that is just being posted does, behind it."""
    desk.with_card(desk.anna, None)
    desk.put(card(desk.anna), update(desk.anna))
    desk.put(update(desk.anna))
    assert [row.purpose for row in desk.rows()] == ["card"]
    posted = desk.next()
    assert posted is not None
    desk.put(line(desk.ben, "hello"), update(desk.anna), update(desk.anna))
    desk.with_card(desk.anna, "1.new")
    desk.ends(posted)
    assert desk.sends() == ["card_update", "hello"]
    assert desk.left() == 0


def test_what_is_no_message_waits_for_none(desk: Desk) -> None:
    """Slack counts each of these apart, and a form is good for three seconds."""
    desk.put(line(desk.anna, "one"))
    for kind in ("whisper", "react", "form"):
        desk.put(Draft(Outgoing(kind, DESK, Reply(kind), target="U1")))
    desk.put(update(desk.anna), Draft(Outgoing("update", DESK, Reply("of a reply"), target="5")))
    lanes = [row.lane.removeprefix(DESK.destination) for row in desk.rows()]
    assert lanes == ["", "/whisper", "/react", "/form", "/update/1", ""]
