"""Which desk channel a ticket goes to, and who there may take it: of those on duty whoever has the
least to do. A suggestion, for nobody is assigned what they have not taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from bot.domain import Article
from bot.knowledge.desk_policy import Route
from bot.storage.tables import DeskAgent, Ticket, TicketEvent
from handoff.rows import Desk

LATELY = timedelta(days=14)  # who has done nothing on a desk for longer, is not counted on there


@dataclass(frozen=True, slots=True)
class Subject:
    """What a ticket is about, as far as is known."""

    language: str
    article_id: str | None = None
    tags: tuple[str, ...] = ()


def subject_of(language: str, near: Iterable[Article]) -> Subject:
    """By the article that is nearest to what the customer wants."""
    first = next(iter(near), None)
    return Subject(language, first.id, first.tags) if first else Subject(language)


def channel_of(routes: Iterable[Route], subject: Subject) -> str | None:
    """The desk channel of the first route that fits in all that it names; None if none does. A
    route that names nothing takes everything."""
    return next((route.channel for route in routes if _fits(route, subject)), None)


def _fits(route: Route, subject: Subject) -> bool:
    speaks = not route.languages or subject.language in route.languages
    is_topic = not route.topics or subject.article_id in route.topics
    is_tagged = not route.tags or not set(route.tags).isdisjoint(subject.tags)
    return speaks and is_topic and is_tagged


def least_loaded(session: Session, desk: Desk, channel: str, now: datetime) -> str | None:
    """Who should take a new ticket of this desk channel: of those who are on duty and have worked
    there lately the one with the fewest open tickets, and of these who has waited longest for one.
    None out of hours, and where nobody is known."""
    if not desk.kb.policy.service.business_hours(desk.zone).is_open(now):
        return None
    agents = on_duty(session, channel, now)
    load = {
        agent: (_open_tickets(session, agent), _last_taken(session, agent, now)) for agent in agents
    }
    return min(load, key=lambda agent: load[agent], default=None)


def on_duty(session: Session, channel: str, now: datetime) -> list[str]:
    """Who has worked in this desk channel lately and has not said to be off."""
    known = (
        select(TicketEvent.agent_id)
        .join(Ticket, col(Ticket.id) == TicketEvent.ticket_id)
        .where(Ticket.desk == channel, TicketEvent.at >= now - LATELY)
        .where(col(TicketEvent.kind).in_(("claimed", "replied", "resolved")))
    )
    query = select(DeskAgent.id).where(
        col(DeskAgent.on_duty).is_(True), col(DeskAgent.id).in_(known)
    )
    return sorted(session.exec(query))


def _open_tickets(session: Session, agent: str) -> int:
    query = select(func.count()).where(
        Ticket.claimed_by == agent,
        col(Ticket.resolved_at).is_(None),
        col(Ticket.snoozed_at).is_(None),
    )
    return session.exec(query).one()


def _last_taken(session: Session, agent: str, now: datetime) -> datetime:
    query = select(TicketEvent.at).where(
        TicketEvent.agent_id == agent, TicketEvent.kind == "claimed", TicketEvent.at >= now - LATELY
    )
    last = session.exec(query.order_by(col(TicketEvent.id).desc()).limit(1)).first()
    return last or now - LATELY
