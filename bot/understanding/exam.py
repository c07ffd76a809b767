"""A large knowledge base asked its own questions, to learn how far its votes can be trusted."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz import fuzz

from bot.understanding import ballot
from bot.understanding.ballot import Phrasing
from bot.understanding.calibration import SIGNS, Asked

if TYPE_CHECKING:
    from bot.understanding.large import LargeIndex

ANSWERABLE, UNKNOWN = 1000, 500  # questions asked, if there are so many
TWINS = 70  # likeness as typed, of 100, from which two phrasings of an article say the same


class Answer(NamedTuple):
    """What became of an example question that was left out: the number of the best article then;
    `known`: its own was not left out with it."""

    phrasing: int
    found: int
    known: bool


def take(index: LargeIndex) -> tuple[Asked, tuple[Answer, ...]]:
    """Ask a sample of its phrasings, each as if neither it nor its twins had been written, and
    another as if nothing answered it; one row of signs and one `Answer` a question, in the same
    order. Some three seconds; the same sample each time."""
    signs, right, answers = [], [], []
    for number, without, known in _questions(index):
        phrasing = index.library.phrasings[number]
        question = index.question(phrasing.text)
        counted = index.count(question, without)
        if counted.votes:
            best = counted.votes[0]
            signs.append(ballot.signs(counted, index.library.familiarity(question, without)))
            right.append(best.article == phrasing.article)
            answers.append(Answer(number, best.article, known))
    were_known = np.array([answer.known for answer in answers], dtype=np.bool_)
    rows = np.array(signs).reshape(len(signs), len(SIGNS))
    return Asked(rows, np.array(right, dtype=np.bool_), were_known), tuple(answers)


def _questions(index: LargeIndex) -> Iterator[tuple[int, frozenset[int], bool]]:
    """(number of the phrasing, numbers of what is taken not to exist, whether its article does)"""
    filed, phrasings = index.library.filed, index.library.phrasings
    examples = sorted(
        (one.article.id, phrasings[number].text, number)
        for one in filed.values()
        for number in one.phrasings
        if phrasings[number].text in one.article.questions
    )
    size = min(len(examples), ANSWERABLE + UNKNOWN)
    chosen = random.Random(0).sample(examples, size)  # noqa: S311 - always the same
    unknown = size * UNKNOWN // (ANSWERABLE + UNKNOWN)
    for place, (_, _, number) in enumerate(chosen):
        article = phrasings[number].article
        if place < unknown:
            yield number, frozenset((article, *filed[article].phrasings)), False
        else:
            yield number, _twins(phrasings, number, filed[article].phrasings), True


def _twins(
    phrasings: Mapping[int, Phrasing], number: int, siblings: Iterable[int]
) -> frozenset[int]:
    """A phrasing and those of its article that say the same: beside them it is too easy."""
    typed = phrasings[number].typed
    return frozenset(
        other
        for other in siblings
        if other == number or fuzz.ratio(typed, phrasings[other].typed) > TWINS
    )
