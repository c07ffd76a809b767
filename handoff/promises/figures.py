"""How promises stand: kept, broken, open. Every function takes a session and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain import Agent
from bot.storage.tables import Contact, Conversation, Promise, Ticket
from handoff.rows import agent_name


@dataclass(frozen=True, slots=True)
class Made:
    """A promise. `agent` is the name of who made it; `state`: kept, broken, withdrawn, open, or
    overdue, which is one whose time is over and of which nobody has said how it went."""

    id: int
    ticket: int
    agent: str
    customer: str
    what: str
    place: str
    starts_at: datetime
    ends_at: datetime | None
    made_at: datetime
    state: str


def promises(session: Session, now: datetime, since: datetime | None = None) -> list[Made]:
    """All that were made since then, the next to be kept first."""
    query = (
        select(Promise, Contact.name)
        .join(Conversation, col(Conversation.id) == Promise.conversation_id)
        .join(Contact, col(Contact.id) == Conversation.contact_id)
        .order_by(col(Promise.starts_at), col(Promise.id))
    )
    if since is not None:
        query = query.where(Promise.made_at >= since)
    return [
        Made(
            each.id or 0, each.ticket_id, agent_name(session, each.made_by), customer, each.what,
            each.place, each.starts_at, each.ends_at, each.made_at, _state(each, now),
        )
        for each, customer in session.exec(query)
    ]  # fmt: skip


def _state(made: Promise, now: datetime) -> str:
    if made.withdrawn_at is not None:
        return "withdrawn"
    if made.kept is not None:
        return "kept" if made.kept else "broken"
    return "overdue" if (made.ends_at or made.starts_at) < now else "open"


def by_agent(found: Collection[Made]) -> dict[str, Counter[str]]:
    """How many of each state, by who made them."""
    counts: dict[str, Counter[str]] = {}
    for made in found:
        counts.setdefault(made.agent, Counter())[made.state] += 1
    return dict(sorted(counts.items()))


def still_open(session: Session, desks: Collection[str], agent: Agent | None = None) -> int:
    """How many promises of these desk channels wait to be kept; of one agent, those of whom they
    are the owner: who has the ticket now, else who made it."""
    query = (
        select(Promise.made_by, Ticket.claimed_by)
        .join(Ticket, col(Ticket.id) == Promise.ticket_id)
        .where(
            col(Promise.kept).is_(None),
            col(Promise.withdrawn_at).is_(None),
            col(Ticket.desk).in_(desks),
        )
    )
    owners = [has_it or made_by for made_by, has_it in session.exec(query)]
    return len(owners) if agent is None else owners.count(agent.user_id)
