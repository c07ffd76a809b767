"""The end of a ticket, and its beginning again by a colleague. Every function takes a session,
never commits, and returns what is to be sent because of it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain import Address, Agent, DeskAction
from bot.outbox import Draft
from bot.storage.tables import FollowUpItem, Ticket
from handoff import files
from handoff.complaints import course
from handoff.course.refusals import refusal
from handoff.remedies import proposals
from handoff.rows import Desk, know_agent, open_for, plan_poll, record, state_of
from handoff.service_levels.keep import plan
from handoff.speaking import answer_at, tell_customer, tell_desk, whisper
from handoff.story import card_update
from handoff.tickets import Ruling, may_reopen, may_resolve

WAKES, PAGES = "snooze_over", "page_next"  # follow-ups that have no sense once it is closed


def resolve_pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """`resolve`, by the button."""
    return resolve(session, desk, ticket, event.agent, answer_at(event), now)


def resolve(
    session: Session, desk: Desk, ticket: Ticket, agent: Agent, at: Address, now: datetime
) -> list[Draft]:
    """Close the ticket, tell the customer, plan the poll; the bot answers again from now on. Of a
    complaint the customer is asked whether it is settled, before anything else; not while something
    that may be meant for them is undecided, or not there yet."""
    ruling = may_resolve(state_of(ticket))
    if ruling is not Ruling.GRANTED:
        return [whisper(at, agent, refusal(session, desk, ticket, ruling, now))]
    complaint = course.open_complaint_of(session, ticket.conversation_id)
    if complaint is not None and (
        unfinished := proposals.unfinished(session, desk, complaint, now)
    ):
        return [whisper(at, agent, unfinished)]
    know_agent(session, agent, now)
    ticket.resolved_at, ticket.snoozed_at, ticket.snoozed_until = now, None, None
    record(session, ticket, "resolved", now, agent)
    for kind in (WAKES, PAGES):
        plan(session, ticket, kind, None, now)
    if complaint is not None:
        course.claimed(session, ticket, agent, now)  # or opened again it would have no owner
        asked = course.ask_whether_settled(session, desk, ticket, complaint, agent, now)
        return [card_update(session, desk, ticket), asked]
    plan_poll(session, desk, ticket, f"csat:{ticket.id}", now)
    return [
        card_update(session, desk, ticket),
        tell_customer(session, desk, ticket, "ticket_resolved", agent),
    ]


def reopen_pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """`reopen`, by the button on a resolved card."""
    why = not_reopened(session, desk, ticket, now)
    if why:
        return [whisper(answer_at(event), event.agent, why)]
    return reopen(session, desk, ticket, event.agent, now)


def not_reopened(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> str:
    """Why a colleague cannot go on with it; "" if they can."""
    ruling = may_reopen(state_of(ticket))
    if ruling is not Ruling.GRANTED:
        return refusal(session, desk, ticket, ruling, now)
    another = open_for(session, ticket.conversation_id)
    return desk.words("desk_open_elsewhere", ticket=str(another.id)) if another else ""


def reopen(
    session: Session, desk: Desk, ticket: Ticket, agent: Agent, now: datetime
) -> list[Draft]:
    """Go on with a resolved ticket: it is this colleague's, and the customer knows who is there."""
    know_agent(session, agent, now)
    opened_again(session, ticket, agent.user_id, now, agent)
    course.claimed(session, ticket, agent, now)
    return [
        card_update(session, desk, ticket),
        tell_desk(desk, ticket, desk.words("desk_reopened", agent=agent.first_name)),
        tell_customer(session, desk, ticket, "agent_joined", agent),
        *files.sent_before(session, desk, ticket),
    ]


def opened_again(
    session: Session, ticket: Ticket, owner: str | None, now: datetime, agent: Agent | None = None
) -> None:
    """It is open again, with this owner, or nobody's; nobody is asked how it went."""
    ticket.resolved_at = ticket.escalated_to = None
    ticket.claimed_by = owner
    record(session, ticket, "reopened", now, agent, {"owner": owner})
    query = select(FollowUpItem).where(
        FollowUpItem.ticket_id == ticket.id,
        FollowUpItem.kind == "csat",
        col(FollowUpItem.done_at).is_(None),
    )
    for poll in session.exec(query):
        poll.done_at, poll.result = now, "not sent: the ticket is open again"
