"""Who has a ticket: claimed, released, handed over, snoozed, resolved, reopened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain import Agent
from bot.storage.database import Database
from bot.storage.tables import DeskAgent, FollowUpItem
from handoff.course.times import Until, until
from tests.handoff.complaint_stage import DAY, HOUR, words
from tests.handoff.course_stage import EVA, IVO, OLGA, OTTO, Course

RIGA = ZoneInfo("Europe/Riga")


@pytest.fixture
def desk(database: Database) -> Course:
    return Course(database)


# --- claimed -------------------------------------------------------------------------------------


def test_eyes_on_the_card_claim_it(desk: Course) -> None:
    """As the button does; whoever is second is told who won, and the first is not bothered."""
    desk.react(IVO, "eyes")
    assert desk.ticket.claimed_by == IVO.user_id
    assert desk.customer_reads() == [words("agent_joined", agent="Ivo")]
    desk.whispers(IVO)
    desk.react(EVA, "eyes")
    assert desk.whispers(EVA) == ["Ivo was first and has had it since 11:00."]
    desk.react(IVO, "eyes")
    assert desk.whispers(IVO) == []


def test_eyes_on_a_line_of_the_bot_claim_it(desk: Course) -> None:
    """A customer's words in the thread are the bot's line; what people wrote is not."""
    desk.says("Hello?")
    desk.react(IVO, "eyes", "999.9")
    assert desk.ticket.claimed_by is None
    desk.react(IVO, "eyes", desk.line_sent("Hello?"))
    assert desk.ticket.claimed_by == IVO.user_id


def test_a_tick_on_the_card_resolves_it(desk: Course) -> None:
    """Once: on what is resolved it says nothing any more, and on a line of the thread neither."""
    desk.says("Hello?")
    desk.react(IVO, "white_check_mark", desk.line_sent("Hello?"))
    assert desk.ticket.resolved_at is None
    desk.react(IVO, "white_check_mark")
    assert desk.ticket.resolved_at == desk.now
    desk.seen()
    desk.react(EVA, "white_check_mark")
    assert desk.customer_reads() == []
    assert desk.whispers(EVA) == []


@pytest.mark.parametrize("emoji", ["eyes", "white_check_mark"])
def test_a_strangers_reaction_does_nothing(desk: Course, emoji: str) -> None:
    """It is on record; no other reaction is, and nobody is told anything."""
    desk.react(OTTO, emoji)
    desk.react(OTTO, "tada")
    desk.react(IVO, "tada")
    desk.react(IVO, emoji, room="C0OTHER")
    assert (desk.ticket.claimed_by, desk.ticket.resolved_at) == (None, None)
    assert desk.refusals == [("U3", "claim" if emoji == "eyes" else "resolve")]
    assert desk.whispers(OTTO) == []


# --- released ------------------------------------------------------------------------------------


def test_a_released_ticket_waits_again(desk: Course) -> None:
    """Thread and customer are told, and the next one can claim it."""
    desk.press(IVO, "claim")
    desk.seen()
    desk.press(IVO, "release")
    assert desk.ticket.claimed_by is None
    assert desk.thread() == [words("desk_released", agent="Ivo")]
    assert desk.customer_reads() == [words("agent_released", agent="Ivo")]
    desk.press(EVA, "claim")
    assert desk.ticket.claimed_by == EVA.user_id


def test_only_its_owner_or_a_supervisor_releases(desk: Course) -> None:
    """What nobody has cannot be released; who may not is told so, and it is on record."""
    desk.press(EVA, "release")
    assert desk.whispers(EVA) == [words("desk_nobody_has_it")]
    desk.press(IVO, "claim")
    desk.seen()
    desk.press(EVA, "release")
    assert desk.whispers(EVA) == [words("desk_only_owner", agent="Ivo")]
    assert desk.refusals == [("U2", "release")]
    desk.press(OLGA, "release")
    assert desk.ticket.claimed_by is None
    assert desk.customer_reads() == [words("agent_released", agent="Ivo")]


def test_a_complaint_keeps_its_owner(desk: Course) -> None:
    """Released it would be nobody's: it is handed over instead."""
    desk.complains()
    desk.press(IVO, "claim")
    desk.seen()
    desk.press(IVO, "release")
    assert desk.whispers(IVO) == [words("desk_release_complaint", number="C-0001")]
    assert desk.ticket.claimed_by == IVO.user_id


# --- handed over ---------------------------------------------------------------------------------


def test_a_ticket_is_handed_over(desk: Course) -> None:
    """With a reason: the new owner hears directly, the thread and the customer, too."""
    desk.press(IVO, "claim")
    desk.seen()
    desk.press(IVO, "transfer")
    assert desk.forms(IVO) == ["transfer"]
    desk.fill_in(IVO, "transfer", EVA, reason="She speaks Polish")
    assert desk.ticket.claimed_by == EVA.user_id
    assert desk.customer_reads() == [words("agent_changed", agent="Eva")]
    (line,) = desk.thread()
    (direct,) = desk.direct(EVA.user_id)
    for said in (line, direct):
        assert "Ivo" in said and "She speaks Polish" in said and "Maria Ozola" in said
    assert "https://slack.com/archives/C0DESK/p1001" in direct
    assert desk.direct(IVO.user_id) == []


def test_what_nobody_has_can_be_given_to_somebody(desk: Course) -> None:
    """The customer is told who is there now, as after a claim."""
    desk.fill_in(IVO, "transfer", EVA, reason="Yours, I think")
    assert desk.customer_reads() == [words("agent_joined", agent="Eva")]


def test_taking_a_ticket_over_is_told_to_its_owner(desk: Course) -> None:
    """Who takes it over needs no message from themselves."""
    desk.press(IVO, "claim")
    desk.seen()
    desk.fill_in(EVA, "transfer", EVA, reason="Ivo has gone home")
    assert desk.ticket.claimed_by == EVA.user_id
    (direct,) = desk.direct(IVO.user_id)
    assert "taken over" in direct
    assert desk.direct(EVA.user_id) == []


@pytest.mark.parametrize(
    ("colleague", "reason", "key"),
    [
        (None, "why", "choice_missing"),
        (OTTO, "why", "desk_not_colleague"),
        (replace(EVA, desks=frozenset({"C0OTHER"})), "why", "desk_not_colleague"),
        (OLGA, "why", "desk_colleague_off_duty"),
        (IVO, "why", "desk_has_it"),
        (EVA, " ", "reason_missing"),
    ],
)
def test_a_transfer_that_cannot_be(
    desk: Course, colleague: Agent | None, reason: str, key: str
) -> None:
    """Nobody gets what is not for them, and what was typed is kept."""

    def off_duty(session: object) -> None:
        session.add(DeskAgent(id="U08", name="Olga", seen_at=desk.now, on_duty=False))  # type: ignore[attr-defined]

    desk.database.transact(off_duty)
    desk.press(IVO, "claim")
    desk.seen()
    desk.fill_in(IVO, "transfer", colleague, reason=reason)
    name = colleague.name if colleague else ""
    said = words(key, name=name, agent=name.split()[0] if name else "")
    assert desk.whispers(IVO) == [words("desk_form_kept", why=said)]
    assert desk.ticket.claimed_by == IVO.user_id
    assert desk.customer_reads() == []
    assert desk.events[-1] == "noted"


def test_a_complaint_goes_along(desk: Course) -> None:
    """One form hands over both, and the customer hears of the complaint."""
    desk.complains()
    desk.press(IVO, "claim")
    desk.seen()
    desk.fill_in(IVO, "transfer", EVA, reason="I'm on leave")
    assert (desk.ticket.claimed_by, desk.complaint.owner) == (EVA.user_id, EVA.user_id)
    said = words("complaint_transferred", agent="Eva", number="C-0001")
    assert desk.customer_reads() == [said]


# --- snoozed -------------------------------------------------------------------------------------


def test_a_snoozed_ticket_wakes_when_its_time_comes(desk: Course) -> None:
    """The owner is called to the thread; nobody else hears of it."""
    desk.press(IVO, "claim")
    desk.press(IVO, "snooze")
    assert desk.forms(IVO) == ["snooze"]
    desk.fill_in(IVO, "snooze", until="hour")
    assert desk.ticket.snoozed_until == desk.now + HOUR
    desk.seen()
    desk.passes(timedelta(minutes=59))
    assert desk.ticket.snoozed_at is not None
    desk.passes(timedelta(minutes=1))
    assert desk.ticket.snoozed_at is None
    assert words("desk_snooze_over", name="Maria Ozola") in desk.thread()
    assert desk.customer_reads() == []


def test_the_customer_wakes_it(desk: Course) -> None:
    """Whatever the time; what was planned is no longer due."""
    desk.press(IVO, "claim")
    desk.fill_in(IVO, "snooze", until="customer")
    assert (desk.ticket.snoozed_at, desk.ticket.snoozed_until) == (desk.now, None)
    desk.seen()
    desk.says("I have found the number")
    assert desk.ticket.snoozed_at is None
    said = ["I have found the number", words("desk_woken_by_customer", name="Maria Ozola")]
    assert desk.thread() == said
    desk.fill_in(IVO, "snooze", until="tomorrow")
    desk.says("And another one")
    desk.seen()
    desk.passes(2 * DAY)
    assert words("desk_snooze_over", name="Maria Ozola") not in desk.thread()


def test_anybody_may_wake_it(desk: Course) -> None:
    """By the button that takes the place of Snooze."""
    desk.press(IVO, "claim")
    desk.press(EVA, "wake")
    assert desk.whispers(EVA) == [words("desk_not_snoozed")]
    desk.fill_in(IVO, "snooze", until="monday")
    desk.seen()
    desk.press(EVA, "wake")
    assert desk.ticket.snoozed_at is None
    assert desk.thread() == [words("desk_woken", agent="Eva")]


def test_nobody_puts_a_colleagues_ticket_aside(desk: Course) -> None:
    """Neither by the button nor by a form that was opened before somebody else had it."""
    desk.press(EVA, "snooze")
    assert desk.whispers(EVA) == [words("desk_nobody_has_it")]
    desk.press(IVO, "claim")
    desk.seen()
    desk.press(EVA, "snooze")
    desk.fill_in(EVA, "snooze", until="hour")
    assert desk.whispers(EVA) == [words("desk_only_owner", agent="Ivo")] * 2
    assert desk.ticket.snoozed_at is None
    assert desk.refusals == [("U2", "snooze")] * 2


NOON = datetime(2026, 10, 23, 12, tzinfo=RIGA)  # a Friday; on Sunday the clock goes back


@pytest.mark.parametrize(
    ("values", "meant"),
    [
        ({"until": "hour"}, "2026-10-23 13:00"),
        ({"until": "tomorrow"}, "2026-10-24 09:00"),
        ({"until": "monday"}, "2026-10-26 09:00"),
        ({"until": "time", "date": "2026-10-25", "time": "15:30"}, "2026-10-25 15:30"),
    ],
)
def test_until_when(values: dict[str, str], meant: str) -> None:
    """On the shop's clock, also where that is changed in between."""
    at = until(values, NOON, RIGA).at
    assert at is not None
    assert f"{at.astimezone(RIGA):%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({}, "choice_missing"),
        ({"until": "ever"}, "choice_missing"),
        ({"until": "time"}, "snooze_no_time"),
        ({"until": "time", "date": "2026-10-24", "time": ""}, "snooze_no_time"),
        ({"until": "time", "date": "tomorrow", "time": "9"}, "snooze_no_time"),
        ({"until": "time", "date": "2026-10-23", "time": "12:00"}, "snooze_past"),
        ({"until": "time", "date": "2028-01-01", "time": "12:00"}, "snooze_too_long"),
    ],
)
def test_a_time_that_cannot_be(values: dict[str, str], fault: str) -> None:
    """Said as a phrase, for the form and for the thread."""
    assert until(values, NOON, RIGA) == Until(fault=fault)


def test_monday_is_the_next_one() -> None:
    """On a Monday, that in a week."""
    monday = datetime(2026, 10, 26, 8, tzinfo=RIGA)
    at = until({"until": "monday"}, monday, RIGA).at
    assert at is not None and at.date().isoformat() == "2026-11-02"


# --- resolved and reopened -----------------------------------------------------------------------


def test_a_colleague_reopens_it(desk: Course) -> None:
    """It is theirs then, the customer knows who is there, and is asked how it went only after the
    next end, once."""
    desk.press(IVO, "claim")
    desk.press(IVO, "resolve")
    desk.seen()
    desk.press(EVA, "reopen")
    assert (desk.ticket.claimed_by, desk.ticket.resolved_at) == (EVA.user_id, None)
    assert desk.customer_reads() == [words("agent_joined", agent="Eva")]
    assert desk.thread() == [words("desk_reopened", agent="Eva")]
    (poll,) = [each for each in desk.all(FollowUpItem) if each.kind == "csat"]
    assert (poll.done_at, poll.result) == (desk.now, "not sent: the ticket is open again")
    desk.passes(DAY)
    desk.press(EVA, "resolve")
    assert desk.customer_reads() == [words("ticket_resolved", agent="Eva")]
    desk.passes(2 * HOUR)
    assert len(desk.customer_reads()) == 1  # the poll


def test_what_is_open_is_not_reopened(desk: Course) -> None:
    """Neither this one, nor one whose customer has a newer one."""
    desk.press(EVA, "reopen")
    assert desk.whispers(EVA) == [words("desk_is_open")]
    desk.press(IVO, "claim")
    desk.press(IVO, "resolve")
    desk.passes(10 * DAY)
    desk.says("A person, please", "human")
    desk.seen()
    desk.press(EVA, "reopen")
    assert desk.whispers(EVA) == [words("desk_open_elsewhere", ticket="2")]
    assert desk.ticket.resolved_at is not None
