"""A moment, as people of a language write it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

# In figures where the name of a month would have to be inflected by the words around it.
_WRITTEN = {
    "en": "{at.day} {at:%B} {at.year}, {at:%H:%M}",
    "ru": "{at:%d.%m.%Y, %H:%M}",
    "tr": "{at:%d.%m.%Y %H:%M}",
    "lv": "{at:%d.%m.%Y. plkst. %H:%M}",
    "pl": "{at:%d.%m.%Y, godz. %H:%M}",
}


# Said as a whole, with the day in its plain form: "closed until: Monday, 23 November, 09:00".
_DAY = {"en": "EEEE, d MMMM", "ru": "EEEE, d MMMM", "tr": "d MMMM EEEE",
        "lv": "EEEE, d. MMMM", "pl": "EEEE, d MMMM"}  # fmt: skip
_NEAR = {
    "en": ("today", "tomorrow"),
    "ru": ("сегодня", "завтра"),
    "tr": ("bugün", "yarın"),
    "lv": ("šodien", "rīt"),
    "pl": ("dzisiaj", "jutro"),
}


def day_and_time(moment: datetime, zone: ZoneInfo, language: str, now: datetime) -> str:
    """The day of the week and the time on that zone's clock, for a moment not far from `now`:
    "tomorrow, 09:00", "Monday, 23 November, 09:00"."""
    at, today = moment.astimezone(zone), now.astimezone(zone).date()
    away, near = (at.date() - today).days, _NEAR.get(language, _NEAR["en"])
    if 0 <= away < len(near):
        return f"{near[away]}, {at:%H:%M}"
    return date_and_time(moment, zone, language)


def date_and_time(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """The same with the date on any day, for what is read again later: "Monday, 23 November,
    09:00"."""
    from babel.dates import format_date  # costs a tenth of a second, and few need it at once

    at, known = moment.astimezone(zone), language if language in _DAY else "en"
    return f"{format_date(at.date(), _DAY[known], locale=known)}, {at:%H:%M}"


def when(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """The date and the time of day on that zone's clock."""
    return _WRITTEN.get(language, "{at:%Y-%m-%d %H:%M}").format(at=moment.astimezone(zone))
