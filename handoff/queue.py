"""What is done to tickets. Every function takes a session, never commits, and returns what is to
be sent because of it; whoever opened the transaction puts that into the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from bot.domain import Agent, Article
from bot.outbox import Draft
from bot.storage.tables import (
    Conversation,
    Rating,
    Ticket,
)
from handoff import routing
from handoff.complaints import course
from handoff.rows import (
    Desk,
    record,
)
from handoff.service_levels.keep import keep
from handoff.speaking import tell_desk
from handoff.story import card_post, card_update
from handoff.suggestions.choosing import kept


def open_ticket(
    session: Session,
    desk: Desk,
    conversation: Conversation,
    reason: str,
    suggestions: Sequence[Article],
    now: datetime,
    urgency: int = 0,
    complains: str | None = None,
    words: str = "",
) -> tuple[Ticket, list[Draft]]:
    """Open a ticket and its card; the conversation must have no unresolved one. `complains`: how
    severe the complaint is that begins with it in these `words`, if one does."""
    assert conversation.id is not None
    subject = routing.subject_of(conversation.language, suggestions)
    channel = routing.channel_of(desk.kb.policy.desk.routes, subject) or desk.address.chat_id
    ticket = Ticket(
        conversation_id=conversation.id,
        reason=reason[:300],
        language=conversation.language,
        suggestions=kept(suggestions),
        desk=channel,
        article_id=subject.article_id,
        tags=list(subject.tags),
        suggested_to=routing.least_loaded(session, desk, channel, now),
        urgency=urgency,
        opened_at=now,
    )
    session.add(ticket)
    session.flush()
    record(session, ticket, "opened", now, detail={"reason": ticket.reason})
    told: list[Draft] = []
    if (complaint := course.open_complaint_of(session, conversation.id)) is not None:
        told = course.given_to_owner(session, desk, ticket, complaint, now)
    elif complains is not None:
        course.begin(session, desk, ticket, complains, words, now)
    keep(session, desk, ticket, now)
    return ticket, [card_post(session, desk, ticket), *told]


def note(
    session: Session, ticket: Ticket, agent: Agent, text: str, now: datetime, told: bool = False
) -> None:
    """Keep what was said among colleagues with the ticket; it never leaves the house. `told`: its
    author has been told that, for it looked as if meant for the customer."""
    record(session, ticket, "noted", now, agent, {"text": text, **({"told": True} if told else {})})


def rated(
    session: Session, desk: Desk, ticket: Ticket, name: str, rating: Rating, now: datetime
) -> list[Draft]:
    """Show a rating, or the words that followed it, in the thread and on the card."""
    who = name or desk.words("desk_customer")
    if rating.comment:
        text = desk.words("desk_comment", name=who, text=rating.comment)
        return [tell_desk(desk, ticket, text)]
    record(session, ticket, "rated", now, detail={"score": rating.score})
    text = desk.words("desk_rated", name=who, score=rating.score)
    return [tell_desk(desk, ticket, text), card_update(session, desk, ticket)]
