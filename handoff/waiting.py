"""Who waits, the most urgent first: the queue, and what should be taken before a new card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.domain import Address, Agent, Outgoing, Reply
from bot.engine.feelings import DANGER
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import Complaint, Contact, Conversation, Ticket
from handoff.cards import mark
from handoff.complaints.rules import number_of
from handoff.rows import Desk, agent_name, card_link
from handoff.wording import plain, short

MOST_LINES = 15
MOST_BEFORE = 3  # named on a new card
NAME_LENGTH, WHY_LENGTH = 40, 80
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Open:
    """An unresolved ticket; `complaint` is the open one of its conversation."""

    ticket: Ticket
    name: str
    complaint: Complaint | None = None

    @property
    def order(self) -> tuple[bool, bool, bool, datetime, int]:
        """Danger first, whoever has it; then what nobody has before what somebody has, in each of
        these the upset and complaints by their date, then who has waited longest."""
        ticket, complaint = self.ticket, self.complaint
        is_urgent = ticket.urgency > 0 or complaint is not None
        by = complaint.due_at if complaint else ticket.opened_at
        is_claimed = ticket.claimed_by is not None
        return ticket.urgency < DANGER, is_claimed, not is_urgent, by, ticket.id or 0


def line_up(session: Session, desk: Desk) -> list[Open]:
    """All unresolved tickets of this desk, the most urgent first."""
    query = (
        select(Ticket, Contact.name, Complaint)
        .join(Conversation, col(Conversation.id) == Ticket.conversation_id)
        .join(Contact, col(Contact.id) == Conversation.contact_id)
        .outerjoin(
            Complaint,
            (col(Complaint.conversation_id) == Ticket.conversation_id)
            & col(Complaint.closed_at).is_(None),
        )
        .where(col(Ticket.resolved_at).is_(None))
    )
    # The desk is not part of the query: by its index all tickets there ever were would be read.
    rows = (Open(*row) for row in session.exec(query))
    here = [each for each in rows if each.ticket.desk == desk.address.chat_id]
    return sorted(here, key=lambda each: each.order)


def queue(session: Session, desk: Desk, at: Address, agent: Agent, now: datetime) -> Draft:
    """The queue, shown to this agent alone: the first lines, and how many there are below them."""
    waiting = line_up(session, desk)
    if not waiting:
        text = desk.words("desk_queue_empty")
    else:
        lines = [f"- {_line(session, desk, each, now)}" for each in waiting[:MOST_LINES]]
        text = "\n".join([desk.words("desk_queue", n=len(waiting)), *lines])
        if len(waiting) > MOST_LINES:
            text += f"\n\n{desk.words('desk_queue_more', n=len(waiting) - MOST_LINES)}"
    return Draft(Outgoing("whisper", at, Reply(text), target=agent.user_id))


def before(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> tuple[str, ...]:
    """What nobody has yet and should be taken before this ticket, ready to show on its card:
    "#3 🔴 Anna, 12 min"."""
    session.flush()
    waiting = line_up(session, desk)
    orders = [each.order for each in waiting if each.ticket.id == ticket.id]
    ahead = [each for each in waiting if orders and each.order < orders[0]]
    unclaimed = [each for each in ahead if each.ticket.claimed_by is None]
    return tuple(_briefly(desk, each, now) for each in unclaimed[:MOST_BEFORE])


def _line(session: Session, desk: Desk, each: Open, now: datetime) -> str:
    """One line of the queue, in Markdown."""
    ticket, complaint = each.ticket, each.complaint
    name = escape_markdown(short(each.name, NAME_LENGTH)) or desk.words("desk_no_name")
    parts = [f"{_sign(each)} {card_link(ticket, f'#{ticket.id}')} **{name}**"]
    parts.append(escape_markdown(short(ticket.reason, WHY_LENGTH)))
    if complaint is not None:
        number = desk.words("desk_complaint", number=number_of(complaint.id or 0))
        late = f" ({desk.words('desk_overdue')})" if complaint.due_at <= now else ""
        parts.append(number + late)
    parts.append(how_long(desk, now - ticket.opened_at))
    if ticket.claimed_by:
        agent = escape_markdown(agent_name(session, ticket.claimed_by))
        parts.append(desk.words("desk_claimed", agent=agent))
    return " · ".join(parts)


def _briefly(desk: Desk, each: Open, now: datetime) -> str:
    name = plain(short(each.name, NAME_LENGTH)) or desk.words("desk_no_name")
    waited = how_long(desk, now - each.ticket.opened_at)
    return f"#{each.ticket.id} {_sign(each)} {name}, {waited}"


def _sign(each: Open) -> str:
    return mark(each.ticket.urgency, each.ticket.claimed_by is not None)


def how_long(desk: Desk, time: timedelta) -> str:
    """A length of time in its largest unit that says enough: 12 min, 5 h, 3 d."""
    if time >= 2 * _DAY:
        return desk.words("desk_days", n=time // _DAY)
    if time >= 2 * _HOUR:
        return desk.words("desk_hours", n=time // _HOUR)
    return desk.words("desk_minutes", n=max(1, time // timedelta(minutes=1)))
