"""What a decision is made of, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain import Article, Match, Mood, Option, Outcome, Reply

CONTINUED_WITHIN = timedelta(hours=1)  # of a question: "and for shoes?"
TOLD_FOR = timedelta(days=1)  # that long the customer can be expected to remember an answer
TOLD_MOST = 12  # answers remembered of a conversation
ASKED_MOST = 240  # characters kept of a question
SPOKEN_MOST = 20  # messages that count for the language mostly used
UTC_ZONE = ZoneInfo("UTC")
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """An article the customer was shown: when last, and how often without having been helped."""

    article: str  # its language and id: "lv/returns"
    at: float  # seconds since 1970
    times: int = 1

    @property
    def place(self) -> tuple[str, str]:
        """The id and the language of the article."""
        language, _, article_id = self.article.partition("/")
        return article_id, language


def name_of(article: Article) -> str:
    """What an article is remembered by: in another language it is news."""
    return f"{article.language}/{article.id}"


@dataclass(frozen=True, slots=True)
class Context:
    """What the bot remembers of a conversation between two events; stored as JSON."""

    misses: int = 0  # questions in a row that found nothing
    options: tuple[Option, ...] = ()  # the buttons shown last, so that "2" can mean the second
    comment_on: int | None = None  # the ticket whose rating may be followed by words
    started_with: str = ""  # the payload of the deep link the customer came by
    close: tuple[str, ...] = ()  # ids of the articles nearest to the last question
    unclear: str = ""  # the message that was not understood; an edit of it is a new attempt
    asked: str = ""  # the last question that meant something, which the next may continue
    asked_at: float = 0.0  # seconds since 1970
    told: tuple[Told, ...] = ()  # the articles shown lately, the last one last
    spoken: tuple[str, ...] = ()  # the languages of the last messages that had a clear one
    mood: float = 0.0  # of the last message
    mood_at: float = 0.0  # seconds since 1970
    alarmed_at: float = 0.0  # when the number for emergencies was last given
    comforted_at: float = 0.0  # when a person was last offered because the customer was upset
    recall: str = ""  # what was asked where others read along, to be answered in private
    recall_at: float = 0.0  # seconds since 1970
    pointed_at: float = 0.0  # when the customer was last told that it goes on in private

    def before(self, now: datetime) -> str:
        """The question that a message at `now` may continue; empty if it is too long ago."""
        age = now.timestamp() - self.asked_at
        return self.asked if age <= CONTINUED_WITHIN.total_seconds() else ""

    def told_lately(self, now: datetime) -> tuple[Told, ...]:
        """What the customer was shown within a day, the last one last."""
        oldest = now.timestamp() - TOLD_FOR.total_seconds()
        return tuple(told for told in self.told if told.at >= oldest)

    def asking(self, text: str, now: datetime) -> Context:
        """The context after a question."""
        return replace(self, asked=text[:ASKED_MOST], asked_at=now.timestamp())

    def telling(self, article: Article, now: datetime, in_vain: bool = False) -> Context:
        """The context after an article was shown, or after it turned out to have been shown in
        vain: it was asked for again, or got 👎."""
        lately = self.told_lately(now)
        name = name_of(article)
        times = sum(told.times for told in lately if told.article == name)
        others = tuple(told for told in lately if told.article != name)
        told = (*others, Told(name, now.timestamp(), max(1, times + in_vain)))
        return replace(self, told=told[-TOLD_MOST:])

    def feeling(self, mood: Mood, now: datetime) -> Context:
        """The context after a message in this mood."""
        return replace(self, mood=round(mood.score, 3), mood_at=now.timestamp())

    def mood_before(self, now: datetime) -> float:
        """How likely the customer was upset a message ago; 0 if that is too long ago."""
        age = now.timestamp() - self.mood_at
        return self.mood if age <= CONTINUED_WITHIN.total_seconds() else 0.0

    def was_comforted(self, now: datetime) -> bool:
        """Whether a person has been offered for this reason in this conversation."""
        age = now.timestamp() - self.comforted_at
        return self.comforted_at > 0 and age <= TOLD_FOR.total_seconds()

    def was_alarmed(self, now: datetime) -> bool:
        """Whether the number for emergencies was given a little earlier."""
        age = now.timestamp() - self.alarmed_at
        return self.alarmed_at > 0 and age <= CONTINUED_WITHIN.total_seconds()

    def was_pointed(self, now: datetime) -> bool:
        """Whether it was said a little earlier that it goes on in private."""
        return now.timestamp() - self.pointed_at <= CONTINUED_WITHIN.total_seconds()

    def speaking(self, language: str) -> Context:
        """The context after a message that was clearly in this language."""
        return replace(self, spoken=(*self.spoken, language)[-SPOKEN_MOST:])

    def to_json(self) -> dict[str, Any]:
        """The context with empty fields left out."""
        plain = {
            "misses": self.misses,
            "options": [[o.label, o.value] for o in self.options if o.value],
            "comment_on": self.comment_on,
            "started_with": self.started_with,
            "close": list(self.close),
            "unclear": self.unclear,
            "asked": self.asked,
            "asked_at": self.asked_at,
            "told": [[told.article, told.at, told.times] for told in self.told],
            "spoken": list(self.spoken),
            "mood": self.mood,
            "mood_at": self.mood_at,
            "comforted_at": self.comforted_at,
            "alarmed_at": self.alarmed_at,
            "recall": self.recall,
            "recall_at": self.recall_at,
            "pointed_at": self.pointed_at,
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
            asked=stored.get("asked", ""),
            asked_at=stored.get("asked_at", 0.0),
            told=tuple(Told(*told) for told in stored.get("told", ())),
            spoken=tuple(stored.get("spoken", ())),
            mood=stored.get("mood", 0.0),
            mood_at=stored.get("mood_at", 0.0),
            comforted_at=stored.get("comforted_at", 0.0),
            alarmed_at=stored.get("alarmed_at", 0.0),
            recall=stored.get("recall", ""),
            recall_at=stored.get("recall_at", 0.0),
            pointed_at=stored.get("pointed_at", 0.0),
        )


@dataclass(frozen=True, slots=True)
class OpenComplaint:
    """The complaint that is not closed yet. `is_asked`: the customer was asked whether it is
    settled, and has not answered; `is_assumed`: so it was closed, and can still be answered."""

    id: int
    is_asked: bool = False
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands when an event arrives."""

    language: str
    chosen_language: str | None = None
    name: str = ""
    with_person: bool = False  # an unresolved ticket exists…
    is_claimed: bool = False  # …and a colleague has taken it
    opens_at: datetime | None = None  # when somebody will be there; None while somebody is
    zone: ZoneInfo = UTC_ZONE  # the customer's
    lately_with: str | None = None  # who settled something lately; "" if they are not there now
    complaint: OpenComplaint | None = None
    context: Context = field(default_factory=Context)
    now: datetime = NO_TIME  # of the decision

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
    """What happens now. `handoff` is the reason's code when a person is to be brought in.

    `can_wait`: nothing is lost if the customer is first given a moment to say more. `urgency`: see
    Ticket. `complains`: how severe the complaint is that begins here, if one does; its number and
    date are put before the reply by whoever opens it. `settled`: whether the customer says that
    the open complaint is settled, if they say anything about it. `cancels`: they need no person any
    more, and nobody has begun. `joins`: the code by which they want to be known as one with what
    they are on another channel; "" for a code to be given, which the reply waits for."""

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
    can_wait: bool = False
    mood: Mood | None = None
    urgency: int = 0
    complains: str | None = None
    settled: bool | None = None
    cancels: bool = False
    joins: str | None = None
