"""What a decision is made of, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain import Article, Match, Option, Outcome, Reply


@dataclass(frozen=True, slots=True)
class Context:
    """What the bot remembers of a conversation between two events; stored as JSON."""

    misses: int = 0  # questions in a row that found nothing
    options: tuple[Option, ...] = ()  # the buttons shown last, so that "2" can mean the second
    comment_on: int | None = None  # the ticket whose rating may be followed by words
    started_with: str = ""  # the payload of the deep link the customer came by
    close: tuple[str, ...] = ()  # ids of the articles nearest to the last question
    unclear: str = ""  # the message that was not understood; an edit of it is a new attempt

    def to_json(self) -> dict[str, Any]:
        """The context with empty fields left out."""
        plain = {
            "misses": self.misses,
            "options": [[o.label, o.value] for o in self.options if o.value],
            "comment_on": self.comment_on,
            "started_with": self.started_with,
            "close": list(self.close),
            "unclear": self.unclear,
        }
        return {key: value for key, value in plain.items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Context:
        """What `to_json` wrote; fields of an older version are ignored."""
        return cls(
            misses=stored.get("misses", 0),
            options=tuple(Option(label, value) for label, value in stored.get("options", ())),
            comment_on=stored.get("comment_on"),
            started_with=stored.get("started_with", ""),
            close=tuple(stored.get("close", ())),
            unclear=stored.get("unclear", ""),
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands when an event arrives."""

    language: str
    chosen_language: str | None = None
    name: str = ""
    with_person: bool = False  # an unresolved ticket exists
    context: Context = field(default_factory=Context)

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else ""


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating the customer gave: `kind` helpful or csat; `subject` a ticket or an article."""

    kind: str
    subject: str
    score: int | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens now. `handoff` is the reason's code when a person is to be brought in."""

    outcome: Outcome
    language: str
    context: Context
    why: tuple[str, ...]
    reply: Reply | None = None
    handoff: str | None = None
    article: Article | None = None
    matches: tuple[Match, ...] = ()
    rated: Rated | None = None
    choose_language: str | None = None
    opted_out: bool | None = None
