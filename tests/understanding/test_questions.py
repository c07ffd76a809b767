"""How well the shipped shop answers questions that its articles do not contain.

questions.csv: some 35 questions per language with typos, shorthand and plain typing, written before
the articles were read, and 30 that nothing answers. Its last 31 rows are what a reviewer asked in
vain, in other words; the articles were mended knowing them. Measured with the thresholds below,
with the article of the surest language: right article first .95 to .98 everywhere; 88 % of the
answerable are answered, 98 % of those rightly; 3 % of the unanswerable are answered.
The bounds leave room for articles being reworded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import pytest

from bot.domain import Match

from .shop import LANGUAGES, rows, understanding

ANSWER_SCORE = 0.45
ANSWER_MARGIN = 0.05
CLARIFY_SCORE = 0.30


@cache
def _asked() -> list[tuple[str, str, list[Match]]]:
    """Language, expected article ("" for none) and matches in the surest language."""
    found = []
    for row in rows("questions.csv"):
        reading = understanding().read(row["text"])
        surest = max(LANGUAGES, key=lambda lang: reading.languages[lang])
        matches = [match for match in reading.matches if match.article.language == surest]
        found.append((row["lang"], row["article"], matches))
    return found


def _answered() -> Iterator[tuple[str, str]]:
    """Expected and given article of every question that is answered."""
    for _, expected, matches in _asked():
        if _is_answered(matches):
            yield expected, matches[0].article.id


def _is_answered(matches: Sequence[Match]) -> bool:
    scores = [*(match.score for match in matches), 0.0, 0.0]
    return scores[0] >= ANSWER_SCORE and scores[0] - scores[1] >= ANSWER_MARGIN


def _hits(language: str, depth: int) -> float:
    asked = [(right, found) for lang, right, found in _asked() if lang == language and right]
    hits = [right in [match.article.id for match in found[:depth]] for right, found in asked]
    return sum(hits) / len(hits)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_right_article_comes_first(language: str) -> None:
    """In every language, five times in six."""
    assert _hits(language, 1) >= 0.83


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_right_article_is_among_the_first_three(language: str) -> None:
    """So "did you mean" can offer it."""
    assert _hits(language, 3) >= 0.9


def test_what_is_answered_is_right() -> None:
    """Nine of ten answers are right, the unanswerable that were answered counted as wrong."""
    answers = list(_answered())
    assert sum(right == given for right, given in answers) / len(answers) >= 0.9


def test_most_questions_are_answered() -> None:
    """Being careful must not mean being silent."""
    answerable = sum(bool(right) for _, right, _ in _asked())
    assert sum(bool(right) for right, _ in _answered()) / answerable >= 0.75


def test_what_nothing_answers_goes_unanswered() -> None:
    """At most one in twenty gets an article it did not ask for."""
    unanswerable = sum(not right for _, right, _ in _asked())
    assert sum(not right for right, _ in _answered()) / unanswerable <= 0.05


def test_what_nothing_answers_mostly_offers_no_choice_either() -> None:
    """Two in three of the unanswerable are not even worth a "did you mean"."""
    scores = [found[0].score if found else 0.0 for _, right, found in _asked() if not right]
    assert sum(score < CLARIFY_SCORE for score in scores) / len(scores) >= 0.6
