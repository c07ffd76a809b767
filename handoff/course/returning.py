"""A customer comes back after their ticket was resolved: it goes on where it was, with whoever had
it. Takes a session, never commits, and returns what is to be sent because of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.domain import Outgoing, Reply
from bot.engine.feelings import DANGER
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import Ticket, TicketEvent
from handoff.complaints import course
from handoff.course.closing import opened_again
from handoff.course.refusals import is_there
from handoff.remedies.approvals import alert
from handoff.rows import Desk, agent_name, card_link, name_of
from handoff.said import said_to_bot
from handoff.service_levels.keep import keep
from handoff.speaking import relay, tell_desk
from handoff.story import card_update
from handoff.tickets import is_reopened

CHANGED_MIND = timedelta(minutes=10)  # for so long who needed nobody any more may think again
MOST_LINES = 4  # of what the customer has said to the bot meanwhile


def to_go_on(session: Session, desk: Desk, ticket_id: int | None, now: datetime) -> Ticket | None:
    """The conversation's last ticket, if what the customer brings now belongs to it: somebody had
    it, and it was resolved not long ago (`policy.desk.reopen_within`), or they themselves have just
    said that nobody is needed."""
    ticket = session.get(Ticket, ticket_id) if ticket_id else None
    if ticket is None or ticket.resolved_at is None:
        return None
    nobodys = ticket.claimed_by is None
    within = CHANGED_MIND if nobodys else desk.kb.policy.desk.reopen_within
    if not is_reopened(ticket.resolved_at, now, within):
        return None
    return ticket if not nobodys or _is_cancelled(session, ticket) else None


def _is_cancelled(session: Session, ticket: Ticket) -> bool:
    query = select(TicketEvent.kind).where(
        TicketEvent.ticket_id == ticket.id,
        col(TicketEvent.kind).in_(("resolved", "cancelled")),
    )
    return session.exec(query.order_by(col(TicketEvent.id).desc())).first() == "cancelled"


def helper_of(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> str:
    """The first name of who had it, if they are there; else ""."""
    owner = _owner(session, ticket)
    return agent_name(session, owner) if is_there(session, desk, owner, now) else ""


def come_back(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    reason: str,
    now: datetime,
    urgency: int = 0,
) -> list[Draft]:
    """Open it again for the customer: the same owner's if they are there, else nobody's, which the
    channel is told, for nobody looks at an old card. What was said since stands in the thread."""
    since, owner = ticket.resolved_at or now, _owner(session, ticket)
    is_here = is_there(session, desk, owner, now)
    opened_again(session, ticket, owner if is_here else None, now)
    ticket.urgency = max(ticket.urgency, urgency)
    name = name_of(session, desk, ticket)
    agent = agent_name(session, owner)
    said = said_to_bot(session, desk, ticket, since)[-MOST_LINES:]
    keep(session, desk, ticket, now)
    values = {"name": name, "reason": reason, "agent": agent}
    if is_here:
        told = [alert(desk, ticket, desk.words("desk_came_back", **values), [owner])]
    else:
        key = "desk_came_back_unclaimed" if owner else "desk_came_back_free"
        told = [tell_desk(desk, ticket, desk.words(key, **values))]
        told.append(_in_channel(desk, ticket, name))
    relayed = [line for each in said for line in relay(desk, ticket, name, each)]
    return [card_update(session, desk, ticket), *told, *relayed]


def _owner(session: Session, ticket: Ticket) -> str | None:
    """Whose it is: of an open complaint its owner's."""
    complaint = course.open_complaint_of(session, ticket.conversation_id)
    return (complaint.owner if complaint else None) or ticket.claimed_by


def _in_channel(desk: Desk, ticket: Ticket, name: str) -> Draft:
    line = desk.words("desk_waits_again", name=escape_markdown(name))
    number = card_link(ticket, f"#{ticket.id}")
    sign = "🆘" if ticket.urgency >= DANGER else "🔔"
    return Draft(Outgoing("post", desk.place(ticket), Reply(f"{sign} {number} {line}")))
