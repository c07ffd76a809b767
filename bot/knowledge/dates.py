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


def when(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """The date and the time of day on that zone's clock."""
    return _WRITTEN.get(language, "{at:%Y-%m-%d %H:%M}").format(at=moment.astimezone(zone))
