"""What the parts of the policy are made of: shares, lengths of time, times of day."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.knowledge.durations import parse_duration


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _time(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", value)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f"{value!r} is no time of day: write it as 10:00")
    return time(int(found[1]), int(found[2]))


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
TimeOfDay = Annotated[time, BeforeValidator(_time)]


class Strict(BaseModel):
    """A part of the policy: what it does not know is a fault, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
