"""What a calendar file says, so that a dialogue can hold it against what was promised. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

RIGA = ZoneInfo("Europe/Riga")
ENDING = ".ics"
_NEEDED = ("VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART")
_ESCAPED = re.compile(r"\\([\\;,nN])")


def in_words(data: bytes) -> str:
    """`Courier · 2026-11-24 10:00–12:00 · Brīvības 1`, in Riga's time; and what no calendar would
    take: a line end that is not CRLF, a line over 75 bytes, a property that has to be there."""
    text = data.decode()
    faults = [f"no {name}" for name in _NEEDED if not re.search(rf"^{name}[;:]", text, re.M)]
    faults += ["lines do not end as they must"] if re.search(r"(?<!\r)\n", text) else []
    if any(len(line) > 75 for line in data.split(b"\r\n")):
        faults.append("a line is too long")
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    said = [_value(lines, "SUMMARY"), _when(lines), _value(lines, "LOCATION")]
    return " · ".join([*filter(None, said), *(f"broken: {fault}" for fault in faults)])


def _value(lines: list[str], name: str) -> str:
    found = next((line for line in lines if re.match(rf"{name}[;:]", line)), ":")
    return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], found.partition(":")[2])


def _when(lines: list[str]) -> str:
    start, end = _moment(lines, "DTSTART"), _moment(lines, "DTEND")
    if start is None:
        return ""
    until = f"–{end:%H:%M}" if end else ""
    return f"{start:%Y-%m-%d %H:%M}{until}"


def _moment(lines: list[str], name: str) -> datetime | None:
    found = next((line for line in lines if re.match(rf"{name}[;:]", line)), "")
    head, _, value = found.rpartition(":")
    if not value:
        return None
    zone = re.search(r"TZID=([\w/]+)", head)
    moment = datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - zone follows
    moment = moment.replace(tzinfo=ZoneInfo(zone[1]) if zone else UTC if value[-1] == "Z" else RIGA)
    return moment.astimezone(RIGA)
