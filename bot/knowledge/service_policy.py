"""When somebody is there, and how soon customers hear from them: the part `service:` of
`policy.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.knowledge.desk_policy import WEEKDAYS
from bot.knowledge.durations import parse_duration
from bot.knowledge.hours import ALWAYS, BusinessHours, Span, Week, no_holidays_of
from bot.knowledge.policy_fields import Share, Strict

CLOSED = "closed"
_SPAN = re.compile(r"(\d{1,2}):([0-5]\d) ?[-–] ?(\d{1,2}):([0-5]\d)")


def _worked(value: object) -> object:
    if not isinstance(value, str):
        return value
    worked = parse_duration(value)
    if value.strip().endswith("d"):
        raise ValueError(f"{value!r}: business time is counted in hours; write 16h for two days")
    if not worked:
        raise ValueError(f"{value!r} leaves no time at all; leave the line out if nobody waits")
    return worked


def _spans(value: object) -> object:
    written = value.split(",") if isinstance(value, str) else value
    if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
        return value
    if [each.strip().lower() for each in written] in ([], [CLOSED]):
        return ()
    spans = sorted(_span(each.strip()) for each in written)
    for before, after in pairwise(spans):
        if after.start < before.end:
            raise ValueError("two stretches of the day overlap: write them one after the other")
    return tuple(spans)


def _span(written: str) -> Span:
    found = _SPAN.fullmatch(written)
    start, end = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3)) if found else (0, 0)
    if not found or end > 24 * 60:
        raise ValueError(f"{written!r} are no hours: write them as 09:00-17:30, or closed")
    if start >= end:
        do = "what follows midnight belongs to the next day, and 24:00 ends a day"
        raise ValueError(f"{written!r} ends before it begins: {do}")
    return Span(start, end)


def _days(written: str) -> str:
    names = written.lower().replace(" ", "").split("-")
    if len(names) > 2 or not set(names) <= set(WEEKDAYS) or _numbers(names) == []:
        raise ValueError(f"{written!r} is no day: write mon, tue, wed, thu, fri, sat, sun, mon-fri")
    return "-".join(names)


def _numbers(names: list[str]) -> list[int]:
    first, last = (WEEKDAYS.index(name) for name in (names[0], names[-1]))
    return list(range(first, last + 1))


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"{value!r} is no date: write it as 2026-12-24") from None


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone: write it like Europe/Riga") from None
    return value


def _holidays(value: str) -> str:
    country, part = _country(value)
    if wrong := no_holidays_of(country, part):
        raise ValueError(wrong)
    return value


def _country(value: str) -> tuple[str, str]:
    country, _, part = value.partition("-")
    return country.strip(), part.strip()


Worked = Annotated[timedelta, BeforeValidator(_worked)]
Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans)]
Days = Annotated[str, AfterValidator(_days)]
Day = Annotated[date, BeforeValidator(_day)]


class Targets(Strict):
    """Within how much business time a customer hears from a person first, hears from them again,
    and has what they came for; what is left out is not watched."""

    first_reply: Worked | None = None
    next_reply: Worked | None = None
    resolution: Worked | None = None


class Levels(Strict):
    """What is aimed at, by how urgent a ticket is and how severe its complaint."""

    normal: Targets = Targets()
    high: Targets = Targets()
    urgent: Targets = Targets()
    complaint: Targets = Targets()
    severe_complaint: Targets = Targets()


class Service(Strict):
    """When the desk is staffed: without `hours` always, on days it does not name never. A ticket is
    promised the strictest of all levels up to its own. `warn_at`: the share of the time after which
    its owner is warned."""

    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    hours: Mapping[Days, Spans] | None = None
    holidays: Annotated[str, AfterValidator(_holidays)] | None = None
    exceptions: Mapping[Day, Spans] = Field(default_factory=dict)
    levels: Levels = Levels()
    warn_at: Share = 0.75

    @model_validator(mode="after")
    def _each_day_once(self) -> Self:
        seen: set[int] = set()
        for days in self.hours or {}:
            numbers = set(_numbers(days.split("-")))
            if seen & numbers:
                twice = WEEKDAYS[min(seen & numbers)]
                raise ValueError(f'the hours of "{twice}" are written twice: keep one of them')
            seen |= numbers
        if self.hours is not None and not any(self.hours.values()) and not self.exceptions:
            raise ValueError('with these "hours" nobody is ever there: write some, or leave it out')
        return self

    def business_hours(self, zone: ZoneInfo) -> BusinessHours:
        """The hours on the clock of `timezone`, or of this zone where none is given."""
        country, part = _country(self.holidays or "")
        zone = ZoneInfo(self.timezone) if self.timezone else zone
        return BusinessHours(zone, self._week(), self.exceptions, country, part)

    def targets(self, urgency: int, severity: str | None = None) -> Targets:
        """What a ticket of this urgency (0, 1, 2) is promised; `severity` (normal, high) is that of
        its open complaint."""
        levels = self.levels
        counting = [levels.normal, levels.high, levels.urgent][: urgency + 1]
        if severity is not None:
            counting += [levels.complaint, levels.severe_complaint][: 1 + (severity == "high")]

        def strictest(name: str) -> timedelta | None:
            return min(filter(None, (getattr(each, name) for each in counting)), default=None)

        return Targets(**{name: strictest(name) for name in Targets.model_fields})

    def _week(self) -> Week:
        if self.hours is None:
            return ALWAYS
        week: list[tuple[Span, ...]] = [()] * 7
        for days, spans in self.hours.items():
            for number in _numbers(days.split("-")):
                week[number] = spans
        return tuple(week)
