"""The phrasings and bodies nearest to a question say which article it means.

Two ways at once. They vote: a phrasing counts exp(sharpness · likeness), so that many that are
rather like the question outweigh one that is hardly more so. And they teach: kernel ridge
regression on these few alone finds what tells their articles apart, which a vote does not
(local learning; Bottou & Vapnik 1992).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bot.understanding.lexicon import Floats, Lexicon, Row

Floats64 = NDArray[np.float64]

STEMS, GRAMS, TYPED = 0.35, 0.35, 0.3  # shares of the three comparisons in a likeness
SHARPNESS = 10.0  # how much more a closer phrasing's vote counts
VOTED, TAUGHT = 0.5, 12.0  # what the two ways count for
RIDGE = 2.0  # how little a single phrasing teaches
BODY = 0.45  # the likeness that a body with all of the question's words stands for
LITTLE = 1e-9


class Question(NamedTuple):
    """A question taken apart; `typed` has its folded words in alphabetical order."""

    stems: tuple[str, ...]
    grams: tuple[str, ...]
    typed: str


class Phrasing(NamedTuple):
    """A title or an example question, taken apart alike; `article` is its article's number."""

    article: int
    text: str
    typed: str
    stems: Row
    grams: Row


@dataclass(frozen=True, slots=True)
class Vote:
    """What speaks for one article: its `share` of the belief (all add up to 1), its nearest
    phrasing, whether that is what was asked word for word."""

    article: int
    share: float
    evidence: str
    exact: bool


class Count(NamedTuple):
    """The votes, the likeliest article's first; the highest likeness of any phrasing by stems and
    by runs of letters."""

    votes: Sequence[Vote]
    stems: float
    grams: float


def count(
    question: Question,
    stems: Lexicon,
    grams: Lexicon,
    near: Sequence[Phrasing],
    bodies: Mapping[int, float],
) -> Count:
    """Hold the vote. `bodies`: article → the part of the question's words, by what they say, that
    its body has (0 to 1); such an article may be elected without any phrasing."""
    weights = {article: math.exp(SHARPNESS * BODY * part) for article, part in bodies.items()}
    taught: dict[int, float] = dict.fromkeys(bodies, 0.0)
    best: dict[int, Phrasing] = {}
    by_stems = by_grams = np.zeros(1, np.float32)
    if near:
        by_stems, stems_among = stems.compare(question.stems, [one.stems for one in near])
        by_grams, grams_among = grams.compare(question.grams, [one.grams for one in near])
        typed = _typed_alike(question.typed, [one.typed for one in near])
        likeness = STEMS * by_stems + GRAMS * by_grams + TYPED * typed
        lessons = _lessons(by_stems + by_grams, stems_among + grams_among)
        for place in np.argsort(-likeness, kind="stable"):
            one = near[place]
            best.setdefault(one.article, one)
            vote = math.exp(SHARPNESS * likeness[place])
            weights[one.article] = weights.get(one.article, 0.0) + vote
            taught[one.article] = taught.get(one.article, 0.0) + float(lessons[place])
    votes = [
        Vote(article, share, best[article].text if article in best else "",
             article in best and best[article].typed == question.typed)
        for article, share in _shares(weights, taught).items()
    ]  # fmt: skip
    votes.sort(key=lambda vote: (-vote.exact, -vote.share, vote.article))
    return Count(votes, float(by_stems.max()), float(by_grams.max()))


def signs(counted: Count, familiarity: float) -> Floats64:
    """What confidence is judged by, in the order of `calibration.SIGNS`."""
    first = counted.votes[0].share
    second = counted.votes[1].share if len(counted.votes) > 1 else 1e-3
    certainty = math.log(first + LITTLE) - math.log(1 - first + 1e-4)
    lead = min(math.log((first + LITTLE) / (second + LITTLE)), 12.0)
    return np.array([certainty, lead, counted.stems, counted.grams, 0.0, familiarity, 0.0])


def _lessons(to_question: Floats, among: Floats) -> Floats:
    """How much each of n phrasings, as the only example of its article, would speak for that;
    from its cosines, both ways added, with the question (n) and with the others (n × n)."""
    ridge = np.float32(RIDGE) * np.eye(len(among), dtype=np.float32)
    return np.asarray(np.linalg.solve(among + ridge, to_question), np.float32)


def _shares(weights: Mapping[int, float], taught: Mapping[int, float]) -> dict[int, float]:
    beliefs = {a: VOTED * math.log(weights[a]) + TAUGHT * taught[a] for a in weights}
    most = max(beliefs.values(), default=0.0)
    powers = {article: math.exp(belief - most) for article, belief in beliefs.items()}
    total = sum(powers.values())
    return {article: power / total for article, power in powers.items()}


def _typed_alike(one: str, others: Sequence[str]) -> Floats:
    """From 0 to 1, a float for each; half of it forgives words that only one side has."""
    ways = (process.cdist([one], others, scorer=by) for by in (fuzz.ratio, fuzz.token_set_ratio))
    return np.asarray(sum(way[0] for way in ways) / 200, np.float32)
