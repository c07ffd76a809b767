"""The numbers and times admins may turn: `policy.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time, timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from bot.knowledge.durations import parse_duration
from bot.knowledge.faults import Fault, Parsed, Where, nearest
from bot.knowledge.files import decode
from bot.knowledge.plain_yaml import Document, parse


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


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Rating(_Strict):
    """When customers are asked how satisfied they are."""

    ask_after: Duration = timedelta(hours=1)


class Hours(_Strict):
    """A stretch of the day on the customer's own clock: from the one, until the other."""

    start: TimeOfDay = Field(default=time(10), alias="from")
    end: TimeOfDay = Field(default=time(20), alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError('"from" must be earlier than "to"')
        return self


class Policy(_Strict):
    """How often an answer has to be right, and when the bot may write by itself.

    `precision` is the share of its answers that must be right, `precision_by_tag` the same of
    articles with a tag (the strictest counts); `unanswerable` the share of questions that no
    article answers: the higher, the surer the bot has to be. `clarify_chance` is how likely the
    right article must be among those it offers when it asks "did you mean". `burst` is how long a
    customer who may have more to say is given to say it."""

    precision: Share = 0.9
    precision_by_tag: dict[str, Share] = Field(default_factory=dict)
    clarify_chance: Share = 0.5
    unanswerable: Share = 0.1
    burst: Duration = timedelta(seconds=2)
    rating: Rating = Rating()
    follow_up_hours: Hours = Hours()

    def precision_for(self, tags: Iterable[str]) -> float:
        """What an article with these tags asks for."""
        return max((self.precision_by_tag.get(tag, 0.0) for tag in tags), default=0.0) or (
            self.precision
        )


def parse_policy(content: bytes, path: str) -> Parsed[Policy]:
    """The policy; what is left out keeps its default. None, with faults, if it is wrong.

    Raises Broken if the file cannot be read at all."""
    document = parse(decode(content, path), path)
    try:
        return Parsed(Policy.model_validate(document.values), (), document.lines)
    except ValidationError as error:
        faults = tuple(_fault(document, dict(detail)) for detail in error.errors())
        return Parsed(None, faults, document.lines)


_KNOWN: dict[Where, tuple[str, ...]] = {
    (): tuple(Policy.model_fields),
    ("rating",): tuple(Rating.model_fields),
    ("follow_up_hours",): ("from", "to"),
}


def _fault(document: Document, detail: dict[str, Any]) -> Fault:
    where: Where = tuple(detail["loc"])
    name, line = ".".join(map(str, where)), document.line(where) or 1
    kind, message = str(detail["type"]), str(detail["msg"])
    if kind == "extra_forbidden":
        do = nearest(str(where[-1]), _KNOWN.get(where[:-1], ()))
        return Fault(document.path, line, f'"{name}" means nothing here', do)
    if kind == "value_error":
        message = str(detail["ctx"]["error"])
        what = f'"{name}": {message}' if name else message
        return Fault(document.path, line, what, "change the value")
    shown = detail.get("input")
    what = f'"{name}" cannot be {shown!r}' if isinstance(shown, str) else f'"{name}" is wrong'
    return Fault(document.path, line, what, _how(kind, message))


def _how(kind: str, message: str) -> str:
    if kind.startswith(("float", "greater", "less", "finite")):
        return "write a number from 0 to 1, as in 0.6"
    if kind.startswith("model"):
        return 'write "name: value" lines below it, indented by two spaces'
    return message[:1].lower() + message[1:]
