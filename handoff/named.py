"""Which ticket somebody means who types `/desk … #7`, or names none. Takes a session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain import Agent, DeskCommand, number_in
from bot.storage.tables import Ticket
from handoff.authorisation import refused
from handoff.rows import Desk

_NUMBER = re.compile(r"#?(\d+)(?=\s|$)\s*")


@dataclass(frozen=True, slots=True)
class Named:
    """The ticket that is meant and what was typed after its number; without one, `why` not."""

    ticket: Ticket | None
    rest: str
    why: str = ""


def ticket_named(
    session: Session, desk: Desk, event: DeskCommand, text: str, now: datetime
) -> Named:
    """The ticket whose number the text begins with (#7, or 7), of a desk that its author belongs
    to; without a number the only one that they have. Who names another desk's is on record."""
    found = _NUMBER.match(text)
    rest = text[found.end() :] if found else text
    if found is None:
        mine = tickets_of(session, event.agent)
        if len(mine) == 1:
            return Named(mine[0], rest)
        key = "desk_which_ticket" if mine else "desk_no_ticket_of_yours"
        numbers = [f"#{ticket.id}" for ticket in mine]
        words = desk.words(key, list=", ".join(numbers), example=(numbers or ["#7"])[0])
        return Named(None, rest, words)
    ticket = session.get(Ticket, number_in(found[1]) or 0)
    if ticket is not None and ticket.desk in event.agent.desks:
        return Named(ticket, rest)
    if ticket is not None:
        refused(session, event, "command", "another desk's ticket", now, ticket.id)
    return Named(None, rest, desk.words("desk_no_such_ticket", ticket=f"#{found[1][:20]}"))


def tickets_of(session: Session, agent: Agent) -> list[Ticket]:
    """What this agent has: unresolved, the oldest first, what snoozes last."""
    query = select(Ticket).where(
        Ticket.claimed_by == agent.user_id, col(Ticket.resolved_at).is_(None)
    )
    found = [ticket for ticket in session.exec(query) if ticket.desk in agent.desks]
    return sorted(found, key=lambda each: (each.snoozed_at is not None, each.id or 0))
