"""The rules of a ticket: open → claimed → resolved, and back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NOTE_MARK = "//"
CLAIM_EMOJI, RESOLVE_EMOJI = "eyes", "white_check_mark"  # 👀 ✅, by their names in Slack


@dataclass(frozen=True, slots=True)
class TicketState:
    """What the rules look at."""

    claimed_by: str | None = None
    resolved: bool = False


class Ruling(StrEnum):
    """May this agent do that? The refusals say why not."""

    GRANTED = "granted"
    YOURS_ALREADY = "yours_already"
    TAKEN = "taken"
    UNCLAIMED = "unclaimed"
    CLOSED = "closed"
    OPEN = "open"


class Route(StrEnum):
    """Where something goes that was written in a ticket's thread."""

    REPLY = "reply"  # to the customer
    NOTE = "note"  # stays inside, as its author wanted
    UNCLAIMED = "unclaimed"  # stays inside: nobody has the ticket
    NOT_YOURS = "not_yours"  # stays inside: somebody else has it
    CLOSED = "closed"  # stays inside: the ticket is resolved


def may_claim(ticket: TicketState, agent_id: str) -> Ruling:
    """Who comes first has it."""
    if ticket.resolved:
        return Ruling.CLOSED
    if ticket.claimed_by is None:
        return Ruling.GRANTED
    return Ruling.YOURS_ALREADY if ticket.claimed_by == agent_id else Ruling.TAKEN


def may_put_aside(ticket: TicketState, agent_id: str, supervises: bool) -> Ruling:
    """Who may release or snooze it: whoever has it, or a supervisor. Nobody else decides that it
    is left alone."""
    if ticket.resolved:
        return Ruling.CLOSED
    if ticket.claimed_by is None:
        return Ruling.UNCLAIMED
    return Ruling.GRANTED if supervises or ticket.claimed_by == agent_id else Ruling.TAKEN


def may_resolve(ticket: TicketState) -> Ruling:
    """Anyone on the desk, whoever has it: the claimer may have gone home. So with handing it over,
    and with asking a supervisor in."""
    return Ruling.CLOSED if ticket.resolved else Ruling.GRANTED


def may_reopen(ticket: TicketState) -> Ruling:
    """Anyone on the desk, once it is resolved: it is theirs then."""
    return Ruling.GRANTED if ticket.resolved else Ruling.OPEN


def route(ticket: TicketState, agent_id: str, text: str) -> Route:
    """Inside is the default: only the claimer's unmarked words leave the house."""
    if text.lstrip().startswith(NOTE_MARK):
        return Route.NOTE
    if ticket.resolved:
        return Route.CLOSED
    if ticket.claimed_by is None:
        return Route.UNCLAIMED
    return Route.REPLY if ticket.claimed_by == agent_id else Route.NOT_YOURS


def is_reopened(resolved_at: datetime, now: datetime, within: timedelta) -> bool:
    """Whether what a customer brings now belongs to a ticket that was resolved then."""
    return now - resolved_at <= within
