"""`/desk find`: tickets by the customer's name, an order, an address, a number, or by words that
were said. Takes a session, never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from bot.domain import Agent, DeskCommand, number_in
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.folded import fold, folded, pattern
from bot.storage.tables import Contact, Conversation, Identity, Message, Purchase, Ticket
from handoff.buttons import button
from handoff.cards import mark
from handoff.rows import CHANNEL_NAMES, Desk, agent_name, card_link
from handoff.speaking import answer_at, whisper
from handoff.wording import short

MOST = 15
SHORTEST, LONGEST_NUMBER = 2, 9  # characters; the latter of a ticket's number
LATEST = 50_000  # messages that are looked through
NAME_LENGTH, WHY_LENGTH = 40, 80


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket that fits, whose customer is called `name`."""

    ticket: Ticket
    name: str
    channel: str


def command(
    session: Session, desk: Desk, event: DeskCommand, text: str, now: datetime
) -> list[Draft]:
    """Show whoever asks, alone, the newest tickets that fit, each with the way to its thread and a
    button for everything that was said with its customer."""
    at, agent = answer_at(event), event.agent
    if len(fold(text).strip("#")) < SHORTEST and number_in(text.strip("# ")) is None:
        return [whisper(at, agent, desk.words("desk_find_short"))]
    found = find(session, desk, agent, text, now)
    shown = text[:NAME_LENGTH]
    if not found:
        return [whisper(at, agent, desk.words("desk_find_none", text=shown))]
    lines = [desk.words("desk_find", n=len(found), text=escape_markdown(shown)), ""]
    lines += [f"- {_line(session, desk, each)}" for each in found]
    if len(found) == MOST:
        lines += ["", desk.words("desk_find_most", n=MOST)]
    label = desk.words("desk_button_history")
    numbers = [str(each.ticket.id) for each in found]
    buttons = [button(f"history:{number}", f"{label} #{number}", number) for number in numbers]
    return [whisper(at, agent, "\n".join(lines), literal=False, buttons=buttons)]


def find(session: Session, desk: Desk, agent: Agent, text: str, now: datetime) -> list[Found]:
    """The tickets that fit, the newest first, 15 at the most; only of the desk channels that the
    agent is a member of. Capitals and accents make no difference, and neither does what stands
    between the groups of a number."""
    wanted = text.strip()
    query = (
        select(Ticket, Contact.name, Conversation.channel)
        .join(Conversation, col(Conversation.id) == Ticket.conversation_id)
        .join(Contact, col(Contact.id) == Conversation.contact_id)
        .where(col(Ticket.desk).in_(agent.desks), or_(*_ways(wanted)))
        .order_by(col(Ticket.id).desc())
        .limit(MOST)
    )
    return [Found(*row) for row in session.exec(query)]


def _ways(wanted: str) -> list[ColumnElement[bool]]:
    """All that a text may mean; #7 is the ticket and nothing else."""
    digits = wanted.lstrip("#").strip()
    number = number_in(digits) if len(digits) <= LONGEST_NUMBER else None
    ways: list[ColumnElement[bool]] = [] if number is None else [col(Ticket.id) == number]
    if wanted.startswith("#") and ways:
        return ways
    like = pattern(wanted)
    bought = select(Purchase.contact_id).where(_like(Purchase.order_number, like))
    account = select(Identity.contact_id).where(Identity.user_id == wanted)
    newest = select(Message.id).order_by(col(Message.id).desc()).limit(LATEST).subquery()
    talk = aliased(Conversation)
    said = (
        select(talk.contact_id)
        .join(Message, col(Message.conversation_id) == talk.id)
        .where(
            col(Message.id).in_(select(newest.c.id)),
            col(Message.author).in_(("contact", "agent")),
            _like(Message.text, like),
        )
    )
    return [
        *ways,
        _like(Contact.name, like),
        col(Contact.id).in_(bought),
        col(Contact.id).in_(account),
        col(Contact.id).in_(said),
    ]


def _like(column: Any, like: str) -> ColumnElement[bool]:
    return folded(col(column)).like(like, escape="!")


def _line(session: Session, desk: Desk, found: Found) -> str:
    """ "💬 #7 **Anna** · Telegram · 2026-11-22 · With Maria · why", in Markdown."""
    ticket = found.ticket
    sign = mark(ticket.urgency, ticket.claimed_by is not None, ticket.resolved_at is not None)
    name = escape_markdown(short(found.name, NAME_LENGTH)) or desk.words("desk_no_name")
    parts = [
        f"{sign} {card_link(ticket, f'#{ticket.id}')} **{name}**",
        CHANNEL_NAMES.get(found.channel, found.channel),
        f"{ticket.opened_at.astimezone(desk.zone):%Y-%m-%d}",
        escape_markdown(short(ticket.reason, WHY_LENGTH)),
    ]
    if ticket.claimed_by and ticket.resolved_at is None:
        agent = escape_markdown(agent_name(session, ticket.claimed_by))
        parts.append(desk.words("desk_claimed", agent=agent))
    return " · ".join(parts)
