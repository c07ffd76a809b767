"""What a card shows, gathered from the ticket's rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from bot.domain import Outcome, Outgoing, Reply
from bot.outbox import CARD, Draft
from bot.storage.tables import (
    Contact,
    Message,
    Rating,
    Ticket,
    TicketEvent,
)
from handoff import cards
from handoff.complaints.story import complaint_of, complaint_view, complaints_before
from handoff.moods import Feelings
from handoff.rows import CHANNEL_NAMES, Desk, agent_name, contact_of, conversation_of

CARD_MESSAGES = 4  # the customer's last, and as many of the bot's between them
LOOK_BACK = 30
EXCERPT_LENGTH = 140
CARD_MOODS = 12
PLATFORM_CLOCK = timedelta(seconds=2)  # which may be a little behind ours, or have no fractions
CONVERSATION = timedelta(days=1)  # what was felt before belongs to something else


def card_update(session: Session, desk: Desk, ticket: Ticket) -> Draft:
    """The card as it should look now, in place of what it showed."""
    session.flush()
    return Draft(card_item(session, desk, ticket, "update"), "card_update", ticket.id)


def card_item(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    kind: Any,
    bare: bool = False,
    before: tuple[str, ...] = (),
) -> Outgoing:
    """The card as something to send; `before` is what should be taken first, ready to show."""
    card = replace(view(session, desk, ticket), before=before)
    make = cards.bare_blocks if bare else cards.blocks
    return Outgoing(
        kind,
        desk.address,
        Reply(cards.summary(card, desk.words)),
        blocks=make(card, desk.words),
        target=CARD if kind == "update" else "",
    )


def view(session: Session, desk: Desk, ticket: Ticket) -> cards.Card:
    """Everything a card shows, gathered from the ticket's rows."""
    assert ticket.id is not None
    conversation, contact = conversation_of(session, ticket), contact_of(session, ticket)
    score = session.exec(
        select(Rating.score).where(Rating.kind == "csat", Rating.ticket_id == ticket.id)
    ).first()
    resolved = session.exec(
        select(TicketEvent.agent_id)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.kind == "resolved")
        .order_by(col(TicketEvent.id).desc())  # reopened, it may have been resolved before
    ).first()
    complaint = complaint_of(session, ticket)
    return cards.Card(
        ticket_id=ticket.id,
        name=contact.name,
        channel=CHANNEL_NAMES.get(conversation.channel, conversation.channel),
        language=desk.words(f"language_{ticket.language}"),
        reason=ticket.reason,
        opened_at=ticket.opened_at,
        lines=_lines(session, desk, ticket, contact),
        suggestions=tuple(cards.Suggestion(**s) for s in ticket.suggestions),
        came_from=str(conversation.context.get("started_with", "")),
        claimed_by=agent_name(session, ticket.claimed_by),
        resolved_by=agent_name(session, resolved) if ticket.resolved_at else "",
        score=score,
        urgency=ticket.urgency,
        feelings=felt_lately(session, desk, ticket),
        complaint=complaint_view(session, desk, complaint) if complaint else None,
        complaints_before=complaints_before(session, ticket, complaint),
    )


def felt_lately(session: Session, desk: Desk, ticket: Ticket) -> Feelings | None:
    """How the customer felt from a day before the ticket on, as far as it is known. A command or a
    picture says nothing of it."""
    query = select(Message).where(
        Message.conversation_id == ticket.conversation_id,
        Message.author == "contact",
        col(Message.mood).is_not(None),
        Message.text != "",
        col(Message.text).not_like("/%"),
        Message.sent_at >= ticket.opened_at - CONVERSATION,
    )
    if ticket.resolved_at is not None:
        query = query.where(Message.sent_at <= ticket.resolved_at)
    found = session.exec(query.order_by(col(Message.id).desc()).limit(CARD_MOODS)).all()
    level_of = desk.kb.policy.people.level_of
    levels = tuple(level_of(message.mood or 0.0) for message in reversed(found))
    return Feelings(levels, tuple(found[0].mood_reasons or ())) if found else None


def _lines(
    session: Session, desk: Desk, ticket: Ticket, contact: Contact
) -> tuple[cards.Line, ...]:
    # Up to the handover: what follows stands in the thread.
    query = (
        select(Message)
        .where(
            Message.conversation_id == ticket.conversation_id,
            Message.sent_at <= ticket.opened_at + timedelta(seconds=1),
            col(Message.author).in_(("contact", "bot")),
            col(Message.deleted_at).is_(None),
            func.coalesce(Message.outcome, "") != Outcome.HANDED_OFF.value,
        )
        .order_by(col(Message.id).desc())
        .limit(LOOK_BACK)
    )
    who = {
        "contact": contact.name or desk.words("desk_customer"),
        "bot": desk.words("desk_who_bot"),
    }
    return tuple(
        cards.Line(who[message.author], _shown(desk, message))
        for message in reversed(telling(session.exec(query).all()))
    )


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
    """Of the last messages, newest first, those from the customer, and what the bot said since
    the first of these: its long answers must not push the question off the card."""
    theirs = [m for m in messages if m.author == "contact"][:CARD_MESSAGES]
    ours = [m for m in messages if m.author == "bot"][:CARD_MESSAGES]
    chosen = {m.id for m in (*theirs, *ours)}
    kept = [m for m in messages if m.id in chosen]
    while theirs and kept[-1].author == "bot":
        kept.pop()
    return kept


def _shown(desk: Desk, message: Message) -> str:
    if message.author == "bot":
        return cards.first_line(cards.without_marks(message.text))
    return describe(desk, message.text, message.attachments)


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


def excerpt(body: str) -> str:
    """An article's first sentence."""
    text = " ".join(cards.without_marks(body).split())
    sentence = re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]
    return sentence if len(sentence) <= EXCERPT_LENGTH else sentence[: EXCERPT_LENGTH - 1] + "…"
