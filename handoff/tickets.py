"""The rules of a ticket: open → claimed → resolved. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NOTE_MARK = "//"


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
    CLOSED = "closed"


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


def may_resolve(ticket: TicketState) -> Ruling:
    """Anyone on the desk, whoever has it: the claimer may have gone home."""
    return Ruling.CLOSED if ticket.resolved else Ruling.GRANTED


def route(ticket: TicketState, agent_id: str, text: str) -> Route:
    """Inside is the default: only the claimer's unmarked words leave the house."""
    if text.lstrip().startswith(NOTE_MARK):
        return Route.NOTE
    if ticket.resolved:
        return Route.CLOSED
    if ticket.claimed_by is None:
        return Route.UNCLAIMED
    return Route.REPLY if ticket.claimed_by == agent_id else Route.NOT_YOURS
