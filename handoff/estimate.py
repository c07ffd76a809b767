"""How long a customer is likely to wait for a person, from how long others have waited lately."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from bot.storage.tables import Ticket, TicketEvent
from handoff.rows import Desk

LATELY = timedelta(weeks=4)
MOST = 500  # tickets looked at
ENOUGH = 8  # waits from which something follows
OFTEN = 0.8  # the share of waits that were not longer than what is said
NEAR = 1  # hours of the day, on either side, that are like this one
_ROUND = tuple(
    timedelta(minutes=n) for n in (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480)
)


def usual_wait(session: Session, desk: Desk, channel: str, now: datetime) -> timedelta | None:
    """The time in which four of five were taken by somebody in the last weeks at this hour, in
    business hours, rounded up; None where too few were, or where it took longer than a day's work.
    """
    hours = desk.kb.policy.service.business_hours(desk.zone)
    at_hour = now.astimezone(desk.zone).hour
    waits: list[timedelta] = []
    for opened, claimed in _taken(session, channel, now):
        if abs((opened.astimezone(desk.zone).hour - at_hour + 12) % 24 - 12) <= NEAR:
            waits.append(hours.between(opened, claimed))
    return rounded(waits)


def _taken(session: Session, channel: str, now: datetime) -> Sequence[tuple[datetime, datetime]]:
    """When tickets were opened, and first claimed."""
    first = func.min(TicketEvent.at)
    query = (
        select(Ticket.opened_at, first)
        .join(TicketEvent, col(TicketEvent.ticket_id) == Ticket.id)
        .where(Ticket.desk == channel, Ticket.opened_at >= now - LATELY)
        .where(TicketEvent.kind == "claimed")
        .group_by(col(Ticket.id), col(Ticket.opened_at))
        .order_by(col(Ticket.id).desc())
        .limit(MOST)
    )
    return session.exec(query).all()


def rounded(waits: Sequence[timedelta]) -> timedelta | None:
    """What may honestly be said of these waits: the least round time that four of five did not
    exceed. None where there are too few, or they were too long to call it usual."""
    if len(waits) < ENOUGH:
        return None
    in_order = sorted(waits)
    long = in_order[min(int(len(in_order) * OFTEN), len(in_order) - 1)]
    return next((each for each in _ROUND if long <= each), None)
