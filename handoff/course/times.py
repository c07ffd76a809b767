"""Until when a ticket rests, by what was chosen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR, TOMORROW, MONDAY, CUSTOMER, TIME = "hour", "tomorrow", "monday", "customer", "time"
CHOICES = (HOUR, TOMORROW, MONDAY, CUSTOMER, TIME)
MORNING = time(9)
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Until:
    """A moment, or None: until the customer writes. `fault` is the phrase that says why neither."""

    at: datetime | None = None
    fault: str = ""


def until(values: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Until:
    """What the form's `until`, `date` (2026-11-24) and `time` (09:30) mean, on the clock of
    `zone`."""
    chosen, today = values.get("until", ""), now.astimezone(zone).date()
    match chosen:
        case "hour":
            return Until(now + timedelta(hours=1))
        case "tomorrow":
            return Until(_at(today + timedelta(days=1), MORNING, zone))
        case "monday":
            return Until(_at(today + timedelta(days=7 - today.weekday()), MORNING, zone))
        case "customer":
            return Until()
        case "time":
            return _chosen_time(values, now, zone)
    return Until(fault="choice_missing")


def _chosen_time(values: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Until:
    try:
        day, hour = date.fromisoformat(values["date"]), time.fromisoformat(values["time"])
    except (KeyError, ValueError):
        return Until(fault="snooze_no_time")
    at = _at(day, hour, zone)
    if at <= now:
        return Until(fault="snooze_past")
    return Until(at) if at - now <= LONGEST else Until(fault="snooze_too_long")


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """In UTC: differences between two times of one zone would forget that its clock was changed."""
    return datetime.combine(day, hour, zone).astimezone(ZoneInfo("UTC"))
