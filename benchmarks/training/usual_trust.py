"""What confidence usually comes to: the constants `USUAL_*` of bot/understanding/calibration.py.

    python -m benchmarks.training.usual_trust DATA_DIR

Asks knowledge bases of two to 150 articles questions that were really asked, never one that they
learn from, and fits what is right and what is known to the signs that were seen. The knowledge
bases: BANKING77 (5 and 10 examples, the bodies alone, half and small parts of it), CLINC150 (5 and
10, small parts), and the shipped shop in its five languages, with and without example questions.
The unanswerable questions: those whose article is not there, CLINC150's own, and lines of chat.

The indexes are built without their stray lines (bot/understanding/strays.py). With them, chat is so
easily told that the fit forgets what unfamiliar words mean, and less is answered as precisely.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.understanding.sets import BANKING, CLINC, Labelled, QuestionSet, Text, labelled
from bot.domain import Article
from bot.knowledge.base import load
from bot.understanding import phrasings
from bot.understanding.calibration import SIGNS, SPREAD, UNANSWERABLE, logistic_regression
from bot.understanding.index import AS_WRITTEN, Index

ROOT = Path(__file__).parents[2]
SHOP_QUESTIONS = ROOT / "tests" / "understanding" / "questions.csv"
SMALL = (2, 3, 6, 12, 25)  # articles of the small parts
DRAWS = 4  # small parts of each size
STRAY = 100  # lines of chat asked besides
QUESTIONS = 500.0  # that each knowledge base counts for, whatever it was asked
FIRMNESS = 1.0
STEPS = 20


class Base(NamedTuple):
    """A knowledge base, what it is asked, and how much it counts beside the others."""

    name: str
    language: str
    articles: list[Article]
    questions: list[Labelled]
    counts: float = 1.0


class Seen(NamedTuple):
    """One row a question: its signs, whether the best article was right, whether there was one."""

    signs: NDArray[np.float64]
    right: NDArray[np.bool_]
    known: NDArray[np.bool_]
    weights: NDArray[np.float64]


def bases(data: Path) -> Iterator[Base]:
    """All knowledge bases, each with its questions."""
    questions = data / "questions"
    chat = {code: _chat(data / "mood", code) for code in ("en", "ru", "tr", "lv", "pl")}
    strange = [(text, "") for text, intent in labelled(questions / CLINC) if not intent]
    banking = labelled(questions / BANKING) + strange + chat["en"][: STRAY // 2]
    clinc = labelled(questions / CLINC) + chat["en"]
    five = QuestionSet("", "banking77_train_5.csv", BANKING).texts(questions)
    ten = QuestionSet("", "banking77_train_10.csv", BANKING).texts(questions)
    bodies = QuestionSet("", "banking77_train_10.csv", BANKING, bodies=True).texts(questions)
    clinc_five = QuestionSet("", "clinc150full_train.csv", CLINC, limit=5).texts(questions)
    clinc_ten = QuestionSet("", "clinc150full_train.csv", CLINC, limit=10).texts(questions)
    for name, texts, asked in (
        ("banking77-5", five, banking),
        ("banking77-10", ten, banking),
        ("banking77-bodies", bodies, banking),
        ("banking77-half", random.Random(1).sample(ten, len(ten) // 2), banking),
        ("clinc150-5", clinc_five, clinc),
        ("clinc150-10", clinc_ten, clinc),
    ):
        yield Base(name, "en", _articles(texts), asked)
    for size in SMALL:
        for draw in range(DRAWS):
            for name, texts, asked in (
                ("banking77", ten, banking),
                ("clinc150", clinc_five, clinc),
            ):
                part = random.Random(draw).sample(texts, size)
                some = _some(part, asked, random.Random(draw))
                yield Base(f"{name}, {size} articles", "en", _articles(part), some, 0.15)
    yield from _shop(chat)


def _shop(chat: dict[str, list[Labelled]]) -> Iterator[Base]:
    kb = load(ROOT / "knowledge_base", "en", datetime.now(UTC).date())
    with SHOP_QUESTIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for code in kb.languages:
        asked = [(row["text"], row["article"]) for row in rows if row["lang"] == code]
        articles = list(kb.articles_in(code))
        yield Base(f"shop {code}", code, articles, asked + chat[code], 0.4)
        titles = [replace(article, questions=()) for article in articles]
        yield Base(f"shop {code}, no questions", code, titles, asked + chat[code], 0.4)


def _articles(texts: Sequence[Text]) -> list[Article]:
    return [Article(text.id, "en", text.title, text.body, text.questions) for text in texts]


def _some(part: Sequence[Text], asked: Sequence[Labelled], draw: random.Random) -> list[Labelled]:
    """What these articles answer, and as much again that they do not."""
    ids = {text.id for text in part}
    known = [pair for pair in asked if pair[1] in ids]
    strange = [pair for pair in asked if pair[1] not in ids]
    return known + draw.sample(strange, max(60, len(known)))


def _chat(folder: Path, language: str) -> list[Labelled]:
    """Lines that ask a shop nothing."""
    lines: list[str] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            lines += [row["text"] for row in csv.DictReader(file) if row["lang"] == language]
    short = [line for line in lines if 3 <= len(line.split()) <= 15]
    return [(line, "") for line in random.Random(5).sample(short, STRAY)]


def ask(base: Base) -> Seen:
    """Build it, ask it, and see what came of each question that is not word for word in it."""
    index = Index(base.articles, base.language)
    ids = {article.id for article in base.articles}
    rows, right, known = [], [], []
    for text, wanted in base.questions:
        best = next(iter(index.search(text, 1)), None)
        if best is not None and best.score != AS_WRITTEN:
            rows.append([best.signals[sign] for sign in SIGNS])
            right.append(best.article.id == wanted)
            known.append(wanted in ids)
    there = np.array(known)
    weights = np.where(there, 1 - UNANSWERABLE, UNANSWERABLE / max(1e-9, float((~there).mean())))
    weights[there] /= max(1e-9, float(there.mean()))
    weights *= base.counts * QUESTIONS / weights.sum()
    return Seen(np.array(rows), np.array(right), there, weights)


def main() -> None:
    """Print the constants, and how they fit each knowledge base."""
    setattr(phrasings, "strays", lambda language: ())  # noqa: B010 - not ours to export
    names, seen = [], []
    for base in bases(Path(sys.argv[1])):
        names.append(base.name)
        seen.append(ask(base))
        print(f"asked {base.name}", file=sys.stderr)
    everything = Seen(*(np.concatenate(part) for part in zip(*seen, strict=True)))
    for name, true in (("USUAL_RIGHT", everything.right), ("USUAL_KNOWN", everything.known)):
        bias, *slopes = _fitted(everything, true)
        slopes[-1] = 1.0  # embeddings: none were there to learn from
        print(f"{name} = Weights({bias:.3f}, {tuple(round(float(one), 3) for one in slopes)})")
    with_examples = [
        one for name, one in zip(names, seen, strict=True) if "no questions" not in name
    ]
    pooled = Seen(*(np.concatenate(part) for part in zip(*with_examples, strict=True)))
    weights = _fitted(everything, everything.right)
    scores = _probabilities(pooled.signs, weights)
    order = np.argsort(scores)
    reached = np.cumsum(pooled.weights[order]) / pooled.weights.sum()
    steps = np.interp((np.arange(STEPS) + 0.5) / STEPS, reached, scores[order])
    print(f"USUAL_SCORES = {tuple(round(float(one), 3) for one in steps)}")
    for name, one in zip(names, seen, strict=True):
        expected = np.average(_probabilities(one.signs, weights), weights=one.weights)
        came = np.average(one.right, weights=one.weights)
        print(f"{name:28} expected {expected:.3f} came {came:.3f}")


def _fitted(seen: Seen, true: NDArray[np.bool_]) -> NDArray[np.float64]:
    inputs = np.column_stack([np.ones(len(true)), seen.signs])
    firmness = np.array([1.0, *SPREAD]) ** 2 * FIRMNESS * 0.25
    return logistic_regression(inputs, true, seen.weights, np.zeros(inputs.shape[1]), firmness)


def _probabilities(signs: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-(weights[0] + signs @ weights[1:]))))


if __name__ == "__main__":
    main()
