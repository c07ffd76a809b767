"""The texts that the mood model learns from and is measured on, and what their labels say of it.

Public sets name emotions; a text is upset to the share of its labels that are among `UPSET`. A
fifth of each, always the same texts, is never learned from. Our own lines are cut in five for
cross-validation, by the same checksum."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from bot.knowledge.base import load

ROOT = Path(__file__).parents[2]
EVERYDAY = ROOT / "bot/understanding/data"
OWN = Path(__file__).parent / "mood"
LANGUAGES = ("en", "ru", "tr", "lv", "pl")
PARTS = 5
ASIDE = 0  # the part that is not learned from

UPSET = {
    "goemotions": frozenset((
        "anger", "annoyance", "disappointment", "disapproval", "disgust", "embarrassment", "fear",
        "grief", "nervousness", "remorse", "sadness",
    )),
    "xed": frozenset(("anger", "disgust", "fear", "sadness")),
    "cedr": frozenset(("anger", "fear", "sadness")),
    "ltec": frozenset(("neg",)),
}  # fmt: skip
UNDECIDED = frozenset(("anticipation", "surprise"))  # in films as often bad as good: half a label
QUESTIONS = ("banking77_train", "clinc150full_train")
GRIEVANCES = frozenset((
    "are-you-a-robot", "complaint", "delete-account", "double-charge", "injury", "missed-delivery",
    "order-confirmation-missing", "parcel-damaged", "parcel-late", "parcel-lost", "payment-refused",
    "recall-ember", "refund-time", "wrong-item",
))  # fmt: skip


class Line(NamedTuple):
    """A text, the language it is in, where it is from, and how far its writer is upset (0 to 1).

    `weight`: how much it counts in training. `part`: 0 to 4; of a public set, part `ASIDE` is kept
    aside."""

    text: str
    language: str
    source: str
    upset: float
    weight: float
    part: int


def general(data: Path) -> list[Line]:
    """The public sets in `data`/mood, each text once. Raises OSError if the folder is not there."""
    found: dict[tuple[str, str], Line] = {}
    for path in sorted((data / "mood").glob("*.csv")):
        for row in _rows(path):
            labels = frozenset(row["labels"].split("|"))
            upset = len(labels & UPSET[row["source"]]) / len(labels)
            unsure = row["source"] == "xed" and upset < 1 and bool(labels & UNDECIDED)
            line = _line(row["text"], row["lang"], row["source"], upset, 0.5 if unsure else 1.0)
            found.setdefault((line.language, line.text), line)
    return list(found.values())


def own() -> list[Line]:
    """Our own customers' messages, in benchmarks/training/mood/*.csv, each once."""
    found: dict[tuple[str, str], Line] = {}
    for path in sorted(OWN.glob("*.csv")):
        for row in _rows(path):
            line = _line(row["text"], path.stem[:2], path.stem, float(row["label"]), 1.0)
            found.setdefault((line.language, line.text), line)
    return list(found.values())


def questions(data: Path) -> list[Line]:
    """Plain English questions of `data`/questions: whoever asks them is calm."""
    found = {
        row["text"]: _line(row["text"], "en", name.split("_")[0], 0.0, 0.025)
        for name in QUESTIONS
        for row in _rows(data / "questions" / f"{name}.csv")
    }
    return list(found.values())


def articles() -> list[Line]:
    """The example questions of the shipped articles in all languages, but for the articles that
    are also asked about in anger: nobody labelled which of their lines are."""
    kb = load(ROOT / "knowledge_base", "en", date(2026, 1, 1))
    return [
        _line(text, article.language, "articles", 0.0, 1.0)
        for article in sorted(kb.articles.values(), key=lambda one: (one.language, one.id))
        if article.id not in GRIEVANCES
        for text in (article.title, *article.questions)
    ]


def everyday() -> list[Line]:
    """Everyday talk, shipped as examples of what no article answers: whoever talks so is calm."""
    rows = (EVERYDAY / "strays.txt").read_text(encoding="utf-8").splitlines()
    told = (row.partition(" ") for row in rows if row.strip())
    return [_line(text, lang, "everyday", 0.0, 1.0) for lang, _, text in told if lang in LANGUAGES]


def _line(text: str, language: str, source: str, upset: float, weight: float) -> Line:
    clean = text.replace("[NAME]", "").strip()
    return Line(clean, language, source, upset, weight, crc32(clean.encode()) % PARTS)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
