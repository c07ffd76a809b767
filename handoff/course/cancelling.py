"""A customer needs no person any more. Takes a session, never commits, and returns what is to be
sent because of it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.outbox import Draft
from bot.storage.tables import Ticket
from handoff.course.closing import PAGES, WAKES
from handoff.rows import Desk, name_of, record
from handoff.service_levels.keep import keep, plan
from handoff.speaking import tell_desk
from handoff.story import card_update


def cancel(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> list[Draft]:
    """Close a ticket that nobody has taken: nobody is asked how it went."""
    ticket.resolved_at, ticket.snoozed_at, ticket.snoozed_until = now, None, None
    record(session, ticket, "cancelled", now)
    for kind in (WAKES, PAGES):
        plan(session, ticket, kind, None, now)
    return [*keep(session, desk, ticket, now), card_update(session, desk, ticket)]


def wants_no_more(session: Session, desk: Desk, ticket: Ticket) -> Draft:
    """Tell whoever has begun that the customer needs it no longer; what comes of it is theirs."""
    name = name_of(session, desk, ticket)
    return tell_desk(desk, ticket, desk.words("desk_wants_no_more", name=name))
