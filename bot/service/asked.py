"""What one customer asked in one conversation, and how each question ended.

Nothing is stored for this: the bot's messages say what was decided and why, a press of a button is
a message of the bot that answers none of the customer's, and what was said to a person carries the
person's ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain import Outcome

RIGHT_AFTER = timedelta(hours=1)  # within which what a customer does is about the question
REPLIES = 3  # of a person's messages after a handover, kept as the answer

_DECIDED = {
    Outcome.ANSWERED,
    Outcome.CLARIFIED,
    Outcome.REPHRASE,
    Outcome.OFFERED_HUMAN,
    Outcome.HANDED_OFF,
}
# How the reason begins (see bot/engine) where what was written was no question about anything.
_NO_QUESTION = (
    "/", "pressed", "👍", "👎", "none of the suggestions", "the customer asks", "the customer says",
    "an attachment", "a number, which", "the link names", "the bot could not",
)  # fmt: skip
_BY_RULE = "handoff: always"  # answered, and a person brought because the article says so
_AGAIN = "told before"  # the article had been shown already


class Ending(StrEnum):
    """How a question ended, as far as can be seen."""

    ANSWERED = "answered"
    CHOSEN = "chosen"  # an article was pressed after "did you mean"
    WORKED_OUT = "worked_out"  # put in other words, and answered
    UNANSWERED = "unanswered"  # asked back, and left at that
    HANDED_OVER = "handed_over"  # a person took it, or was asked for right after


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `article_id` answered it in the end; `helpful` is what was thought of that.
    `handover` names the handover it led to (several wordings may lead to the same), `replies` are
    what a person then wrote, `suggested` the titles that person was shown. Nothing is masked."""

    id: int
    conversation_id: int
    contact_id: int
    language: str  # of the conversation
    text: str
    asked_at: datetime
    outcome: Outcome
    ending: Ending
    article_id: str | None = None
    helpful: bool | None = None
    handover: int | None = None
    replies: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # of the customer and of whoever answered


class Talk:
    """One conversation, read message by message in the order of their ids.

    `opened`: (conversation, time) of a ticket → titles it suggested; `agents`: id → name."""

    def __init__(
        self, opened: Mapping[tuple[int, datetime], tuple[str, ...]], agents: Mapping[str, str]
    ) -> None:
        self._opened = opened
        self._agents = agents
        self._asked: list[Question] = []
        self._waiting: list[Any] = []  # what the customer wrote that the bot has not dealt with
        self._open = False  # whether what happens next is still about the last question
        self._handover: int | None = None
        self._replies: dict[int, list[Any]] = {}

    def read(self, row: Any) -> None:
        """Take the next message; a row of the table `messages` with contact_id, language, name."""
        if row.author == "agent":
            if self._handover is not None:
                self._replies.setdefault(self._handover, []).append(row)
        elif row.author == "contact":
            if row.ticket_id is None:
                # An edit takes the place of what it changes, and one of old words gets no answer.
                is_new = row.revises_id is None and not (
                    self._waiting and self._waiting[-1].revises_id is not None
                )
                self._waiting = [*self._waiting, row] if is_new else [row]
        elif row.outcome:
            self._decided(row)

    def finished(self) -> list[Question]:
        """What was asked, in that order."""
        return [self._with_replies(question) for question in self._asked]

    def _decided(self, row: Any) -> None:
        waiting, self._waiting = self._waiting, []
        text = "\n".join(one.text.strip() for one in waiting if not one.deleted_at).strip()
        why, outcome = " ".join(row.why), Outcome(row.outcome)
        if outcome is Outcome.HANDED_OFF:
            self._handover = row.id
        if waiting and outcome in _DECIDED and not why.startswith(_NO_QUESTION):
            self._question(row, waiting[0], text, outcome, why)
        else:
            self._reaction(row, outcome)

    def _question(self, row: Any, first: Any, text: str, outcome: Outcome, why: str) -> None:
        is_told = _AGAIN in why and outcome is Outcome.OFFERED_HUMAN
        if outcome is Outcome.ANSWERED or is_told or _BY_RULE in why:
            ending, handover = Ending.ANSWERED, None
            self._settle(row, Ending.WORKED_OUT, row.article_id)
        elif outcome is Outcome.HANDED_OFF:
            ending, handover = Ending.HANDED_OVER, row.id
            self._settle(row, ending, None, row.id)
        else:
            ending, handover = Ending.UNANSWERED, None
        self._open = bool(text)
        if not text:
            return
        answered = row.article_id if ending is Ending.ANSWERED or _AGAIN in why else None
        self._asked.append(
            Question(
                first.id, row.conversation_id, row.contact_id, row.language, text, first.sent_at,
                outcome, ending, answered, handover=handover, names=(row.name,),
                suggested=self._opened.get((row.conversation_id, row.sent_at), ()),
            )
        )  # fmt: skip

    def _settle(
        self, row: Any, ending: Ending, article_id: str | None, handover: int | None = None
    ) -> None:
        """The last question, if it was still open, ended with what was decided about this one."""
        last = self._last(row)
        if last is not None and last.ending is Ending.UNANSWERED:
            article_id = article_id or last.article_id
            self._change(last, ending=ending, article_id=article_id, handover=handover)

    def _reaction(self, row: Any, outcome: Outcome) -> None:
        """A button, a yes, a thank-you: what it says about the last question."""
        last = self._last(row)
        if last is None:
            return
        if outcome is Outcome.HANDED_OFF:
            suggested = self._opened.get((row.conversation_id, row.sent_at), ())
            self._change(last, ending=Ending.HANDED_OVER, handover=row.id, suggested=suggested)
            self._open = False
        elif outcome is Outcome.ANSWERED and last.ending is Ending.UNANSWERED:
            if last.outcome is not Outcome.REPHRASE:
                self._change(last, ending=Ending.CHOSEN, article_id=row.article_id)
        elif outcome in {Outcome.GREETED, Outcome.NOTED, Outcome.CLARIFIED}:
            self._open = False  # content, or on to something else

    def _last(self, row: Any) -> Question | None:
        if not self._open or not self._asked:
            return None
        last = self._asked[-1]
        return last if row.sent_at - last.asked_at <= RIGHT_AFTER else None

    def _change(self, question: Question, **changes: Any) -> None:
        self._asked[-1] = replace(question, **changes)

    def _with_replies(self, question: Question) -> Question:
        replies = _as_kept(self._replies.get(question.handover or 0, []))[:REPLIES]
        names = {self._agents.get(row.agent_id, "") for row in replies} - {""}
        return replace(
            question,
            replies=tuple(row.text for row in replies),
            names=(*question.names, *sorted(names)),
        )


def _as_kept(replies: Sequence[Any]) -> list[Any]:
    """What the customer has of it in the end: each as last edited, and what was taken back not."""
    latest = {row.revises_id or row.id: row for row in replies}
    gone = {row.id for row in replies if row.deleted_at}
    return [row for original, row in latest.items() if original not in gone]
