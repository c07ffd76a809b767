"""The clock of a ticket as cards and lists show it, without looking at the ticket's events."""

from __future__ import annotations

from datetime import datetime

from bot.storage.tables import Ticket
from handoff.rows import Desk, clock
from handoff.service_levels.clock import Clock, Shown, State

_SIGNS = {
    State.RUNNING: "⏳", State.WARNED: "⚠️", State.BREACHED: "❗", State.PAUSED: "⏸️",
}  # fmt: skip


def clock_of(
    ticket: Ticket, desk: Desk, now: datetime, severity: str | None = None
) -> Clock | None:
    """The clock that runs out first, of a ticket whose open complaint is this severe; None where
    nothing is promised, or all is done."""
    targets = desk.kb.policy.service.targets(ticket.urgency, severity)
    promised = targets.first_reply or targets.next_reply or targets.resolution
    if ticket.resolved_at is not None or not promised:
        return None
    dues = [(Shown.REPLY, ticket.reply_due), (Shown.RESOLUTION, ticket.resolve_due)]
    running = [(due, kind) for kind, due in dues if due is not None]
    if not running:
        stands_still = ticket.snoozed_at is not None or ticket.reply_since is None
        kind = Shown.RESOLUTION if targets.resolution else Shown.REPLY
        is_snoozed = ticket.snoozed_at is not None
        return Clock(kind, None, State.PAUSED, is_snoozed) if stands_still else None
    due, kind = min(running)
    if due <= now:
        return Clock(kind, due, State.BREACHED)
    is_near = _is_near(ticket, desk, kind, due, now, severity)
    return Clock(kind, due, State.WARNED if is_near else State.RUNNING)


def _is_near(
    ticket: Ticket, desk: Desk, kind: Shown, due: datetime, now: datetime, severity: str | None
) -> bool:
    service = desk.kb.policy.service
    hours = service.business_hours(desk.zone)
    left = hours.between(now, due)
    if kind is Shown.RESOLUTION:
        whole = service.targets(ticket.urgency, severity).resolution
    else:
        whole = hours.between(ticket.reply_since or now, due)
    return whole is not None and left <= whole * (1 - service.warn_at)


def clock_line(shown: Clock, desk: Desk, now: datetime) -> str:
    """The clock in the desk's words, with its sign: "⏳ Reply due 14:05"."""
    late = "_late" if shown.state is State.BREACHED else "_due"
    key = f"desk_clock_{shown.kind}{late}"
    if shown.state is State.PAUSED:
        key = "desk_clock_snoozed" if shown.is_snoozed else "desk_clock_waiting"
    return f"{_SIGNS[shown.state]} {desk.words(key, time=clock(shown.due, desk, now))}"
