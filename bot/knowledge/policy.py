"""The numbers and times admins may turn: `policy.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time, timedelta
from decimal import Decimal
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from bot.knowledge.complaint_policy import MOST, Complaints, Due, Role, Roles
from bot.knowledge.desk_policy import DeskPolicy, Files, Unclaimed
from bot.knowledge.faults import Fault, Parsed, Where, nearest
from bot.knowledge.files import decode
from bot.knowledge.plain_yaml import Document, parse
from bot.knowledge.policy_fields import Duration, Share, Strict, TimeOfDay
from bot.knowledge.service_policy import Levels, Service, Targets


class Rating(Strict):
    """When customers are asked how satisfied they are."""

    ask_after: Duration = timedelta(hours=1)


class Hours(Strict):
    """A stretch of the day on the customer's own clock: from the one, until the other."""

    start: TimeOfDay = Field(default=time(10), alias="from")
    end: TimeOfDay = Field(default=time(20), alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError('"from" must be earlier than "to"')
        return self


class People(Strict):
    """When a person is brought in without being asked for: how surely a customer must be upset to
    get one at once (`upset`), and to be offered one (`offer`); the tags of articles, and the words
    by language (written as in the phrases' `hear`), that always bring one."""

    upset: Share = 0.9
    offer: Share = 0.6
    topics: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.offer > self.upset:
            raise ValueError('"offer" must not be above "upset": who is offered one is less sure')
        return self

    def level_of(self, mood: float) -> str:
        """What such a mood is called: calm, displeased or upset."""
        return "upset" if mood >= self.upset else "displeased" if mood >= self.offer else "calm"


class Policy(Strict):
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
    people: People = People()
    complaints: Complaints = Complaints()
    desk: DeskPolicy = DeskPolicy()
    service: Service = Service()
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
    ("people",): tuple(People.model_fields),
    ("complaints",): tuple(Complaints.model_fields),
    ("complaints", "due"): tuple(Due.model_fields),
    ("complaints", "roles"): tuple(Roles.model_fields),
    ("complaints", "roles", "agent"): tuple(Role.model_fields),
    ("complaints", "roles", "supervisor"): tuple(Role.model_fields),
    ("desk",): tuple(DeskPolicy.model_fields),
    ("desk", "unclaimed"): tuple(Unclaimed.model_fields),
    ("desk", "files"): tuple(Files.model_fields),
    ("service",): tuple(Service.model_fields),
    ("service", "levels"): tuple(Levels.model_fields),
    **{("service", "levels", level): tuple(Targets.model_fields) for level in Levels.model_fields},
    ("rating",): tuple(Rating.model_fields),
    ("follow_up_hours",): ("from", "to"),
}


def _fault(document: Document, detail: dict[str, Any]) -> Fault:
    where: Where = tuple(detail["loc"])
    name = ".".join(part for part in where if isinstance(part, str) and part != "[key]")
    line = document.line(where) or 1
    kind, message = str(detail["type"]), str(detail["msg"])
    if kind == "extra_forbidden":
        do = nearest(str(where[-1]), _KNOWN.get(where[:-1], ()))
        return Fault(document.path, line, f'"{name}" means nothing here', do)
    if kind == "value_error":
        message = str(detail["ctx"]["error"])
        what = f'"{name}": {message}' if name else message
        return Fault(document.path, line, what, "change the value")
    if kind == "missing":
        return Fault(document.path, line, f'"{name}" is missing', "write it there")
    shown = detail.get("input")
    is_text = isinstance(shown, str | Decimal)
    what = f'"{name}" cannot be {str(shown)!r}' if is_text else f'"{name}" is wrong'
    return Fault(document.path, line, what, _HOW.get(name) or _how(kind, message))


def _how(kind: str, message: str) -> str:
    if kind.startswith(("float", "greater", "less", "finite")):
        return "write a number from 0 to 1, as in 0.6"
    if kind.startswith(("model", "dict", "mapping")):
        return 'write "name: value" lines below it, indented by two spaces'
    if kind.startswith("tuple"):
        return "write a list, as in [one, another]"
    if kind.startswith("string"):
        return "write one text there, in double quotes"
    if kind == "literal_error":
        return f"write {message.removeprefix('Input should be ')}"
    return message[:1].lower() + message[1:]


_AMOUNT = f"write an amount from 0 to {MOST}, with two decimals at most, as in 20 or 49.90"
_HOW = {
    "people.words": 'write "en: [words, other words]" lines below it, indented by two spaces',
    "complaints.currency": "write its three capital letters, as in EUR",
    "complaints.causes": 'write "short_name: What it is called" lines below it, indented',
    "service.hours": 'write "mon-fri: 09:00-17:30" lines below it, indented by two spaces',
    "service.exceptions": 'write "2026-12-24: closed" lines below it, indented by two spaces',
    "complaints.roles.agent.limit": _AMOUNT,
    "desk.files.max_megabytes": "write a whole number from 1 to 50",
    "complaints.roles.supervisor.limit": _AMOUNT,
}
