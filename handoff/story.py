"""What a card shows, gathered from the ticket's rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.domain import Outcome, Outgoing, Reply
from bot.engine.feelings import DANGER
from bot.outbox import CARD, Draft
from bot.storage.tables import (
    Complaint,
    Contact,
    Message,
    Rating,
    Ticket,
    TicketEvent,
)
from handoff import cards
from handoff.complaints.story import complaint_of, complaint_view
from handoff.moods import Feelings
from handoff.rows import Desk, agent_name, contact_of, conversation_of
from handoff.said import CONVERSATION, describe, last_said, lately, telling
from handoff.service_levels.shown import clock_line, clock_of
from handoff.standing import customer_of, gist_of

EXCERPT_LENGTH = 140
CARD_MOODS = 12


def card_post(session: Session, desk: Desk, ticket: Ticket) -> Draft:
    """A new card for the ticket. It is drawn when it is sent, see `handoff.drawing`; where many
    wait, the urgent go first."""
    session.flush()
    item = Outgoing("post", desk.place(ticket))
    return Draft(item, "card", ticket.id, rank=-ticket.urgency)


def card_update(session: Session, desk: Desk, ticket: Ticket, rank: int = 0) -> Draft:
    """The card as it should look when this is sent, in place of what it showed; two that wait for
    that are one. Where many wait, those of a lower rank go first."""
    session.flush()
    item = Outgoing("update", desk.place(ticket), target=CARD)
    return Draft(item, "card_update", ticket.id, rank=rank)


def said_more(session: Session, desk: Desk, ticket: Ticket) -> Draft:
    """The card with the customer's last words; what people do to tickets is shown before it, and
    the words of the upset before others'."""
    return card_update(session, desk, ticket, rank=1 + DANGER - ticket.urgency)


def card_item(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    kind: Any,
    bare: bool = False,
    before: tuple[str, ...] = (),
    now: datetime | None = None,
) -> Outgoing:
    """The card as something to send; `before` is what should be taken first, ready to show."""
    card = replace(view(session, desk, ticket, now), before=before)
    make = cards.bare_blocks if bare else cards.blocks
    return Outgoing(
        kind,
        desk.place(ticket),
        Reply(cards.summary(card, desk.words)),
        blocks=make(card, desk.words),
        target=CARD if kind == "update" else "",
    )


def view(session: Session, desk: Desk, ticket: Ticket, now: datetime | None = None) -> cards.Card:
    """Everything a card shows, gathered from the ticket's rows; without `now` it has no clocks."""
    assert ticket.id is not None
    conversation, contact = conversation_of(session, ticket), contact_of(session, ticket)
    complaint = complaint_of(session, ticket)
    said = last_said(session, ticket)
    hidden = desk.kb.policy.desk.hide
    return cards.Card(
        ticket_id=ticket.id,
        name=contact.name,
        reason=ticket.reason,
        opened_at=ticket.opened_at,
        customer=customer_of(session, desk, ticket, conversation, contact, complaint, now),
        gist=gist_of(session, desk, ticket, said, complaint),
        clock=_clock(desk, ticket, complaint, now),
        is_snoozed=ticket.snoozed_at is not None and ticket.resolved_at is None,
        snoozed_until=ticket.snoozed_until,
        escalated_to=_escalated_to(session, desk, ticket),
        suggested_to=agent_name(session, ticket.suggested_to),
        lines=_lines(session, desk, contact, lately(ticket, said)),
        suggestions=tuple(cards.Suggestion(**s) for s in ticket.suggestions),
        came_from=str(conversation.context.get("started_with", "")),
        claimed_by=agent_name(session, ticket.claimed_by),
        urgency=ticket.urgency,
        feelings=None if "mood" in hidden else felt_lately(session, desk, ticket),
        complaint=complaint_view(session, desk, complaint) if complaint else None,
        **_ended(session, desk, ticket),
    )


def _ended(session: Session, desk: Desk, ticket: Ticket) -> dict[str, Any]:
    """Who resolved the ticket, and how the customer rated that; or that they need it no more."""
    if ticket.resolved_at is None:
        return {}
    query = select(Rating.score).where(Rating.kind == "csat", Rating.ticket_id == ticket.id)
    ends = (
        select(TicketEvent)
        .where(
            TicketEvent.ticket_id == ticket.id,
            col(TicketEvent.kind).in_(("resolved", "cancelled")),
        )
        .order_by(col(TicketEvent.id).desc())  # reopened, it may have been resolved before
    )
    end = session.exec(ends).first()
    if end is not None and end.kind == "cancelled":
        return {"resolved_by": desk.words("desk_customer"), "is_cancelled": True}
    agent = agent_name(session, end.agent_id if end else None)
    return {"resolved_by": agent, "score": session.exec(query).first()}


def _clock(desk: Desk, ticket: Ticket, complaint: Complaint | None, now: datetime | None) -> str:
    if now is None:
        return ""
    is_open = complaint is not None and complaint.closed_at is None
    clock = clock_of(ticket, desk, now, complaint.severity if complaint and is_open else None)
    return clock_line(clock, desk, now) if clock else ""


def _escalated_to(session: Session, desk: Desk, ticket: Ticket) -> str:
    """The supervisor who is asked to step in, with the number under which they can be called."""
    if ticket.escalated_to is None:
        return ""
    on_rota = [s for s in desk.kb.policy.desk.rota if s.slack == ticket.escalated_to]
    name = on_rota[0].name if on_rota else agent_name(session, ticket.escalated_to)
    return " ".join(filter(None, (name, on_rota[0].phone if on_rota else "")))


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
    session: Session, desk: Desk, contact: Contact, said: Sequence[Message]
) -> tuple[cards.Line, ...]:
    who = {
        "contact": contact.name or desk.words("desk_customer"),
        "bot": desk.words("desk_who_bot"),
    }
    told = [m for m in reversed(said) if m.outcome != Outcome.HANDED_OFF]
    return tuple(
        cards.Line(who.get(m.author) or agent_name(session, m.agent_id), _shown(desk, m))
        for m in reversed(telling(told))
    )


def _shown(desk: Desk, message: Message) -> str:
    if message.author == "bot" or message.article_id:
        return cards.first_line(cards.without_marks(message.text))
    return describe(desk, message.text, message.attachments)


def excerpt(body: str) -> str:
    """An article's first sentence."""
    text = " ".join(cards.without_marks(body).split())
    sentence = re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]
    return sentence if len(sentence) <= EXCERPT_LENGTH else sentence[: EXCERPT_LENGTH - 1] + "…"
