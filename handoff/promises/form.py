"""The form of a promise → a Slack view, and what is wrong in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from handoff.forms.views import Block, field_block
from handoff.promises.plan import MOST_PLACE, MOST_WHAT
from handoff.wording import Words

FORM = "promise"


def fields(words: Words, values: Mapping[str, str]) -> Sequence[Block]:
    """The fields, with what is known already."""
    return [
        field_block("what", words, _typed(MOST_WHAT, values.get("what", ""))),
        field_block("date", words, _date(values.get("date", ""))),
        field_block("begins", words, _time(values.get("begins", ""))),
        field_block("ends", words, _time(values.get("ends", "")), optional=True),
        field_block("place", words, _typed(MOST_PLACE, values.get("place", "")), optional=True),
    ]


def _typed(most: int, initial: str) -> Mapping[str, Any]:
    element: dict[str, Any] = {"type": "plain_text_input", "max_length": most}
    return {**element, "initial_value": initial[:most]} if initial else element


def _date(initial: str) -> Mapping[str, Any]:
    return {"type": "datepicker", **({"initial_date": initial} if initial else {})}


def _time(initial: str) -> Mapping[str, Any]:
    return {"type": "timepicker", **({"initial_time": initial} if initial else {})}


def values_of(
    what: str, starts_at: datetime, ends_at: datetime | None, place: str, zone: ZoneInfo
) -> Mapping[str, str]:
    """A promise as the form has it, on the clock of `zone`."""
    begins = starts_at.astimezone(zone)
    values = {"what": what, "date": f"{begins:%Y-%m-%d}", "begins": f"{begins:%H:%M}"}
    ends = {"ends": f"{ends_at.astimezone(zone):%H:%M}"} if ends_at else {}
    return {**values, **ends, "place": place}
