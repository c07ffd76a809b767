"""Who waits, the most urgent first: the queue, and what should be taken before a new card."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.domain import Address, Agent
from bot.engine.feelings import DANGER
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import Complaint, Contact, Conversation, Ticket
from handoff.cards import mark
from handoff.complaints.rules import number_of
from handoff.rows import Desk, agent_name, card_link, clock
from handoff.service_levels.shown import clock_line, clock_of
from handoff.speaking import whisper
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
    def order(self) -> tuple[bool, bool, bool, bool, datetime, int]:
        """Danger first, whoever has it; then what is awake, of that what nobody has before what
        somebody has, in each of these the upset and complaints by their date, then who has waited
        longest."""
        ticket, complaint = self.ticket, self.complaint
        is_urgent = ticket.urgency > 0 or complaint is not None
        by = complaint.due_at if complaint else ticket.opened_at
        is_claimed = ticket.claimed_by is not None
        is_calm = ticket.urgency < DANGER
        return is_calm, self.is_asleep, is_claimed, not is_urgent, by, ticket.id or 0

    @property
    def is_asleep(self) -> bool:
        """Whether it snoozes."""
        return self.ticket.snoozed_at is not None


def desks_of(desk: Desk, agent: Agent) -> frozenset[str]:
    """The desk channels whose tickets this agent may see."""
    return agent.desks or frozenset({desk.address.chat_id} if agent.on_desk else ())


def line_up(session: Session, desks: Collection[str]) -> list[Open]:
    """All unresolved tickets of these desk channels, the most urgent first."""
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
    here = [each for each in rows if each.ticket.desk in desks]
    return sorted(here, key=lambda each: each.order)


def of_agent(waiting: Sequence[Open], agent: Agent) -> list[Open]:
    """Of these what the agent has, what snoozes last."""
    mine = [each for each in waiting if each.ticket.claimed_by == agent.user_id]
    return sorted(mine, key=lambda each: each.is_asleep)


def split(lined_up: Sequence[Open]) -> tuple[list[Open], list[Open]]:
    """What nobody has, and what somebody has."""
    free = [each for each in lined_up if each.ticket.claimed_by is None]
    return free, [each for each in lined_up if each.ticket.claimed_by is not None]


def queue(session: Session, desk: Desk, at: Address, agent: Agent, now: datetime) -> Draft:
    """What waits on all desks of this agent, then what colleagues have, shown to them alone."""
    free, taken = split(line_up(session, desks_of(desk, agent)))
    return _list(session, desk, free, "desk_queue", at, agent, now, taken)


def mine(session: Session, desk: Desk, at: Address, agent: Agent, now: datetime) -> Draft:
    """What this agent has, shown to them alone."""
    waiting = of_agent(line_up(session, desks_of(desk, agent)), agent)
    return _list(session, desk, waiting, "desk_mine", at, agent, now)


def _list(
    session: Session,
    desk: Desk,
    waiting: Sequence[Open],
    key: str,
    at: Address,
    agent: Agent,
    now: datetime,
    taken: Sequence[Open] = (),
) -> Draft:
    """The first lines, then of what is `taken`, and how many there are below them."""
    total = len(waiting) + len(taken)
    if not total:
        return whisper(at, agent, desk.words(f"{key}_empty"), literal=False)

    def part(head: str, shown: Sequence[Open]) -> str:
        return "\n".join([head, *(f"- {line(session, desk, each, now)}" for each in shown)])

    parts = [part(desk.words(key, n=total), waiting[:MOST_LINES])]
    if others := taken[: max(0, MOST_LINES - len(waiting))]:
        parts.append(part(desk.words("desk_with_colleagues", n=len(taken)), others))
    if total > MOST_LINES:
        parts.append(desk.words("desk_queue_more", n=total - MOST_LINES))
    return whisper(at, agent, "\n\n".join(parts), literal=False)


def before(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> tuple[str, ...]:
    """What nobody has yet and should be taken before this ticket, ready to show on its card:
    "#3 🔴 Anna, 12 min"."""
    session.flush()
    waiting = line_up(session, {ticket.desk})
    orders = [each.order for each in waiting if each.ticket.id == ticket.id]
    ahead = [each for each in waiting if orders and each.order < orders[0]]
    unclaimed = [each for each in ahead if each.ticket.claimed_by is None]
    return tuple(_briefly(desk, each, now) for each in unclaimed[:MOST_BEFORE])


def line(session: Session, desk: Desk, each: Open, now: datetime) -> str:
    """One line of the queue, in Markdown."""
    ticket = each.ticket
    head = (
        f"{sign(each)} {card_link(ticket, f'#{ticket.id}')} **{escape_markdown(name(desk, each))}**"
    )
    return " · ".join([head, *map(escape_markdown, facts(session, desk, each, now))])


def name(desk: Desk, each: Open) -> str:
    """The customer's name, or that there is none."""
    return short(each.name, NAME_LENGTH) or desk.words("desk_no_name")


def facts(session: Session, desk: Desk, each: Open, now: datetime) -> list[str]:
    """Why it is there, its complaint, how long it waits, its clock, who has it; nothing escaped."""
    ticket, complaint = each.ticket, each.complaint
    found = [short(ticket.reason, WHY_LENGTH)]
    if complaint is not None:
        number = desk.words("desk_complaint", number=number_of(complaint.id or 0))
        late = f" ({desk.words('desk_overdue')})" if complaint.due_at <= now else ""
        found.append(number + late)
    found.append(how_long(desk, now - ticket.opened_at))
    if (stands := _clock(desk, each, now)) is not None:
        found.append(stands)
    if ticket.claimed_by:
        found.append(desk.words("desk_claimed", agent=agent_name(session, ticket.claimed_by)))
    return found


def _clock(desk: Desk, each: Open, now: datetime) -> str | None:
    """How its clock stands, or until when it snoozes."""
    ticket, complaint = each.ticket, each.complaint
    if each.is_asleep:
        return desk.words("desk_asleep", time=clock(ticket.snoozed_until, desk, now) or None)
    shown = clock_of(ticket, desk, now, complaint.severity if complaint else None)
    return clock_line(shown, desk, now) if shown is not None else None


def _briefly(desk: Desk, each: Open, now: datetime) -> str:
    waited = how_long(desk, now - each.ticket.opened_at)
    return f"#{each.ticket.id} {sign(each)} {plain(name(desk, each))}, {waited}"


def sign(each: Open) -> str:
    """How it stands, in one sign."""
    return mark(each.ticket.urgency, each.ticket.claimed_by is not None)


def how_long(desk: Desk, time: timedelta) -> str:
    """A length of time in its largest unit that says enough: 12 min, 5 h, 3 d."""
    if time >= 2 * _DAY:
        return desk.words("desk_days", n=time // _DAY)
    if time >= 2 * _HOUR:
        return desk.words("desk_hours", n=time // _HOUR)
    return desk.words("desk_minutes", n=max(1, time // timedelta(minutes=1)))
