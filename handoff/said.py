"""What was said in a conversation, with what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, or_, select

from bot.storage.tables import Conversation, Message, Ticket
from handoff.rows import Desk

CARD_MESSAGES = 4  # the customer's last, and as many of the bot's between them
LOOK_BACK = 30
PLATFORM_CLOCK = timedelta(seconds=2)  # which may be a little behind ours, or have no fractions
CONVERSATION = timedelta(days=1)  # what was felt before belongs to something else


def versions(messages: Iterable[Message]) -> list[list[Message]]:
    """Messages, the oldest first, as all the versions of each: the first as it was written, the
    last as it reads now. They stay in the order in which they were first written."""
    first: dict[int, int] = {}
    found: dict[int, list[Message]] = {}
    for message in messages:
        own = message.id or 0
        first[own] = (
            first.get(message.revises_id, message.revises_id) if message.revises_id else own
        )
        found.setdefault(first[own], []).append(message)
    return list(found.values())


def last_said(session: Session, ticket: Ticket) -> list[Message]:
    """The last messages of the conversation, the oldest first: each as it was last changed, none
    that was taken back. Of a resolved ticket, up to its end. With what the customer said elsewhere
    on the day before it was opened: who is asked to go on in private has told the story already."""
    own = select(Conversation.contact_id).where(Conversation.id == ticket.conversation_id)
    others = select(Conversation.id).where(Conversation.contact_id == own.scalar_subquery())
    elsewhere = (
        col(Message.conversation_id).in_(others)
        & (col(Message.sent_at) >= ticket.opened_at - CONVERSATION)
        & (col(Message.sent_at) <= ticket.opened_at)
        & col(Message.ticket_id).is_(None)
    )
    query = select(Message).where(
        or_(col(Message.conversation_id) == ticket.conversation_id, elsewhere)
    )
    if ticket.resolved_at is not None:
        query = query.where(Message.sent_at <= ticket.resolved_at + PLATFORM_CLOCK)
    found = session.exec(query.order_by(col(Message.id).desc()).limit(LOOK_BACK)).all()
    kept = versions(list(reversed(found)))
    return [each[-1] for each in kept if all(one.deleted_at is None for one in each)]


def lately(ticket: Ticket, said: Sequence[Message]) -> Sequence[Message]:
    """What belongs to this ticket: from a day before it on, or else the last thing said."""
    since = ticket.opened_at - CONVERSATION
    return [message for message in said if message.sent_at >= since] or said[-1:]


def said_to_bot(session: Session, desk: Desk, ticket: Ticket, since: datetime) -> list[str]:
    """What the customer has written since then without a ticket open, oldest first."""
    query = select(Message).where(
        Message.conversation_id == ticket.conversation_id,
        Message.author == "contact",
        col(Message.ticket_id).is_(None),
        col(Message.deleted_at).is_(None),
        Message.sent_at >= since - PLATFORM_CLOCK,
    )
    found = session.exec(query.order_by(col(Message.id).desc()).limit(LOOK_BACK)).all()
    return [describe(desk, each.text, each.attachments) for each in reversed(found)]


def telling(messages: Sequence[Message]) -> list[Message]:
    """Of the last messages, newest first, those from the customer, and what the bot or a colleague
    said since the first of these: long answers must not push the question off the card."""
    theirs = [m for m in messages if m.author == "contact"][:CARD_MESSAGES]
    ours = [m for m in messages if m.author != "contact"][:CARD_MESSAGES]
    chosen = {m.id for m in (*theirs, *ours)}
    kept = [m for m in messages if m.id in chosen]
    while theirs and kept[-1].author != "contact":
        kept.pop()
    return kept


def describe(desk: Desk, text: str, attachments: Sequence[Mapping[str, Any]]) -> str:
    """A message in words, with what was attached to it: "sent a picture (tent.jpg)"."""
    parts = [text] if text else []
    for attachment in attachments:
        kind = desk.words(f"kind_{attachment.get('kind', 'other')}")
        detail = ", ".join(filter(None, (attachment.get("name"), attachment.get("detail"))))
        parts.append(
            f"[{desk.words('desk_attachment', kind=kind)}{f': {detail}' if detail else ''}]"
        )
    return "\n".join(parts)
