"""The index asked its own questions, each while it and its near twins are left out.

Some articles are left out whole in turn, so that it also learns what a question looks like that
nothing answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.understanding.calibration import SIGNS, Asked
from bot.understanding.likeness import Likeness
from bot.understanding.phrasings import Phrasing
from bot.understanding.ranking import first_columns, learn, signs
from bot.understanding.terms import Reader

FOLDS = 5
ROUGHLY = 1e-3  # how closely it is enough to learn for that, see classifier.train
ENOUGH = 400  # questions, after which no further fold is asked
ALL_FOLDS_UP_TO = 3000  # phrasings; a larger index is asked a sample, once
SAMPLE = 1000  # questions of it
TWINS = 0.7  # likeness from which two phrasings of an article say the same

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Tried(NamedTuple):
    """What became of example question number `phrasing` when it was asked while left out: `found`
    is the number of the best article then; `known`: the article itself was there."""

    phrasing: int
    found: int
    known: bool


def ask_its_own(
    phrasings: Sequence[Phrasing],
    articles: int,
    pieces: Sequence[Sequence[str]],
    likeness: Likeness,
    reader: Reader,
) -> tuple[Asked, tuple[Tried, ...]]:
    """Ask, a fold at a time; one row of signs and one `Tried` a question, in the same order.
    `articles`: how many there are; what belongs to none is never asked and never left out.
    Nothing comes of it for fewer than two articles with examples."""
    of = np.array([one.article for one in phrasings], dtype=np.int64)
    examples = np.array([n for n, one in enumerate(phrasings) if one.example], dtype=np.int64)
    no_signs, nothing = np.zeros((0, len(SIGNS))), np.zeros(0, dtype=np.bool_)
    rows, right, known, tried = [no_signs], [nothing], [nothing], list[Tried]()
    for gone, held in _folds(phrasings, of, examples, articles, likeness):
        if len(tried) >= ENOUGH:
            break
        kept = np.flatnonzero(~gone & ~held)
        asked = np.concatenate([_some(np.flatnonzero(held)), _some(examples[gone[examples]])])
        if not len(kept) or not len(asked):
            continue
        ranking = learn(phrasings, pieces, likeness, kept, ROUGHLY)
        seen = likeness.between(asked, kept)
        divided = ranking.shares(seen.mixed, [pieces[number] for number in asked])
        there = int((ranking.articles < articles).sum())
        found = ranking.articles[divided[:, :there].argmax(axis=1)]
        own = kept[of[kept] < articles]
        familiar = _familiarity(phrasings, asked, own, likeness, reader)
        rows.append(signs(first_columns(seen, len(own)), divided, there, familiar))
        right.append(found == of[asked])
        known.append(~gone[asked])
        tried += [
            Tried(int(number), int(name), bool(was_there))
            for number, name, was_there in zip(asked, found, ~gone[asked], strict=True)
        ]
    return Asked(np.concatenate(rows), np.concatenate(right), np.concatenate(known)), tuple(tried)


def _folds(
    phrasings: Sequence[Phrasing], of: Ints, examples: Ints, articles: int, likeness: Likeness
) -> Iterator[tuple[Bools, Bools]]:
    """Which phrasings belong to articles that are gone, and which are held out, a fold at a time.
    `of`: the article of each phrasing."""
    if len(np.unique(of[examples])) < 2:
        return
    fold_of = _spread(phrasings, likeness)
    article_fold = np.where(of < articles, of % FOLDS, -1)
    for fold in range(FOLDS if len(phrasings) <= ALL_FOLDS_UP_TO else 1):
        gone = article_fold == fold
        held = np.zeros(len(phrasings), dtype=np.bool_)
        held[examples] = ~gone[examples] & (fold_of[examples] == fold)
        yield gone, held


def _some(numbers: Ints) -> Ints:
    """At most `SAMPLE`, evenly."""
    return numbers if len(numbers) <= SAMPLE else numbers[:: -(-len(numbers) // SAMPLE)]


def _spread(phrasings: Sequence[Phrasing], likeness: Likeness) -> Ints:
    """Phrasing → fold. Twins share one: asked beside its twin, a question is too easy."""
    folds = np.zeros(len(phrasings), dtype=np.int64)
    of_article: defaultdict[int, list[int]] = defaultdict(list)
    for number, phrasing in enumerate(phrasings):
        if phrasing.example:
            of_article[phrasing.article].append(number)
    for article, numbers in of_article.items():
        rows = np.array(numbers)
        near = likeness.between(rows, rows).mixed > TWINS
        groups: list[int] = []
        for place in range(len(rows)):
            twin = int(near[place].argmax())  # the first like it; itself if there is none before
            groups.append(groups[twin] if twin < place else len(set(groups)))
        folds[rows] = (np.array(groups) + article) % FOLDS
    return folds


def _familiarity(
    phrasings: Sequence[Phrasing],
    asked: Ints,
    kept: Ints,
    likeness: Likeness,
    reader: Reader,
) -> NDArray[np.float32]:
    counts = stems_of((phrasings[n] for n in kept), reader)
    shares = [familiarity(phrasings[n].words, likeness, reader, counts) for n in asked]
    return np.array(shares, dtype=np.float32)


def stems_of(phrasings: Iterable[Phrasing], reader: Reader) -> Counter[str]:
    """Stem → in how many words of the phrasings it occurs."""
    return Counter(s for one in phrasings for word in set(one.words) for s in reader.stems(word))


def familiarity(
    words: Sequence[str], likeness: Likeness, reader: Reader, known: Counter[str]
) -> float:
    """The share of the words' weight that is of words whose stems are `known`, from 0 to 1."""
    found = total = 0.0
    for word in dict.fromkeys(words):
        there = [stem for stem in reader.stems(word) if known[stem]]
        weight = max(map(likeness.words.rarity, there), default=0.0)
        found += weight
        total += weight or likeness.words.rarity("")
    return found / total if total else 0.0
