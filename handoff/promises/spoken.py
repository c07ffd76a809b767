"""A promise typed in one breath, "courier Tuesday 10–12" → what and when. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

# 10–12, 10:00-12:30, 10 to 12; a lone time must have minutes, for "2 boxes" is none.
_TO = r"\s*[-–—]\s*|\s+(?:to|until|and|до|līdz|do|ile)\s+"
_SPAN = re.compile(
    rf"(?<![\d.:-])(\d{{1,2}})(?:[:.](\d{{2}}))?(?:{_TO})(\d{{1,2}})(?:[:.](\d{{2}}))?(?![\d.:-])"
)
_TIME = re.compile(r"(?<![\d.:-])(\d{1,2}):(\d{2})(?![\d:-])")
_NUMERIC = re.compile(r"(?<![\d.:-])(\d{1,2})\.(\d{1,2})\.(?:(\d{4})|(?!\d))")
_GLUE = {
    "en": "on|at|by|from|between|until", "ru": "в|во|на|к|до|с|со", "tr": "günü|saat|arası|için",
    "lv": "plkst|no|līdz|ap|uz", "pl": "w|we|o|na|od|do|godz",
}  # fmt: skip
# Latvian says the day and the month in the locative, which the library does not know.
_LATVIAN = {
    "dien": "diena", "janvārī": "janvāris", "februārī": "februāris", "martā": "marts",
    "aprīlī": "aprīlis", "maijā": "maijs", "jūnijā": "jūnijs", "jūlijā": "jūlijs",
    "augustā": "augusts", "septembrī": "septembris", "oktobrī": "oktobris",
    "novembrī": "novembris", "decembrī": "decembris",
}  # fmt: skip
_LOCATIVE = re.compile("|".join(rf"{end}\b" for end in _LATVIAN), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was understood of it, as the form has it: `what`, `date`, `begins`, `ends`; what was
    not, is not there."""

    values: Mapping[str, str] = field(default_factory=dict)


def spoken(text: str, language: str, now: datetime, zone: ZoneInfo) -> Spoken:
    """Take a promise apart. Days are in that language, or English, and lie ahead."""
    rest, hours = _hours(" ".join(text.split()))
    rest, day = _day(_with_year(rest, now, zone), language, now, zone)
    what = _trimmed(rest, language)
    values = {"what": what, "date": day, **hours}
    return Spoken({name: value for name, value in values.items() if value})


def prepare() -> None:
    """Load what reading a day needs, for it takes a second: better than while somebody waits."""
    from dateparser.search import search_dates

    search_dates("tomorrow", languages=["en"])


def _hours(text: str) -> tuple[str, Mapping[str, str]]:
    if found := _SPAN.search(text):
        begins, ends = _clock(found[1], found[2]), _clock(found[3], found[4])
        if begins and ends:
            return _without(text, found), {"begins": begins, "ends": ends}
    found = _TIME.search(text)
    if found and (begins := _clock(found[1], found[2])):
        return _without(text, found), {"begins": begins}
    return text, {}


def _clock(hour: str, minute: str | None) -> str:
    if int(hour) > 23 or int(minute or 0) > 59:
        return ""
    return f"{int(hour):02}:{int(minute or 0):02}"


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _with_year(text: str, now: datetime, zone: ZoneInfo) -> str:
    """24.11. → 2026-11-24: day before month, as all five languages write it; the next one."""

    def written(found: re.Match[str]) -> str:
        day, month = int(found[1]), int(found[2])
        today = now.astimezone(zone).date()
        year = int(found[3] or today.year)
        if not found[3] and (month, day) < (today.month, today.day):
            year += 1
        return f"{year:04}-{month:02}-{day:02} "

    return _NUMERIC.sub(written, text)


def _day(text: str, language: str, now: datetime, zone: ZoneInfo) -> tuple[str, str]:
    from dateparser.search import search_dates  # half a second, for few colleagues

    read = text
    if language == "lv":
        read = _LOCATIVE.sub(lambda found: _LATVIAN[found[0].lower()], text)
        read = re.sub(r"(?<=\d)\. (?=[^\W\d])", " ", read)
    local = now.astimezone(zone).replace(tzinfo=None)
    settings = {"RELATIVE_BASE": local, "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY"}
    for code in dict.fromkeys((language, "en")):
        found = search_dates(read, languages=[code], settings=settings)
        if found:
            words, moment = found[0]
            return read.replace(words, " ", 1), f"{moment:%Y-%m-%d}"
    return text, ""


def _trimmed(text: str, language: str) -> str:
    """Without the little words that held the day and the time."""
    glue = "|".join(dict.fromkeys((*_GLUE.get(language, "").split("|"), *_GLUE["en"].split("|"))))
    edge = re.compile(rf"(?:\b(?:{glue})\b\.?|[\s,;:–—-])+$|^(?:[\s,;:–—-])+", re.IGNORECASE)
    return edge.sub("", " ".join(text.split())).strip()
