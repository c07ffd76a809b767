"""Who is called when a supervisor is needed, in this order, and how they can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from handoff.rows import Desk, agent_name


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Somebody to be called, by their Slack id."""

    id: str
    name: str
    phone: str = ""

    @property
    def shown(self) -> str:
        """Name and number: "Olga +371 20000000"."""
        return f"{self.name} {self.phone}".strip()


def rota(session: Session, desk: Desk, now: datetime) -> list[Supervisor]:
    """Everybody on the rota once, whose shift it is first; without a rota the supervisors of
    complaints. None if the policy names nobody."""
    found: dict[str, Supervisor] = {}
    for shift in desk.kb.policy.desk.reachable(now, desk.zone):
        found.setdefault(shift.slack, Supervisor(shift.slack, shift.name, shift.phone))
    if not found:
        people = desk.kb.policy.complaints.roles.supervisor.people
        return [named(session, desk, each) for each in people]
    return list(found.values())


def named(session: Session, desk: Desk, agent_id: str) -> Supervisor:
    """This colleague, with the number that the rota has, if it does."""
    for shift in desk.kb.policy.desk.rota:
        if shift.slack == agent_id:
            return Supervisor(shift.slack, shift.name, shift.phone)
    return Supervisor(agent_id, agent_name(session, agent_id))
