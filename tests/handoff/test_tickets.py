"""The rules of a ticket, each in one line of a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handoff.tickets import (
    Route,
    Ruling,
    TicketState,
    is_reopened,
    may_claim,
    may_put_aside,
    may_reopen,
    may_resolve,
    route,
)

OPEN = TicketState()
IVOS = TicketState(claimed_by="ivo")
CLOSED = TicketState(claimed_by="ivo", resolved=True)
CLOSED_UNCLAIMED = TicketState(resolved=True)


@pytest.mark.parametrize(
    ("ticket", "agent", "ruling"),
    [
        (OPEN, "ivo", Ruling.GRANTED),
        (IVOS, "ivo", Ruling.YOURS_ALREADY),
        (IVOS, "eva", Ruling.TAKEN),
        (CLOSED, "ivo", Ruling.CLOSED),
        (CLOSED, "eva", Ruling.CLOSED),
        (CLOSED_UNCLAIMED, "eva", Ruling.CLOSED),
    ],
)
def test_who_may_claim(ticket: TicketState, agent: str, ruling: Ruling) -> None:
    """Who comes first has it; nobody has what is closed."""
    assert may_claim(ticket, agent) is ruling


@pytest.mark.parametrize(
    ("ticket", "ruling"),
    [
        (OPEN, Ruling.GRANTED),
        (IVOS, Ruling.GRANTED),
        (CLOSED, Ruling.CLOSED),
        (CLOSED_UNCLAIMED, Ruling.CLOSED),
    ],
)
def test_what_may_be_resolved(ticket: TicketState, ruling: Ruling) -> None:
    """Whatever is open, by anyone on the desk; nothing twice."""
    assert may_resolve(ticket) is ruling


@pytest.mark.parametrize(
    ("ticket", "agent", "text", "goes"),
    [
        (IVOS, "ivo", "Good morning", Route.REPLY),
        (IVOS, "ivo", "see https://shop.example", Route.REPLY),
        (IVOS, "ivo", "", Route.REPLY),
        (IVOS, "ivo", "/ 2 = half", Route.REPLY),
        (IVOS, "ivo", "// she is angry", Route.NOTE),
        (IVOS, "ivo", "  \n//she is angry", Route.NOTE),
        (IVOS, "eva", "tell her no", Route.NOT_YOURS),
        (IVOS, "eva", "// tell her no", Route.NOTE),
        (OPEN, "ivo", "Good morning", Route.UNCLAIMED),
        (OPEN, "ivo", "// who takes it?", Route.NOTE),
        (CLOSED, "ivo", "one more thing", Route.CLOSED),
        (CLOSED, "eva", "// well done", Route.NOTE),
        (CLOSED_UNCLAIMED, "ivo", "hello", Route.CLOSED),
    ],
)
def test_only_the_claimers_unmarked_words_leave_the_house(
    ticket: TicketState, agent: str, text: str, goes: Route
) -> None:
    """Everything else stays inside, and says why."""
    assert route(ticket, agent, text) is goes


@pytest.mark.parametrize(
    ("state", "agent", "supervises", "ruling"),
    [
        (TicketState(), "U1", True, Ruling.UNCLAIMED),
        (TicketState("U1"), "U1", False, Ruling.GRANTED),
        (TicketState("U1"), "U2", False, Ruling.TAKEN),
        (TicketState("U1"), "U2", True, Ruling.GRANTED),
        (TicketState("U1", resolved=True), "U1", True, Ruling.CLOSED),
    ],
)
def test_who_may_put_it_aside(
    state: TicketState, agent: str, supervises: bool, ruling: Ruling
) -> None:
    """Released or snoozed, by whoever has it, or a supervisor."""
    assert may_put_aside(state, agent, supervises) is ruling


def test_only_what_is_resolved_is_reopened() -> None:
    """By anyone."""
    assert may_reopen(TicketState("U1", resolved=True)) is Ruling.GRANTED
    assert may_reopen(TicketState("U1")) is Ruling.OPEN


def test_it_is_reopened_for_a_while() -> None:
    """From its end on, to the second."""
    end = datetime(2026, 11, 22, 12, tzinfo=UTC)
    days = timedelta(days=3)
    assert is_reopened(end, end + days, days)
    assert not is_reopened(end, end + days + timedelta(seconds=1), days)
