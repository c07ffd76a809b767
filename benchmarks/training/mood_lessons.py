"""What the mood model learns from its lines, one language at a time: three regressions and how they
are mixed. Which is which, and why, is in docs/mood.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import vstack

from benchmarks.training import mood_measure as measure
from benchmarks.training import mood_sources as sources
from benchmarks.training import mood_teacher as teacher
from benchmarks.training.mood_fit import Fit, Floats, Texts, learn, meanings_of, texts_of
from bot.understanding import mood_signs as signs

FIRM = {"customers": 0.3, "general": 1.0, "manner": 1.0}
FIRM_ENGLISH = 2.0  # general: there are seven times as many texts
TRUST = {"xed": 0.5, "cedr": 0.2}  # how much of the label the teacher's opinion is
WORD = 0.1  # what a single word with the teacher's opinion counts
GENERAL = 0.2  # what the general opinion counts beside the customers', on a message to a shop
MANNER = 12_000  # public texts that the manner is learned from, at most
THRESHOLDS = (0.5, 0.55, 0.6, 0.9, 0.93, 0.95)  # that figures are printed for
HANDLE = signs.SIGNS.index("handle")  # posts to companies have one
POSTS = 50  # lines with a handle that are needed to treat them apart
Flags = NDArray[np.bool_]


class Lesson(NamedTuple):
    """The lines of one language, in the same order in each field."""

    lines: list[sources.Line]
    texts: Texts
    upset: Floats
    weights: Floats
    part: NDArray[np.int64]
    ours: Flags  # our own lines
    public: Flags  # public feelings; what is neither are plain questions

    def of(self, chosen: Flags) -> tuple[Texts, Floats, Floats]:
        return self.texts.of(chosen), self.upset[chosen], self.weights[chosen]


def lesson_of(lines: Sequence[sources.Line], language: str) -> Lesson:
    """Gather what one language has."""
    own = set(sources.UPSET)
    told = [line for line in lines if line.language == language]
    public = np.array([line.source in own for line in told])
    ours = np.array([line.source.startswith(language) for line in told])
    return Lesson(
        told,
        texts_of([line.text for line in told], language),
        np.array([line.upset for line in told]),
        np.array([line.weight for line in told]),
        np.array([line.part for line in told]),
        ours,
        public,
    )


def general(lesson: Lesson, language: str, opinions: dict[int, float]) -> Fit:
    """What is upset in general."""
    taught = lesson.public & (lesson.part != sources.ASIDE)
    texts, wanted, weights = lesson.of(taught)
    if language in teacher.LANGUAGES:
        chosen = [line for line, taken in zip(lesson.lines, taught, strict=True) if taken]
        trust = np.array([TRUST[line.source] for line in chosen])
        said = np.array([opinions[teacher.key_of(line.text, language)] for line in chosen])
        words = teacher.words_in(chosen, language)
        known = [opinions[teacher.key_of(word, language)] for word in words]
        texts = _joined(texts, texts_of(words, language))
        wanted = np.concatenate([(1 - trust) * wanted + trust * said, known])
        weights = np.concatenate([weights, np.full(len(words), WORD)])
    firm = FIRM_ENGLISH if language == "en" else FIRM["general"]
    return learn(texts, wanted, weights, firm, meanings_of(language))


def _joined(first: Texts, second: Texts) -> Texts:
    return Texts(vstack([first.rows, second.rows]).tocsr(), np.vstack([first.signs, second.signs]))


def customers(lesson: Lesson, without: int | None) -> Fit:
    """What is upset in a message to a shop; one part of our lines and questions left out."""
    return learn(*lesson.of(~lesson.public & (lesson.part != without)), FIRM["customers"])


def manner(lesson: Lesson, without: int | None) -> Fit:
    """What tells a message to a shop from public lines; both sides weigh the same, and among public
    lines all sets."""
    public = lesson.public & (lesson.part != sources.ASIDE)
    public &= np.cumsum(public) % max(1, round(public.sum() / MANNER)) == 0
    shop = ~lesson.public & (lesson.part != without)
    weights = lesson.weights * shop
    names = np.array([line.source for line in lesson.lines])
    sets = sorted(set(names[public]))
    each = weights.sum() / len(sets)
    for name in sets:
        weights[public & (names == name)] = each / (public & (names == name)).sum()
    chosen = shop | public
    wanted = shop[chosen].astype(float)
    return learn(lesson.texts.of(chosen), wanted, weights[chosen], FIRM["manner"], calming=True)


def mixed(customer: Floats, other: Floats, looks: Floats) -> Floats:
    """Logits of the three → one, as `Tongue.read` mixes them but for slope and shift."""
    shop = measure.probabilities(looks)
    return np.asarray(shop * customer + (1 - shop + GENERAL * shop) * other)


def judged(lesson: Lesson, felt: Fit) -> Floats:
    """(n,) A logit for every line, by models that have not seen it (nor our lines of its part)."""
    other = felt.logits(lesson.texts)
    found = np.zeros(len(other))
    for part in range(sources.PARTS):
        here = (lesson.part == part) & (~lesson.public | (part == sources.ASIDE))
        texts = lesson.texts.of(here)
        ours, looks = customers(lesson, part), manner(lesson, part)
        found[here] = mixed(ours.logits(texts), other[here], looks.logits(texts))
    return found


def mixture(lesson: Lesson, logits: Floats) -> tuple[float, float, float]:
    """Slope, shift, and what a handle adds, that make logits those of probabilities among messages
    of customers: a third upset, a third calm but about bad things, a third plain questions.

    Posts are apart as no plain question that is learned from is one: a handle would look bad."""
    plain = ~lesson.ours & ~lesson.public
    handle = lesson.texts.signs[:, HANDLE] * lesson.ours
    handle *= handle.sum() >= POSTS
    chats = lesson.ours & (handle == 0)
    weights = lesson.ours + plain * (chats.sum() / plain.sum())
    slope, added, shift = measure.calibrated(
        lesson.upset, np.column_stack([logits, handle]), weights.astype(float)
    )
    return float(slope), float(shift), float(added)


def figures(lesson: Lesson, scores: Floats) -> dict[str, Any]:
    """AUROC of each source on what was not learned; of our own also what thresholds come to."""
    found: dict[str, Any] = {}
    names = np.array([line.source for line in lesson.lines])
    for name in sorted(set(names)):
        chosen = (names == name) & (~lesson.public | (lesson.part == sources.ASIDE))
        upset, said = lesson.upset[chosen], scores[chosen]
        one: dict[str, Any] = {"texts": int(chosen.sum())}
        if upset.any():
            one["auroc"] = round(measure.auroc(upset, said), 4)
            one["expected_came"] = measure.reliability(upset, said)
        for threshold in THRESHOLDS:
            one[f"from_{threshold}"] = measure.at(threshold, upset, said)
        found[name] = one
    return found


def wordless(lessons: Sequence[Lesson]) -> Fit:
    """What signs alone tell, in whatever language: learned from our own lines."""
    several = [lesson.texts.of(lesson.ours) for lesson in lessons]
    texts = several[0]
    for other in several[1:]:
        texts = _joined(texts, other)
    upset = np.concatenate([lesson.upset[lesson.ours] for lesson in lessons])
    return learn(Texts(texts.rows * 0, texts.signs), upset, np.ones(len(upset)), 1.0)
