"""Files between customers and the desk: what is sent where, and what is said if it may not pass.
Takes a session, never commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.domain import Agent, Attachment, File, Outgoing, Reply
from bot.outbox import REPLY, Draft
from bot.storage.tables import Message, Ticket, TicketEvent
from handoff import replies
from handoff.file_names import safe_name
from handoff.rows import Desk, address_of, conversation_of

FROM_CUSTOMER = "file_in"  # of the drafts that bring a customer's file to the desk
RANK = 2  # as what the customer writes
WITH_BOT = timedelta(days=1)  # files sent that long before a ticket are shown in its thread
PLATFORM_CLOCK = timedelta(seconds=2)  # which may be a little behind ours, or have no fractions
MOST = 10
_PASSED_ON = {"photo", "document", "voice", "audio", "video"}


def to_desk(
    desk: Desk, ticket: Ticket, source: str, attachments: Iterable[Mapping[str, Any]]
) -> list[Draft]:
    """What a customer has sent from the channel `source`, into the thread; as rows have it."""
    drafts = []
    for each in attachments:
        if each.get("kind") in _PASSED_ON and each.get("file_id"):
            item = Outgoing("file", desk.thread(ticket), file=_file(Attachment(**each), source))
            drafts.append(Draft(item, FROM_CUSTOMER, ticket.id, rank=RANK))
    return drafts[:MOST]


def _file(attachment: Attachment, source: str) -> File:
    return File(
        name=safe_name(attachment.name) or attachment.kind,
        kind=attachment.kind,
        mime=attachment.mime,
        size=attachment.size,
        source=source,
        file_id=attachment.file_id,
    )


def sent_before(session: Session, desk: Desk, ticket: Ticket) -> list[Draft]:
    """What the customer had sent to the bot shortly before the ticket was opened (again)."""
    query = select(Message).where(
        Message.conversation_id == ticket.conversation_id,
        Message.author == "contact",
        col(Message.ticket_id).is_(None),
        col(Message.deleted_at).is_(None),
        Message.sent_at >= (_last_end(session, ticket) or ticket.opened_at - WITH_BOT),
    )
    found = session.exec(query.order_by(col(Message.id))).all()
    attachments = [each for message in found for each in message.attachments]
    source = conversation_of(session, ticket).channel
    return to_desk(desk, ticket, source, attachments[-MOST:])


def _last_end(session: Session, ticket: Ticket) -> datetime | None:
    """When a ticket that is open again was closed last: what was sent before is in its thread."""
    query = select(TicketEvent.at).where(
        TicketEvent.ticket_id == ticket.id, col(TicketEvent.kind).in_(("resolved", "cancelled"))
    )
    ended = session.exec(query.order_by(col(TicketEvent.id).desc()).limit(1)).first()
    return ended - PLATFORM_CLOCK if ended else None


def to_customer(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    agent: Agent,
    files: Iterable[Attachment],
    words: Draft | None,
    message_id: str,
    now: datetime,
) -> list[Draft]:
    """The claimer's files, in order, after the `words` of the same message if there are any; they
    wait as long, and are taken back with it."""
    address, sent = address_of(conversation_of(session, ticket)), list(files)
    if words is not None and words.message_id is not None:
        message = session.get_one(Message, words.message_id)
    else:
        message = replies.said(session, desk, ticket, agent, "", message_id, now)
    message.attachments = [asdict(each) for each in sent]
    author, drafts = "" if words else agent.first_name, []
    for each in sent:
        file = _file(each, desk.address.channel)
        item = Outgoing("file", address, Reply("", author=author), file=file)
        held = replies.held_until(desk, now)
        drafts.append(Draft(item, REPLY, ticket.id, message.id, hold_until=held))
        author = ""
    return drafts
