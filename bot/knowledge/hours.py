"""When somebody is there: business hours, and what they make of a length of time. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HORIZON = 400 * DAY  # who does not open for so long, does not open again


class Span(NamedTuple):
    """A stretch of one day, in minutes since midnight on the wall clock; the last is 1440."""

    start: int
    end: int


WHOLE_DAY = (Span(0, 24 * 60),)
Week = tuple[tuple[Span, ...], ...]  # of Monday, Tuesday…
ALWAYS: Week = (WHOLE_DAY,) * 7


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """The hours of a week, the days that differ, and the country (and its part) whose public
    holidays are free; an exception counts more than a holiday. Spans do not overlap.

    All moments, in and out, are aware; those that come out are in UTC."""

    zone: ZoneInfo
    week: Week = ALWAYS
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    country: str = ""
    subdivision: str = ""

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there."""
        return self.opens_at(at) == at.astimezone(UTC)

    def opens_at(self, at: datetime) -> datetime | None:
        """When somebody is there next: `at` itself while it is open; None if never."""
        stretch = next(self._stretches(at), None)
        return max(stretch[0], at.astimezone(UTC)) if stretch else None

    def closes_at(self, at: datetime) -> datetime | None:
        """When the current stretch ends, or while it is closed the next one; None if never."""
        ends: datetime | None = None
        for opens, closes in self._stretches(at):
            if ends is not None and opens > ends:
                return ends
            if closes - at > HORIZON:
                return None
            ends = closes
        return ends

    def add(self, at: datetime, worked: timedelta) -> datetime | None:
        """The first moment by which so much business time has passed since `at`; for none at all
        the next opening. None if it never has."""
        left = worked
        for opens, closes in self._stretches(at):
            begins = max(opens, at.astimezone(UTC))
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The business time from the one until the other; none if `end` is not later."""
        total = timedelta()
        for opens, closes in self._stretches(start):
            if opens >= end:
                break
            total += min(closes, end) - max(opens, start)
        return max(total, timedelta())

    def _stretches(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What is open after `at`, day by day; ends where nothing opens within the horizon."""
        at = at.astimezone(UTC)
        day = at.astimezone(self.zone).date()
        last = at
        while True:
            for span in self._spans(day):
                opens, closes = (_instant(day, minute, self.zone) for minute in span)
                if closes > max(at, opens):
                    last = closes
                    yield opens, closes
            day += DAY
            if datetime.combine(day, time(), UTC) - last > HORIZON:
                return

    def _spans(self, day: date) -> tuple[Span, ...]:
        if day in self.exceptions:
            return self.exceptions[day]
        if self.country and day in _holidays(self.country, self.subdivision, day.year):
            return ()
        return self.week[day.weekday()]


@lru_cache(maxsize=4096)
def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """When that zone's clock first shows this; what it jumps over is the moment of the jump. So
    one day ends where the next begins, whatever is done to the clock at midnight."""
    local = datetime.combine(day, time()) + minute * MINUTE
    at = local.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local:
        return at
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    minutes = range((at - before) // MINUTE + 1)
    after_jump = bisect_left(
        minutes, True, key=lambda n: (before + n * MINUTE).astimezone(zone).utcoffset() != offset
    )
    return before + after_jump * MINUTE


# --- public holidays -----------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    # Imported where it is needed: it costs half a second, and most shops name no country.
    import holidays

    found = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    return frozenset(found)


def no_holidays_of(country: str, subdivision: str = "") -> str:
    """What is wrong with such a country or part of one, with what to do; "" if it is known."""
    import holidays

    known = holidays.list_supported_countries()
    if country not in known:
        return f"{country!r} is no country with known holidays: write two capital letters, as in LV"
    if subdivision and subdivision not in known[country]:
        parts = ", ".join(known[country][:12]) or "none"
        return f"{subdivision!r} is no part of {country} that has its own holidays; known: {parts}"
    return ""
