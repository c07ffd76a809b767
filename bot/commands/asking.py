"""Questions of the past, asked again of the knowledge base as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.domain import Article, Match
from bot.engine import Decision
from bot.mind import Mind, answer_in, decided
from bot.service.asked import Ending, Question


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what would be decided about it today, were it the first of a talk.

    `matches` are of the language of the answer, best first; `answer` is what would be answered."""

    question: Question
    language: str
    matches: tuple[Match, ...]
    answer: Article | None

    @property
    def is_mended(self) -> bool:
        """Whether it would be answered today, and with something else than was no help then."""
        if self.answer is None or self.answer.language != self.language:
            return False
        found_it = self.question.ending is Ending.WORKED_OUT and self.question.helpful is not False
        return found_it or self.answer.id != self.question.article_id


def ask_again(questions: Iterable[Question], mind: Mind, now: datetime) -> Iterator[Asked]:
    """Each question as it would go today; one that was asked a hundred times is read once."""
    known: dict[tuple[str, str], Decision] = {}
    for question in questions:
        key = question.text.casefold(), question.language
        if key not in known:
            known[key] = decided(mind, question.text, question.language, now)
        decision = known[key]
        yield Asked(question, decision.language, decision.matches, answer_in(decision))
