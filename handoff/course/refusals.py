"""Who supervises, and what somebody is told whom the rules refuse something."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain import Agent, DeskAction, DeskForm
from bot.outbox import Draft
from bot.storage.tables import DeskAgent, Ticket, TicketEvent
from handoff.authorisation import refused
from handoff.rows import Desk, agent_name, clock
from handoff.speaking import answer_at, whisper
from handoff.tickets import Ruling

_KEYS = {
    Ruling.CLOSED: "desk_closed",
    Ruling.OPEN: "desk_is_open",
    Ruling.UNCLAIMED: "desk_nobody_has_it",
    Ruling.YOURS_ALREADY: "desk_yours_already",
}
_TAKES = ("claimed", "transferred", "reopened")  # events after which somebody has it


def supervises(desk: Desk, agent_id: str) -> bool:
    """Whether the policy names this colleague as a supervisor, or as one to be called."""
    policy = desk.kb.policy
    on_rota = any(shift.slack == agent_id for shift in policy.desk.rota)
    return on_rota or agent_id in policy.complaints.roles.supervisor.people


def is_there(session: Session, desk: Desk, agent_id: str | None, now: datetime) -> bool:
    """Whether work may be left with this colleague: on duty, and in business hours."""
    agent = session.get(DeskAgent, agent_id) if agent_id else None
    hours = desk.kb.policy.service.business_hours(desk.zone)
    return agent is not None and agent.on_duty and hours.is_open(now)


def refusal(session: Session, desk: Desk, ticket: Ticket, ruling: Ruling, now: datetime) -> str:
    """Why not, in a sentence; who has it, and since when, where that is why."""
    if ruling in _KEYS:
        return desk.words(_KEYS[ruling])
    agent = agent_name(session, ticket.claimed_by)
    query = select(TicketEvent.at).where(
        TicketEvent.ticket_id == ticket.id, col(TicketEvent.kind).in_(_TAKES)
    )
    since = session.exec(query.order_by(col(TicketEvent.id).desc())).first()
    return desk.words("desk_taken", agent=agent, time=clock(since, desk, now))


def not_theirs(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    event: DeskAction | DeskForm,
    ruling: Ruling,
    now: datetime,
) -> Draft:
    """Tell who may not put somebody else's ticket aside; the attempt is on record."""
    agent: Agent = event.agent
    if ruling is not Ruling.TAKEN:
        return whisper(answer_at(event), agent, refusal(session, desk, ticket, ruling, now))
    action = event.action if isinstance(event, DeskAction) else event.name
    refused(session, event, action, "somebody else has it", now, ticket.id)
    owner = agent_name(session, ticket.claimed_by)
    return whisper(answer_at(event), agent, desk.words("desk_only_owner", agent=owner))
