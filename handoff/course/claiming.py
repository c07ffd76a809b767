"""Who has a ticket: claimed by the first who asks, and released. Every function takes a session,
never commits, and returns what is to be sent because of it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.domain import Address, Agent, DeskAction
from bot.outbox import Draft
from bot.storage.tables import Ticket
from handoff.complaints import course
from handoff.complaints.rules import number_of
from handoff.course.refusals import not_theirs, refusal, supervises
from handoff.course.snoozing import end_of_snooze
from handoff.rows import Desk, agent_name, know_agent, name_of, record, state_of
from handoff.speaking import answer_at, tell_colleague, tell_customer, tell_desk, whisper
from handoff.story import card_update
from handoff.tickets import Ruling, may_claim, may_put_aside


def claim_pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """`claim`, by the button."""
    return claim(session, desk, ticket, event.agent, answer_at(event), now)


def claim(
    session: Session, desk: Desk, ticket: Ticket, agent: Agent, at: Address, now: datetime
) -> list[Draft]:
    """Give the ticket to the first who asks; everybody else is told who has it, and since when."""
    ruling = may_claim(state_of(ticket), agent.user_id)
    if ruling is not Ruling.GRANTED:
        return [whisper(at, agent, refusal(session, desk, ticket, ruling, now))]
    name = name_of(session, desk, ticket)
    update, joined = taken(session, desk, ticket, agent, now)
    if at.chat_id == agent.user_id:  # in the home there is no thread to write in
        there = tell_colleague(desk, ticket, agent.user_id, "home_claimed", {"name": name})
        return [update, there, joined]
    return [update, whisper(at, agent, desk.words("desk_you_claimed", name=name)), joined]


def taken(
    session: Session, desk: Desk, ticket: Ticket, agent: Agent, now: datetime
) -> tuple[Draft, Draft]:
    """It is this colleague's from now on, which nobody had; the card says so, and the customer is
    told."""
    know_agent(session, agent, now)
    ticket.claimed_by = agent.user_id
    record(session, ticket, "claimed", now, agent)
    course.claimed(session, ticket, agent, now)
    update = card_update(session, desk, ticket)
    return update, tell_customer(session, desk, ticket, "agent_joined", agent)


def release(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Nobody has it any more: it waits for a colleague again, and the customer knows. A complaint
    is never left without its owner: that has to be handed over."""
    agent = event.agent
    ruling = may_put_aside(state_of(ticket), agent.user_id, supervises(desk, agent.user_id))
    if ruling is not Ruling.GRANTED:
        return [not_theirs(session, desk, ticket, event, ruling, now)]
    complaint = course.open_complaint_of(session, ticket.conversation_id)
    if complaint is not None and complaint.owner == ticket.claimed_by:
        number = number_of(complaint.id or 0)
        text = desk.words("desk_release_complaint", number=number)
        return [whisper(answer_at(event), agent, text)]
    know_agent(session, agent, now)
    left = Agent(ticket.claimed_by or "", agent_name(session, ticket.claimed_by))
    end_of_snooze(session, ticket, now, agent)
    ticket.claimed_by = None
    record(session, ticket, "released", now, agent, {"from": left.user_id})
    return [
        card_update(session, desk, ticket),
        tell_desk(desk, ticket, desk.words("desk_released", agent=agent.first_name)),
        tell_customer(session, desk, ticket, "agent_released", left),
    ]
