"""What admins write about hours and service levels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.knowledge.service_policy import Service, Targets

from .folder import Folder

RIGA = ZoneInfo("Europe/Riga")
SERVICE = """
service:
  timezone: Europe/Warsaw
  hours:
    mon-thu: [09:00-12:30, 13:00-18:00]
    fri: 9:00-12:30, 13:00–16:00
    sun: closed
  holidays: PL
  exceptions:
    2026-12-24: closed
    2026-12-26: 10:00-24:00
  levels:
    normal: {first_reply: 4h, resolution: 40h}
    high: {first_reply: 1h, next_reply: 2h}
    urgent: {first_reply: 15m}
    complaint: {next_reply: 4h}
    severe_complaint: {first_reply: 30m, resolution: 8h}
  warn_at: 0.5
"""
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def test_hours_holidays_and_exceptions_as_they_are_written(shop: Folder) -> None:
    """As a list or in one line, on the clock of their own zone."""
    shop.write("policy.yaml", SERVICE)
    kb = shop.load()
    assert kb.faults == ()
    office = kb.policy.service.business_hours(RIGA)
    friday = datetime(2026, 11, 27, 14, 59, tzinfo=UTC)
    assert office.is_open(friday) and not office.is_open(friday + MINUTE)
    assert not office.is_open(datetime(2026, 11, 11, 12, tzinfo=UTC))  # Independence Day
    assert not office.is_open(datetime(2026, 12, 24, 12, tzinfo=UTC))
    assert office.closes_at(datetime(2026, 12, 26, 12, tzinfo=UTC)) == datetime(
        2026, 12, 26, 23, tzinfo=UTC
    )


def test_without_hours_the_desk_is_always_open() -> None:
    """On the shop's clock; nothing is watched, for nothing is promised."""
    service = Service()
    assert service.business_hours(RIGA).zone == RIGA
    assert service.business_hours(RIGA).is_open(datetime(2026, 11, 22, 3, tzinfo=UTC))
    assert service.targets(2, "high") == Targets()


@pytest.mark.parametrize(
    ("urgency", "severity", "expected"),
    [
        (0, None, (4 * HOUR, None, 40 * HOUR)),
        (1, None, (HOUR, 2 * HOUR, 40 * HOUR)),
        (2, None, (15 * MINUTE, 2 * HOUR, 40 * HOUR)),
        (0, "normal", (4 * HOUR, 4 * HOUR, 40 * HOUR)),
        (1, "normal", (HOUR, 2 * HOUR, 40 * HOUR)),
        (1, "high", (30 * MINUTE, 2 * HOUR, 8 * HOUR)),
        (2, "high", (15 * MINUTE, 2 * HOUR, 8 * HOUR)),
    ],
)
def test_the_strictest_level_counts(
    shop: Folder,
    urgency: int,
    severity: str | None,
    expected: tuple[timedelta | None, timedelta | None, timedelta | None],
) -> None:
    """Of the ticket's urgency, of all below it, and of its complaint."""
    shop.write("policy.yaml", SERVICE)
    targets = shop.load().policy.service.targets(urgency, severity)
    assert (targets.first_reply, targets.next_reply, targets.resolution) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hours:\n    monday: 09:00-17:00", ":3: \"service.hours.monday\": 'monday' is no day"),
        ("hours:\n    sun-mon: 09:00-17:00", "'sun-mon' is no day: write mon, tue"),
        ("hours:\n    mon: 9-17", ":3: \"service.hours.mon\": '9-17' are no hours: write them as"),
        ("hours: {mon: 09:00-25:00}", "'09:00-25:00' are no hours"),
        ("hours: {mon: 22:00-02:00}", "ends before it begins: what follows midnight belongs to"),
        ("hours: {mon: [09:00-12:00, 11:00-17:00]}", "two stretches of the day overlap"),
        ("hours: {mon-fri: 09:00-17:00, wed: closed}", 'hours of "wed" are written twice'),
        ("hours: {mon-fri: closed}", "nobody is ever there"),
        ("hours: 09:00-17:00", 'Do: write "mon-fri: 09:00-17:30" lines below it'),
        ("hours: {mon: {from: 9}}", '"service.hours.mon" is wrong. Do: write a list'),
        ("timezone: Riga", "'Riga' is no time zone: write it like Europe/Riga"),
        ("holidays: Latvia", "'Latvia' is no country with known holidays"),
        ("holidays: DE-Bayern", "'Bayern' is no part of DE that has its own holidays; known: BB"),
        ("exceptions:\n    24.12.2026: closed", ":3: \"service.exceptions.24.12.2026\": '24.12."),
        ("exceptions: {2026-12-24: free}", "'free' are no hours: write them as 09:00-17:30, or"),
        ("levels: {normal: {first_reply: 2d}}", "business time is counted in hours"),
        ("levels: {normal: {first_reply: 0m}}", "leaves no time at all"),
        ("levels: {normal: {first_answer: 2h}}", 'Do: write "first_reply" if that is meant'),
        ("levels: {urgnt: {first_reply: 2h}}", 'Do: write "urgent" if that is meant'),
        ("warn_at: 75", "Do: write a number from 0 to 1"),
        ("open: always", 'Do: use one of: exceptions, holidays, hours, levels, timezone, warn_at'),
    ],
)  # fmt: skip
def test_a_slip_is_named(shop: Folder, text: str, words: str) -> None:
    """In one sentence, with its line and what to write."""
    shop.write("policy.yaml", f"service:\n  {text}")
    kb = shop.load()
    assert kb.policy.service == Service()
    assert len(kb.faults) == 1
    assert words in str(kb.faults[0]), str(kb.faults[0])


def test_a_step_may_be_left_out_for_tickets_that_nobody_takes(shop: Folder) -> None:
    """Each by itself; the others keep their time."""
    shop.write("policy.yaml", "desk: {unclaimed: {nudge: never, customer: 2h}}")
    unclaimed = shop.load().policy.desk.unclaimed
    assert (unclaimed.nudge, unclaimed.supervisor) == (None, 15 * MINUTE)
    assert unclaimed.customer == 2 * HOUR
    shop.write("policy.yaml", "desk: {unclaimed: {nudge: off}}")
    assert "'off' is no length of time" in str(shop.load().faults[0])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("desk: {hold: 11m}", "a reply waits for 10m at most"),
        ("desk: {unclaimed: {nudge: 20m}}", "follow each other in this order"),
        ("desk: {unclaimed: {nudge: never, supervisor: 45m}}", "left out they are 5m, 15m and 30m"),
    ],
)
def test_times_that_make_no_sense_are_named(shop: Folder, line: str, says: str) -> None:
    """A reply that waits for hours, and steps that overtake each other."""
    shop.write("policy.yaml", line)
    (fault,) = shop.faults()
    assert "policy.yaml:1" in fault and says in fault


def test_times_at_the_edge_are_fine(shop: Folder) -> None:
    """Ten minutes, and two steps at the same time."""
    shop.write("policy.yaml", "desk: {hold: 10m, unclaimed: {supervisor: 30m, customer: 30m}}")
    assert shop.faults() == []
