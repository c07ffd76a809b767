"""Lengths of time as admins write them: 2s, 30m, 2h, 3d."""

from __future__ import annotations

import re
from datetime import timedelta

LONGEST = timedelta(days=730)
HOW = "write a number and s, m, h or d, as in 2s, 30m, 2h or 3d"

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(text: str) -> timedelta:
    """Raises ValueError, saying how to write it, for anything else or for more than two years."""
    found = re.fullmatch(r"([0-9]{1,6}) ?([smhd])", text.strip())
    duration = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
    if duration is None or duration > LONGEST:
        raise ValueError(f"{text!r} is no length of time up to two years: {HOW}")
    return duration
