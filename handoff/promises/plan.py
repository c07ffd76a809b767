"""What is promised and when it is to happen, as a colleague has put it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST = timedelta(days=366)  # ahead
MOST_WHAT, MOST_PLACE = 300, 200  # characters


@dataclass(frozen=True, slots=True)
class Plan:
    """`starts_at` to `ends_at` is when it is to happen; without an end, `starts_at` is by when."""

    what: str
    starts_at: datetime
    ends_at: datetime | None = None
    place: str = ""


def plan_of(
    values: Mapping[str, str], now: datetime, zone: ZoneInfo
) -> tuple[Plan | None, Mapping[str, str]]:
    """The plan that a form's values make on the clock of `zone`; or None, and by field the phrase
    that says what is wrong."""
    wrong: dict[str, str] = {}
    what, place = values.get("what", "").strip(), values.get("place", "").strip()
    if not what:
        wrong["what"] = "promise_no_what"
    day = _day(values.get("date", ""))
    begins, ends = _time(values.get("begins", "")), _time(values.get("ends", ""))
    if day is None:
        wrong["date"] = "promise_no_date"
    if begins is None:
        wrong["begins"] = "promise_no_time"
    if wrong or day is None or begins is None:
        return None, wrong
    starts_at = _at(day, begins, zone)
    ends_at = _at(day, ends, zone) if ends is not None else None
    if ends_at is not None and ends_at <= starts_at:
        return None, {"ends": "promise_ends_before"}
    if (ends_at or starts_at) <= now:
        return None, {"date": "promise_past"}
    if starts_at - now > LONGEST:
        return None, {"date": "promise_too_far"}
    return Plan(what[:MOST_WHAT], starts_at, ends_at, place[:MOST_PLACE]), {}


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _time(written: str) -> time | None:
    try:
        return time.fromisoformat(written)
    except ValueError:
        return None


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    # In UTC: differences between two times of one zone would forget that its clock was changed.
    return datetime.combine(day, hour, zone).astimezone(UTC)
