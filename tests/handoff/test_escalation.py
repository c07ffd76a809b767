"""A supervisor is asked to step in, and the next one, until somebody says that they are on it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.storage.database import Database
from tests.handoff.complaint_stage import KB, words
from tests.handoff.course_stage import EVA, IVO, OLGA, PETER, Course, with_rota

TEN = timedelta(minutes=10)
ON_CARD = "Olga +371 20000000"


@pytest.fixture
def desk(database: Database) -> Course:
    """Ivo has the ticket and has asked for help."""
    desk = Course(database)
    desk.press(IVO, "claim")
    desk.seen()
    desk.press(IVO, "escalate")
    assert desk.forms(IVO) == ["escalate"]
    desk.fill_in(IVO, "escalate", reason="She wants 500 EUR")
    return desk


def test_whose_shift_it_is_is_called(desk: Course) -> None:
    """Directly, with a button, and with name and number on the card."""
    assert desk.ticket.escalated_to == OLGA.user_id
    said = words("desk_escalated", agent="Ivo", to=ON_CARD, reason="She wants 500 EUR")
    assert desk.thread() == [said]
    assert desk.paged(OLGA) == [("I'm on it", "accept", "1")]
    assert desk.paged(PETER) == []
    assert desk.customer_reads() == []


def test_who_is_on_it_ends_the_calls(desk: Course) -> None:
    """The owner keeps the ticket; a second one is told who is quicker."""
    desk.seen()
    desk.press(OLGA, "accept", alone=True)
    assert desk.thread() == [words("desk_accepted", agent="Olga")]
    assert desk.ticket.claimed_by == IVO.user_id
    desk.seen()
    desk.passes(3 * TEN)
    assert desk.paged(PETER) == []
    desk.press(PETER, "accept", alone=True)
    assert desk.direct(PETER.user_id) == [
        words("desk_accepted_before", to=ON_CARD, time="11:00"),
    ]


def test_the_next_one_is_called_and_then_nobody(desk: Course) -> None:
    """One after the other; once the rota is through the thread says so, once."""
    desk.seen()
    desk.passes(TEN)
    said = words("desk_page_next", before="Olga", to="Peter")
    assert desk.thread() == [said]
    assert desk.paged(PETER) == [("I'm on it", "accept", "1")]
    assert desk.ticket.escalated_to == PETER.user_id
    desk.passes(TEN)
    assert words("desk_page_over", names="Olga, Peter") in desk.thread()
    assert desk.ticket.escalated_to is None
    desk.seen()
    desk.passes(3 * TEN)
    assert words("desk_page_over", names="Olga, Peter") not in desk.thread()
    desk.fill_in(IVO, "escalate", reason="Still")  # may be tried again
    assert desk.paged(OLGA) == [("I'm on it", "accept", "1")]


def test_the_first_may_answer_late(desk: Course) -> None:
    """After the next one has been called, too."""
    desk.passes(TEN)
    desk.press(OLGA, "accept", alone=True)
    desk.seen()
    desk.passes(3 * TEN)
    assert desk.ticket.escalated_to == OLGA.user_id
    assert desk.events.count("paged") == 1


def test_nobody_is_called_for_what_is_over(desk: Course) -> None:
    """Resolved meanwhile, it needs no supervisor any more, and cannot be taken on."""
    desk.press(IVO, "resolve")
    desk.seen()
    desk.passes(TEN)
    assert desk.paged(PETER) == []
    desk.press(OLGA, "accept", alone=True)
    assert desk.direct(OLGA.user_id) == [words("desk_closed")]


def test_once_is_enough(desk: Course) -> None:
    """Who escalates again is told who has been asked, and when."""
    desk.seen()
    desk.press(EVA, "escalate")
    assert desk.whispers(EVA) == [words("desk_escalated_before", to=ON_CARD, time="11:00")]


def test_only_supervisors_take_it_on(desk: Course) -> None:
    """Who is neither on the rota nor a supervisor is told so, and it is on record."""
    desk.press(EVA, "accept", alone=True)
    assert desk.direct(EVA.user_id) == [words("desk_not_supervisor")]
    assert desk.refusals == [("U2", "accept")]
    assert "accepted" not in desk.events


def test_what_nobody_has_is_theirs(database: Database) -> None:
    """Who is on it then has it, and the customer is told."""
    desk = Course(database)
    desk.fill_in(IVO, "escalate", reason="Nobody is here")
    desk.press(OLGA, "accept", alone=True)
    assert desk.ticket.claimed_by == OLGA.user_id
    assert desk.customer_reads() == [words("agent_joined", agent="Olga")]


def test_without_a_rota_nobody_can_be_called(database: Database) -> None:
    """Said before anything is typed."""
    desk = Course(database, with_rota(KB))
    desk.press(IVO, "escalate")
    assert desk.whispers(IVO) == [words("desk_no_rota")]
    assert desk.forms(IVO) == []


def test_a_call_that_does_not_arrive_is_said(desk: Course) -> None:
    """A wrong id in the policy is not silence; the next one is called in time."""
    desk.seen()
    desk.passes(TEN)
    desk.thread()
    desk.fails("page", error="user_not_found")
    said = words("desk_page_failed", to="Peter", detail="user_not_found")
    assert desk.thread() == [said]
