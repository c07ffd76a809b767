"""A ticket's clocks: what starts them, what stops them, and when they run out. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.hours import BusinessHours, Span
from bot.knowledge.service_policy import Targets
from handoff.service_levels.clock import (
    BREACHED,
    WARNED,
    Happened,
    Kind,
    Tape,
    Timed,
    played,
    reply_clock,
    resolution_clock,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
ALWAYS = BusinessHours(ZoneInfo("UTC"))
OFFICE = BusinessHours(ZoneInfo("UTC"), ((Span(9 * 60, 17 * 60),),) * 5 + ((), ()))
TARGETS = Targets(first_reply=2 * HOUR, next_reply=HOUR, resolution=8 * HOUR)


def tape(*events: tuple[str, timedelta]) -> Tape:
    """What becomes of these, each so long after Monday at nine."""
    return played(Happened(kind, MONDAY + after) for kind, after in events)


def reply(tape: Tape, hours: BusinessHours = ALWAYS) -> Timed | None:
    return reply_clock(tape, TARGETS, hours, 0.75)


def whole(tape: Tape, hours: BusinessHours = ALWAYS) -> Timed | None:
    return resolution_clock(tape, TARGETS, hours, 0.75)


def due(clock: Timed | None) -> timedelta | None:
    """When it runs out, from Monday at nine."""
    assert clock is not None
    return clock.due - MONDAY if clock.due is not None else None


def test_the_first_reply_is_waited_for_from_the_beginning() -> None:
    """Claiming is no reply, and what else the customer writes gives nobody more time."""
    clock = reply(tape(("opened", 0 * HOUR), ("claimed", HOUR), ("wrote", HOUR)))
    assert clock is not None and clock.kind is Kind.FIRST_REPLY
    assert due(clock) == 2 * HOUR
    assert clock.warn == MONDAY + 90 * MINUTE


def test_the_next_reply_is_waited_for_from_the_first_word_unanswered() -> None:
    """Not from the last one, and not while nothing is unanswered."""
    answered = (("opened", 0 * HOUR), ("replied", HOUR))
    assert reply(tape(*answered)) is None
    clock = reply(tape(*answered, ("wrote", 3 * HOUR), ("wrote", 3 * HOUR + 30 * MINUTE)))
    assert clock is not None and clock.kind is Kind.NEXT_REPLY
    assert due(clock) == 4 * HOUR


def test_the_whole_stands_still_while_the_customer_is_waited_for() -> None:
    """What has been used up stays used up."""
    answered = (("opened", 0 * HOUR), ("replied", 2 * HOUR))
    assert due(whole(tape(*answered))) is None
    assert due(whole(tape(*answered, ("wrote", 30 * HOUR)))) == 36 * HOUR


def test_a_snooze_stops_both() -> None:
    """And both go on from where they were."""
    snoozed = (("opened", 0 * HOUR), ("snoozed", HOUR))
    assert due(reply(tape(*snoozed))) is None and due(whole(tape(*snoozed))) is None
    awake = tape(*snoozed, ("woken", 11 * HOUR))
    assert due(reply(awake)) == 12 * HOUR and due(whole(awake)) == 18 * HOUR


def test_only_business_hours_count() -> None:
    """An hour of Monday evening's is an hour of Tuesday morning's."""
    clock = reply(tape(("opened", 7 * HOUR)), OFFICE)
    assert due(clock) == 25 * HOUR
    assert due(whole(tape(("opened", 7 * HOUR)), OFFICE)) == 31 * HOUR


def test_reopened_all_begins_anew() -> None:
    """However late it was before."""
    late = (("opened", 0 * HOUR), ("replied", 5 * HOUR), ("resolved", 20 * HOUR))
    assert reply(tape(*late)) is None and whole(tape(*late)) is None
    again = tape(*late, ("reopened", 50 * HOUR))
    clock = reply(again)
    assert clock is not None and clock.kind is Kind.NEXT_REPLY
    assert due(clock) == 51 * HOUR and due(whole(again)) == 58 * HOUR


def test_what_is_over_stays_over() -> None:
    """A clock that ran out shows when, even while it would stand still."""
    waited = tape(("opened", 0 * HOUR), ("wrote", HOUR), ("snoozed", 9 * HOUR))
    assert due(whole(waited)) == 8 * HOUR and due(reply(waited)) == 2 * HOUR


def test_what_is_not_promised_is_not_watched() -> None:
    """No target, no clock."""
    opened = tape(("opened", 0 * HOUR))
    assert reply_clock(opened, Targets(resolution=HOUR), ALWAYS, 0.75) is None
    assert resolution_clock(opened, Targets(first_reply=HOUR), ALWAYS, 0.75) is None


def test_each_is_told_once() -> None:
    """Warned, then late; found late at once, it is only late."""
    opened = Happened("opened", MONDAY)
    clock = reply(played([opened]))
    assert clock is not None and clock.next_at == MONDAY + 90 * MINUTE
    assert clock.word_at(MONDAY + 89 * MINUTE) is None
    assert clock.word_at(MONDAY + 90 * MINUTE) == WARNED
    assert clock.word_at(MONDAY + 3 * HOUR) == BREACHED
    warned = Happened(WARNED, MONDAY + 90 * MINUTE, "first_reply")
    clock = reply(played([opened, warned]))
    assert clock is not None and clock.next_at == MONDAY + 2 * HOUR
    assert clock.word_at(MONDAY + 100 * MINUTE) is None
    late = Happened(BREACHED, MONDAY + 2 * HOUR, "first_reply")
    clock = reply(played([opened, warned, late]))
    assert clock is not None and clock.next_at is None
    assert clock.word_at(MONDAY + 9 * HOUR) is None


def test_a_new_wait_is_told_of_anew() -> None:
    """What was said of the answer before has nothing to do with it; of the whole it has."""
    told = [
        Happened("opened", MONDAY),
        Happened(BREACHED, MONDAY + 2 * HOUR, "first_reply"),
        Happened("replied", MONDAY + 3 * HOUR),
        Happened("wrote", MONDAY + 4 * HOUR),
        Happened(WARNED, MONDAY + 4 * HOUR + 45 * MINUTE, "next_reply"),
        Happened(WARNED, MONDAY + 7 * HOUR, "resolution"),
        Happened("replied", MONDAY + 7 * HOUR),
        Happened("wrote", MONDAY + 8 * HOUR),
    ]
    clock, all_of_it = reply(played(told)), whole(played(told))
    assert clock is not None and clock.told == frozenset()
    assert all_of_it is not None and all_of_it.told == {WARNED}


KINDS = ["wrote", "replied", "snoozed", "woken", "claimed", "resolved", "reopened"]
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 600)), max_size=12)


@given(STEPS, st.integers(0, 600))
def test_whatever_happens_no_clock_runs_faster_than_time(
    steps: list[tuple[str, int]], more: int
) -> None:
    """Nor does one run for a ticket that is closed; what is due is never due before its time is
    used up, and letting time pass changes nothing."""
    events, now = [Happened("opened", MONDAY)], MONDAY
    for kind, minutes in steps:
        now += minutes * MINUTE
        events.append(Happened(kind, now))
    state = played(events)
    for clock, target in ((reply(state, OFFICE), HOUR), (whole(state, OFFICE), 8 * HOUR)):
        assert clock is None or state.is_open
        if clock is not None and clock.due is not None:
            assert clock.due >= MONDAY + target
            later = played([*events, Happened("noted", now + more * MINUTE)])
            again = (reply if clock.kind is not Kind.RESOLUTION else whole)(later, OFFICE)
            assert again == clock
