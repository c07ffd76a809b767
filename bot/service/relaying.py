"""What a customer says while a person has the conversation, shown in the ticket's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlmodel import Session

from bot.domain import CustomerEvent, Deletion, Edit, InboundMessage
from bot.engine.burst import as_one
from bot.outbox import Draft
from bot.service.conversations import Known
from bot.service.house import House
from bot.service.messages import text_of, versions_of
from bot.storage.tables import Ticket
from handoff import files, said, speaking, story
from handoff.rows import Desk

QUOTED = 300  # characters of what a customer had written before they changed it


def show_desk(
    session: Session, events: Sequence[CustomerEvent], known: Known, ticket_id: int, house: House
) -> list[Draft]:
    """One turn of the customer's: its words as one line, and its files below them."""
    ticket, desk = session.get_one(Ticket, ticket_id), house.desk
    lines = [line for each in _albums(events) if (line := _line(session, desk, known, each))]
    if not lines:
        return []  # a button of the bot's: nothing said
    drafts = speaking.relay(desk, ticket, known.name, "\n".join(lines))
    for each in events:
        if isinstance(each, InboundMessage):
            attachments = [asdict(attachment) for attachment in each.attachments]
            drafts += files.to_desk(desk, ticket, each.address.channel, attachments)
    return [*drafts, story.said_more(session, desk, ticket)]


def _albums(events: Sequence[CustomerEvent]) -> list[CustomerEvent]:
    """The events, of which those that are pieces of one album are one."""
    whole: list[CustomerEvent] = []
    for each in events:
        last = whole[-1] if whole else None
        if (
            isinstance(each, InboundMessage)
            and isinstance(last, InboundMessage)
            and each.album
            and each.album == last.album
        ):
            whole[-1] = as_one([last, each])
        else:
            whole.append(each)
    return whole


def _line(session: Session, desk: Desk, known: Known, event: CustomerEvent) -> str:
    match event:
        case InboundMessage():
            return said.describe(desk, event.text, [asdict(a) for a in event.attachments])
        case Edit():
            return f"✏️ {_as_version(session, desk, known, event)}"
        case Deletion():
            return f"🗑 {desk.words('desk_deleted', text=text_of(session, known, event))}"
    return ""


def _as_version(session: Session, desk: Desk, known: Known, event: Edit) -> str:
    """Both what it says now and what it said, each of which somebody may have read."""
    before = versions_of(session, known, event)[:-1]
    if not before:  # from before our time
        return desk.words("desk_edited", text=event.text)
    was = before[-1] if len(before[-1]) <= QUOTED else before[-1][: QUOTED - 1] + "…"
    return desk.words("desk_version", n=len(before) + 1, text=event.text, before=was)
