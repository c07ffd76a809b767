"""Files between customers and the desk: which go where, and what is said if one may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot import outbox
from bot.domain import (
    FILE_GONE,
    FILE_NO_SCOPE,
    FILE_NOT_ALLOWED,
    FILE_NOT_FETCHED,
    FILE_TOO_LARGE,
    Attachment,
    DeskAction,
    DeskMessage,
    File,
    Outgoing,
)
from bot.outbox import REPLY, Draft
from bot.outbox_order import FILE_IN
from bot.storage.database import Database
from bot.storage.tables import Message, OutboxItem, Ticket, TicketEvent
from handoff import desk as desk_events
from handoff import files
from handoff.delivery import delivered
from tests.handoff.open_tickets import DESK, MARIA, MINUTE, NOW, ROOM, opened

Act = Callable[[Session, Ticket], None]
PHOTO = Attachment("photo", "BQAC1")
PDF = Attachment("document", "BQAC2", "../bill\u202e.pdf", "application/pdf", 3_000)


@pytest.fixture
def play(database: Database) -> Callable[..., None]:
    """Does something with Anna's ticket, which Maria has."""

    def do(act: Act, claimed: bool = True) -> None:
        def work(session: Session) -> None:
            ticket, _ = opened(session, "Anna", MINUTE, claimed=claimed)
            act(session, ticket)

        database.transact(work)

    return do


def ended(session: Session, ticket: Ticket, state: str, error: str) -> list[str]:
    """What comes of the end of a customer's file: whom it is said to, and how it begins."""
    (draft,) = files.to_desk(DESK, ticket, "telegram", [asdict(PDF)])
    told = delivered(session, DESK, draft, state, "", error, False, NOW)
    return [f"{each.item.address.channel}: {each.item.reply.text}" for each in told]


@pytest.mark.parametrize(
    ("error", "desk", "customer"),
    [
        (FILE_TOO_LARGE, "it is larger than 20 MB", "Your file is larger than 20 MB"),
        (FILE_NOT_ALLOWED, "files of this kind are not passed on", "For safety we don't pass on"),
        (FILE_GONE, "the file is no longer there", "I couldn't pass your file on"),
        (FILE_NOT_FETCHED, "it could not be fetched", "I couldn't pass your file on"),
        (FILE_NO_SCOPE, "Frontdesk has no permission for files", "I can't pass files on"),
        ("invalid_arguments", "it could not be fetched", "I couldn't pass your file on"),
    ],
)
def test_both_hear_why_a_file_is_not_there(
    play: Callable[..., None], error: str, desk: str, customer: str
) -> None:
    """The desk what it was and why it is not here, the customer what they can do."""

    def act(session: Session, ticket: Ticket) -> None:
        line, said = ended(session, ticket, "failed", error)
        assert line.startswith(f"slack: 📎 bill.pdf is not here: {desk}")
        assert said.startswith(f"telegram: {customer}")

    play(act)


def test_of_an_album_the_customer_hears_once(play: Callable[..., None]) -> None:
    """The desk hears of each; something else that is wrong is said, too."""

    def act(session: Session, ticket: Ticket) -> None:
        assert len(ended(session, ticket, "failed", FILE_TOO_LARGE)) == 2
        assert len(ended(session, ticket, "failed", FILE_TOO_LARGE)) == 1
        assert len(ended(session, ticket, "failed", FILE_NOT_ALLOWED)) == 2

    play(act)


def test_what_may_be_there_is_not_sent_twice(play: Callable[..., None]) -> None:
    """The desk looks for itself; the customer need not know."""

    def act(session: Session, ticket: Ticket) -> None:
        (line,) = ended(session, ticket, "uncertain", "no answer in time")
        assert line.startswith("slack: 📎 bill.pdf may be here or not")
        assert ended(session, ticket, "sent", "") == []

    play(act)


def test_an_agent_alone_hears_why_a_file_has_not_gone(play: Callable[..., None]) -> None:
    """It is on record with the ticket; the words went without it."""

    def act(session: Session, ticket: Ticket) -> None:
        words = None
        (draft,) = files.to_customer(session, DESK, ticket, MARIA, [PDF], words, "300.1", NOW)
        (told,) = delivered(session, DESK, draft, "failed", "", FILE_NOT_ALLOWED, False, NOW)
        assert (told.item.kind, told.item.target) == ("whisper", MARIA.user_id)
        assert told.item.reply.text == (
            "📎 bill.pdf hasn't gone to the customer: files of this kind are not passed on."
        )

    play(act)


def written(session: Session, text: str, files: tuple[Attachment, ...]) -> list[Draft]:
    """What comes of Maria's message in the thread."""
    thread = type(ROOM)(ROOM.channel, ROOM.chat_id, "100.001")
    event = DeskMessage("e1", thread, MARIA, text, NOW, "300.1", files)
    return desk_events.handle(session, event, DESK, NOW)


def to_customers(drafts: list[Draft]) -> list[str]:
    sent = (each for each in drafts if each.purpose == REPLY)
    return [each.item.file.name if each.item.file else each.item.reply.text for each in sent]


def test_words_first_then_files_in_order(play: Callable[..., None]) -> None:
    """All of them wait as long as the words, belong to them, and stand with them in the history."""

    def act(session: Session, ticket: Ticket) -> None:
        drafts = [each for each in written(session, "Here", (PHOTO, PDF)) if each.purpose == REPLY]
        assert to_customers(drafts) == ["Here", "photo", "bill.pdf"]
        assert len({(each.hold_until, each.message_id) for each in drafts}) == 1
        message = session.get_one(Message, drafts[0].message_id)
        assert [each["kind"] for each in message.attachments] == ["photo", "document"]

    play(act)


def test_files_below_a_note_stay_inside(play: Callable[..., None]) -> None:
    """With words or without."""

    def act(session: Session, ticket: Ticket) -> None:
        assert to_customers(written(session, "// for us", (PDF,))) == []
        assert to_customers(written(session, "//", (PDF,))) == []

    play(act)


def test_files_of_who_does_not_have_the_ticket_stay_inside(play: Callable[..., None]) -> None:
    """Alone, or below words."""

    def act(session: Session, ticket: Ticket) -> None:
        assert to_customers(written(session, "", (PHOTO,))) == []
        assert to_customers(written(session, "Here", (PDF,))) == []

    play(act, claimed=False)


def test_claim_and_send_takes_the_files_along(play: Callable[..., None]) -> None:
    """What is sent is the message beside the button, all of it."""

    def act(session: Session, ticket: Ticket) -> None:
        assert to_customers(written(session, "Here", (PDF,))) == []
        session.flush()
        press = DeskAction("e2", ROOM, MARIA, "claim_send", ticket.id or 0, NOW, "300.1")
        assert to_customers(desk_events.handle(session, press, DESK, NOW)) == ["Here", "bill.pdf"]

    play(act, claimed=False)


def sent_to_bot(session: Session, ticket: Ticket, name: str, ago: timedelta) -> None:
    attachment = asdict(Attachment("document", f"id-{name}", name))
    session.add(
        Message(conversation_id=ticket.conversation_id, author="contact", text="",
                attachments=[attachment], sent_at=NOW - ago)
    )  # fmt: skip


def test_what_the_bot_was_sent_shortly_before_is_shown(play: Callable[..., None]) -> None:
    """Of a ticket that is open again, what came after its end."""

    def act(session: Session, ticket: Ticket) -> None:
        for name, ago in (("old", timedelta(days=3)), ("first", 20 * MINUTE), ("new", MINUTE / 2)):
            sent_to_bot(session, ticket, name, ago)
        session.flush()
        assert names(files.sent_before(session, DESK, ticket)) == ["first", "new"]
        resolved = TicketEvent(ticket_id=ticket.id or 0, kind="resolved", at=NOW - MINUTE)
        session.add(resolved)
        session.flush()
        assert names(files.sent_before(session, DESK, ticket)) == ["new"]

    play(act)


def names(drafts: list[Draft]) -> list[str]:
    return [each.item.file.name for each in drafts if each.item.file]


def test_the_desk_does_not_wait_for_a_file(play: Callable[..., None]) -> None:
    """Once its card is posted it has a lane of its own; before that it follows the card."""

    def act(session: Session, ticket: Ticket) -> None:
        for card in (ticket.card_id, None):
            ticket.card_id = card
            session.flush()
            item = Outgoing("file", DESK.thread(ticket), file=File("a.pdf"))
            outbox.put(session, [Draft(item, FILE_IN, ticket.id, rank=files.RANK)], NOW)
        rows = session.exec(select(OutboxItem).where(OutboxItem.purpose == FILE_IN)).all()
        assert [row.lane for row in rows] == ["slack:C0DESK/file", "slack:C0DESK"]

    play(act)
