"""The rules of a ticket, each in one line of a table."""

from __future__ import annotations

import pytest

from handoff.tickets import Route, Ruling, TicketState, may_claim, may_resolve, route

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
