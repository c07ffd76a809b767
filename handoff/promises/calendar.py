"""A promise as a calendar file (RFC 5545), for the customer's own calendar. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain import File

NAME = "promise.ics"
ALARM = timedelta(hours=1)  # before it begins


def calendar_file(
    promise_id: int,
    version: int,
    what: str,
    place: str,
    starts_at: datetime,
    ends_at: datetime | None,
    now: datetime,
    withdrawn: bool = False,
) -> File:
    """The file. A later `version` of the same promise takes the place of the earlier; `withdrawn`
    takes it out of the calendar again. Times are in UTC, which every calendar shows as its own."""
    from icalendar import Alarm, Calendar, Event  # a fifth of a second, for few messages

    calendar, event = Calendar(), Event()
    calendar.add("prodid", "-//Frontdesk//Promises//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if withdrawn else "PUBLISH")
    event.add("uid", f"promise-{promise_id}@frontdesk")
    event.add("sequence", version)
    event.add("dtstamp", now)
    event.add("dtstart", starts_at)
    if ends_at is not None:
        event.add("dtend", ends_at)
    event.add("summary", what)
    event.add("status", "CANCELLED" if withdrawn else "CONFIRMED")
    if place:
        event.add("location", place)
    if not withdrawn:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", what)
        alarm.add("trigger", -ALARM)
        event.add_component(alarm)
    calendar.add_component(event)
    content = calendar.to_ical()
    return File(NAME, "document", "text/calendar", len(content), content=content)
