"""A ticket that nobody takes: first the channel hears of it, then a supervisor, then the customer.
The steps and when each is due; what is said stands in `told`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.storage.tables import Ticket, TicketEvent
from handoff.rows import Desk

NUDGE, SUPERVISOR, CUSTOMER = "unclaimed_nudge", "unclaimed_supervisor", "unclaimed_customer"
_BEGINS = frozenset({"opened", "reopened", "released", "woken"})


def since(events: Sequence[TicketEvent]) -> datetime | None:
    """Since when nobody has had a ticket that nobody has."""
    return next((event.at for event in reversed(events) if event.kind in _BEGINS), None)


def next_step(
    desk: Desk, ticket: Ticket, events: Sequence[TicketEvent]
) -> tuple[datetime, str] | None:
    """When somebody is to hear next that nobody has taken it, and which step that is."""
    return next(iter(_planned(desk, ticket, events)), None)


def steps_due(
    desk: Desk, ticket: Ticket, events: Sequence[TicketEvent], now: datetime
) -> list[str]:
    """The steps whose time has come, in their order: several after a standstill of ours."""
    return [step for at, step in _planned(desk, ticket, events) if at <= now]


def overtaken(due: Collection[str], has_supervisor: bool) -> frozenset[str]:
    """Of steps that are due at once those that nobody need hear of any more: the desk is asked
    once, by way of a supervisor where there is one."""
    return frozenset({NUDGE} if SUPERVISOR in due and has_supervisor else ())


def _planned(
    desk: Desk, ticket: Ticket, events: Sequence[TicketEvent]
) -> list[tuple[datetime, str]]:
    began = since(events)
    taken = ticket.claimed_by or ticket.resolved_at or ticket.snoozed_at
    if taken or began is None:
        return []
    done = {event.kind for event in events if event.at >= began}
    policy, service = desk.kb.policy.desk.unclaimed, desk.kb.policy.service
    hours = service.business_hours(desk.zone)
    steps = {NUDGE: policy.nudge, SUPERVISOR: policy.supervisor, CUSTOMER: policy.customer}
    open_steps = ((step, after) for step, after in steps.items() if step not in done)
    due = ((hours.add(began, after), step) for step, after in open_steps if after is not None)
    known = ((at, step) for at, step in due if at is not None)
    return sorted(known, key=lambda each: each[0])
