"""Who is on duty: what a colleague said last. Nothing is suggested or given to who is off."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.domain import Agent
from bot.storage.tables import DeskAgent
from handoff.named import tickets_of
from handoff.rows import Desk, know_agent


def turn(session: Session, agent: Agent, on_duty: bool, now: datetime) -> None:
    """Note whether this colleague is on duty, and since when."""
    know_agent(session, agent, now)
    known = session.get(DeskAgent, agent.user_id)
    assert known is not None  # we have just noted them
    if known.on_duty is not on_duty or known.duty_since is None:
        known.on_duty, known.duty_since = on_duty, now


def is_on(session: Session, agent_id: str) -> bool:
    """Whether a colleague is on duty; who has never said anything about it is."""
    known = session.get(DeskAgent, agent_id)
    return known is None or known.on_duty


def text(session: Session, desk: Desk, agent: Agent) -> str:
    """How it stands, and to who is off what is still theirs."""
    if is_on(session, agent.user_id):
        return desk.words("desk_on_duty")
    mine = ", ".join(f"#{ticket.id}" for ticket in tickets_of(session, agent))
    return desk.words("desk_off_duty", list=mine or None)
