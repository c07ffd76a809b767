"""Business hours: when somebody is there, and what they make of a length of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.hours import ALWAYS, WHOLE_DAY, BusinessHours, Span, no_holidays_of

RIGA = ZoneInfo("Europe/Riga")
MORNING, AFTERNOON = Span(9 * 60, 12 * 60 + 30), Span(13 * 60, 17 * 60)
WORKDAY = (MORNING, AFTERNOON)
WEEK = (WORKDAY,) * 5 + ((), ())
OFFICE = BusinessHours(RIGA, WEEK)
HOUR = timedelta(hours=1)


def riga(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=RIGA)


@pytest.mark.parametrize(
    ("at", "is_open", "opens", "closes"),
    [
        ("2026-11-23 08:59", False, "2026-11-23 09:00", "2026-11-23 12:30"),
        ("2026-11-23 09:00", True, "2026-11-23 09:00", "2026-11-23 12:30"),
        ("2026-11-23 12:30", False, "2026-11-23 13:00", "2026-11-23 17:00"),
        ("2026-11-23 16:59", True, "2026-11-23 16:59", "2026-11-23 17:00"),
        ("2026-11-27 17:00", False, "2026-11-30 09:00", "2026-11-30 12:30"),
        ("2026-11-29 12:00", False, "2026-11-30 09:00", "2026-11-30 12:30"),
    ],
)
def test_several_stretches_a_day_and_a_weekend(
    at: str, is_open: bool, opens: str, closes: str
) -> None:
    """The end of a stretch is no longer part of it."""
    moment = riga(at)
    assert OFFICE.is_open(moment) is is_open
    assert OFFICE.opens_at(moment) == riga(opens)
    assert OFFICE.closes_at(moment) == riga(closes)


def test_time_runs_only_while_somebody_is_there() -> None:
    """Two hours from Friday afternoon are over on Monday morning."""
    assert OFFICE.add(riga("2026-11-27 16:00"), 2 * HOUR) == riga("2026-11-30 10:00")
    assert OFFICE.between(riga("2026-11-27 16:00"), riga("2026-11-30 10:00")) == 2 * HOUR
    assert OFFICE.between(riga("2026-11-28 10:00"), riga("2026-11-29 10:00")) == timedelta()
    assert OFFICE.between(riga("2026-11-30 10:00"), riga("2026-11-27 16:00")) == timedelta()


def test_a_stretch_ends_when_its_time_is_used_up() -> None:
    """Exactly at the end of the day, not at the beginning of the next."""
    assert OFFICE.add(riga("2026-11-27 16:00"), HOUR) == riga("2026-11-27 17:00")


def test_without_hours_somebody_is_always_there() -> None:
    """Time is what the clock says, and nothing ever closes."""
    always, at = BusinessHours(RIGA), datetime(2026, 3, 28, 22, 7, tzinfo=UTC)
    assert always.is_open(at) and always.closes_at(at) is None
    assert always.add(at, 100 * HOUR) == at + 100 * HOUR
    assert always.between(at, at + 100 * HOUR) == 100 * HOUR


def test_nobody_is_ever_there() -> None:
    """Which is said, and not looked for until the end of time."""
    never, at = BusinessHours(RIGA, ((),) * 7), riga("2026-11-23 12:00")
    assert not never.is_open(at)
    assert (never.opens_at(at), never.closes_at(at), never.add(at, HOUR)) == (None, None, None)


def test_exceptions_come_before_the_week_and_before_holidays() -> None:
    """18 November is a public holiday in Latvia, and a shorter day in this shop."""
    with_holidays = BusinessHours(RIGA, WEEK, country="LV")
    day = riga("2026-11-18 10:00")
    assert OFFICE.is_open(day) and not with_holidays.is_open(day)
    assert with_holidays.opens_at(day) == riga("2026-11-19 09:00")
    short = {date(2026, 11, 18): (Span(10 * 60, 14 * 60),), date(2026, 11, 19): ()}
    shop = BusinessHours(RIGA, WEEK, short, "LV")
    assert shop.is_open(day) and shop.closes_at(day) == riga("2026-11-18 14:00")
    assert shop.opens_at(riga("2026-11-18 14:00")) == riga("2026-11-20 09:00")


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    """Epiphany is one in Bavaria and not in Berlin."""
    zone, day = ZoneInfo("Europe/Berlin"), datetime(2026, 1, 6, 12, tzinfo=UTC)
    assert not BusinessHours(zone, WEEK, country="DE", subdivision="BY").is_open(day)
    assert BusinessHours(zone, WEEK, country="DE", subdivision="BE").is_open(day)


@pytest.mark.parametrize(("country", "part", "wrong"), [
    ("LV", "", ""), ("DE", "BY", ""), ("LT2", "", "is no country"), ("lv", "", "capital letters"),
    ("DE", "XX", "is no part of DE"), ("LV", "X", "known: none"),
])  # fmt: skip
def test_an_unknown_country_is_named(country: str, part: str, wrong: str) -> None:
    """With what to write instead."""
    assert wrong in no_holidays_of(country, part)
    assert bool(wrong) == bool(no_holidays_of(country, part))


# --- when the clock is changed -------------------------------------------------------------------


def test_the_night_that_has_no_third_hour() -> None:
    """What the clock jumps over is no time: a stretch in it does not exist, one that reaches into
    it begins or ends with the jump."""
    sunday = 6
    jump = datetime(2026, 3, 29, 1, tzinfo=UTC)  # 03:00 becomes 04:00 in Riga

    def on_sunday(start: int, end: int) -> BusinessHours:
        week = tuple((Span(start, end),) if n == sunday else () for n in range(7))
        return BusinessHours(RIGA, week)

    before = jump - 2 * HOUR
    assert on_sunday(195, 225).opens_at(before) == datetime(2026, 4, 5, 0, 15, tzinfo=UTC)
    assert on_sunday(210, 300).opens_at(before) == jump
    assert on_sunday(120, 210).closes_at(before) == jump
    assert on_sunday(0, 24 * 60).between(before - 24 * HOUR, jump + 48 * HOUR) == 23 * HOUR


def test_the_night_in_which_an_hour_comes_twice() -> None:
    """A day of 25 hours is one, and what begins in that hour begins with its first coming."""
    sunday = tuple(WHOLE_DAY if n == 6 else () for n in range(7))
    whole = BusinessHours(RIGA, sunday)
    assert whole.between(riga("2026-10-24 00:00"), riga("2026-10-27 00:00")) == 25 * HOUR
    at_three = tuple((Span(180, 240),) if n == 6 else () for n in range(7))
    opens = BusinessHours(RIGA, at_three).opens_at(riga("2026-10-25 01:00"))
    assert opens == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["America/Santiago", "America/Havana", "Africa/Cairo", "Asia/Beirut"]
)
def test_a_clock_that_is_changed_at_midnight_makes_no_hole(name: str) -> None:
    """Who is there all week is there in that night, too."""
    written_out = BusinessHours(ZoneInfo(name), ALWAYS)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert written_out.between(start, start + 300 * 24 * HOUR) == 300 * 24 * HOUR


# --- for any hours whatsoever --------------------------------------------------------------------


@st.composite
def hours(draw: st.DrawFn) -> BusinessHours:
    def day() -> tuple[Span, ...]:
        ends = sorted(draw(st.sets(st.integers(0, 24 * 60), max_size=6)))
        return tuple(Span(a, b) for a, b in zip(ends[::2], ends[1::2], strict=False))

    zone = draw(st.sampled_from(["UTC", "Europe/Riga", "America/Havana", "Asia/Kolkata"]))
    days = st.dates(date(2026, 3, 1), date(2026, 4, 30))
    exceptions = {each: day() for each in draw(st.sets(days, max_size=3))}
    country = draw(st.sampled_from(["", "LV", "PL"]))
    return BusinessHours(ZoneInfo(zone), tuple(day() for _ in range(7)), exceptions, country)


MOMENTS = st.datetimes(
    datetime(2026, 3, 20), datetime(2026, 4, 5), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip
LENGTHS = st.timedeltas(timedelta(0), timedelta(hours=60))


@given(hours(), MOMENTS, LENGTHS)
def test_what_is_added_lies_between(office: BusinessHours, at: datetime, worked: timedelta) -> None:
    """Adding and measuring are each other's inverse, and nothing is due while nobody is there."""
    due = office.add(at, worked)
    if due is None:
        assert office.opens_at(at + 500 * timedelta(days=1)) is None or not any(office.week)
        return
    assert office.between(at, due) == worked
    just_before = due - timedelta(microseconds=1)
    assert office.is_open(due if not worked else just_before)


@given(hours(), MOMENTS, MOMENTS, MOMENTS)
def test_time_only_grows(
    office: BusinessHours, one: datetime, two: datetime, last: datetime
) -> None:
    """Later is never less, what is parted adds up, and no more passes than on the clock."""
    one, two, last = sorted((one, two, last))
    first, rest = office.between(one, two), office.between(two, last)
    assert timedelta() <= first <= two - one
    assert first + rest == office.between(one, last)


@given(hours(), MOMENTS, LENGTHS, LENGTHS)
def test_more_time_is_never_over_sooner(
    office: BusinessHours, at: datetime, some: timedelta, more: timedelta
) -> None:
    """Nor is what begins later."""
    sooner, later = office.add(at, some), office.add(at, some + more)
    begun_later = office.add(at + more, some)
    if sooner and later and begun_later:
        assert sooner <= later and sooner <= begun_later


@given(hours(), MOMENTS)
def test_it_opens_closes_and_opens(office: BusinessHours, at: datetime) -> None:
    """Whatever the hours, what opens is open then, and what closes is closed."""
    opens, closes = office.opens_at(at), office.closes_at(at)
    assert office.is_open(at) == (opens == at)
    if opens is not None:
        assert opens >= at and office.is_open(opens)
    if closes is not None:
        assert closes > at and not office.is_open(closes)
