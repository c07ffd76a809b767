"""Today's figures, of the desk and of one colleague. Takes a session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import mean, median

from sqlmodel import Session, col, func, select

from bot.domain import Agent
from bot.storage.tables import Rating, Ticket, TicketEvent
from handoff.promises.figures import still_open
from handoff.rows import Desk
from handoff.waiting import desks_of, how_long


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened since midnight. `waiting`: what nobody has now (None: not one person's to
    have); `first_reply`: the median time from a ticket's opening to a person's first answer;
    `scores`: what customers gave, of 5; `promises`: how many were kept, and how many broken;
    `promised`: how many wait to be kept."""

    claimed: int
    resolved: int
    opened: int | None = None
    waiting: int | None = None
    first_reply: timedelta | None = None
    scores: Sequence[int] = ()
    promises: tuple[int, int] = (0, 0)
    promised: int = 0


def today(
    session: Session, desk: Desk, desks: Collection[str], now: datetime, agent: Agent | None = None
) -> Figures:
    """The figures of these desk channels since midnight by the shop's clock; of one agent, what
    they did there."""
    local = now.astimezone(desk.zone)
    since = datetime.combine(local.date(), time(), desk.zone)
    done = {kind: _tickets(session, kind, desks, since, agent) for kind in ("claimed", "resolved")}
    opened, waiting = (None, None) if agent else _of_the_desk(session, desks, since)
    waits = _first_replies(session, desks, since, agent)
    return Figures(
        len(done["claimed"]),
        len(done["resolved"]),
        opened,
        waiting,
        timedelta(seconds=median(waits)) if waits else None,
        _scores(session, desks, since, agent),
        _promises(session, desks, since, agent),
        still_open(session, desks, agent),
    )


def text(session: Session, desk: Desk, agent: Agent, now: datetime) -> str:
    """Both, in the desk's words, as Markdown."""
    return "\n".join(f"**{head}**\n{figures}" for head, figures in lines(session, desk, agent, now))


def lines(session: Session, desk: Desk, agent: Agent, now: datetime) -> list[tuple[str, str]]:
    """(whose, what) of the desk today and of this agent."""
    desks = desks_of(desk, agent)
    whole, own = today(session, desk, desks, now), today(session, desk, desks, now, agent)
    return [
        (desk.words("desk_today"), said(desk, whole)),
        (desk.words("desk_today_mine"), said(desk, own)),
    ]


def said(desk: Desk, figures: Figures) -> str:
    """One line: "opened 5 · claimed 4 · …"; what is not known is left out."""
    score = f"{mean(figures.scores):.1f} ({len(figures.scores)})" if figures.scores else None
    reply = None if figures.first_reply is None else how_long(desk, figures.first_reply)
    kept, broken = figures.promises
    values = {
        "opened": figures.opened, "claimed": figures.claimed, "resolved": figures.resolved,
        "waiting": figures.waiting, "reply": reply, "rated": score,
        "promises": f"{kept}/{kept + broken}" if kept + broken else None,
        "promised": figures.promised or None,
    }  # fmt: skip
    shown = [
        desk.words(f"desk_figure_{name}", value=value)
        for name, value in values.items()
        if value is not None
    ]
    return " · ".join(shown)


def _tickets(
    session: Session, kind: str, desks: Collection[str], since: datetime, agent: Agent | None
) -> set[int]:
    query = (
        select(TicketEvent.ticket_id)
        .join(Ticket, col(Ticket.id) == TicketEvent.ticket_id)
        .where(TicketEvent.kind == kind, TicketEvent.at >= since, col(Ticket.desk).in_(desks))
    )
    if agent is not None:
        query = query.where(TicketEvent.agent_id == agent.user_id)
    return set(session.exec(query))


def _promises(
    session: Session, desks: Collection[str], since: datetime, agent: Agent | None
) -> tuple[int, int]:
    query = (
        select(TicketEvent.kind)
        .join(Ticket, col(Ticket.id) == TicketEvent.ticket_id)
        .where(
            col(TicketEvent.kind).in_(("promise_kept", "promise_broken")),
            TicketEvent.at >= since,
            col(Ticket.desk).in_(desks),
        )
    )
    if agent is not None:
        query = query.where(TicketEvent.agent_id == agent.user_id)
    kinds = list(session.exec(query))
    return kinds.count("promise_kept"), kinds.count("promise_broken")


def _of_the_desk(session: Session, desks: Collection[str], since: datetime) -> tuple[int, int]:
    """How many were opened, and how many nobody has."""
    here = select(func.count()).where(col(Ticket.desk).in_(desks))
    opened = session.exec(here.where(Ticket.opened_at >= since)).one()
    free = here.where(col(Ticket.resolved_at).is_(None), col(Ticket.claimed_by).is_(None))
    return opened, session.exec(free).one()


def _first_replies(
    session: Session, desks: Collection[str], since: datetime, agent: Agent | None
) -> list[float]:
    """How many seconds the customers waited whose first answer came since then."""
    lately = select(TicketEvent.ticket_id).where(
        TicketEvent.kind == "replied", TicketEvent.at >= since
    )
    query = (
        select(Ticket, TicketEvent)
        .join(TicketEvent, col(TicketEvent.ticket_id) == Ticket.id)
        .where(
            TicketEvent.kind == "replied",
            col(Ticket.desk).in_(desks),
            col(Ticket.id).in_(lately),
        )
        .order_by(col(TicketEvent.id))
    )
    firsts: dict[int, tuple[Ticket, TicketEvent]] = {}
    for ticket, event in session.exec(query):
        firsts.setdefault(ticket.id or 0, (ticket, event))
    return [
        (event.at - ticket.opened_at).total_seconds()
        for ticket, event in firsts.values()
        if event.at >= since and (agent is None or event.agent_id == agent.user_id)
    ]


def _scores(
    session: Session, desks: Collection[str], since: datetime, agent: Agent | None
) -> list[int]:
    query = (
        select(Rating.score)
        .join(Ticket, col(Ticket.id) == Rating.ticket_id)
        .where(Rating.kind == "csat", Rating.at >= since, col(Ticket.desk).in_(desks))
    )
    if agent is not None:
        query = query.where(Ticket.claimed_by == agent.user_id)
    return list(session.exec(query))
