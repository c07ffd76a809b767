"""`frontdesk language eval`: which language texts are taken to be in, against the one they are in.

Every language counts that can be told: those of the knowledge base and their neighbours. What no
conversation decides here (an "ok", a bare number) goes to the default language, as in a first
message from a platform that says nothing about its customer."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bot.commands.csv_rows import Row, WrongCsv, language_code, read_rows, write_rows
from bot.commands.figures import percentile
from bot.knowledge.base import KnowledgeBase, load
from bot.mind import hear_of
from bot.understanding.language import LanguageDetector, detector_of

COLUMNS = ("text", "expected", "predicted")
CONFUSIONS_SHOWN = 10


def evaluate(
    file: Path, folder: Path, out: Path | None, default_language: str, today: date
) -> dict[str, Any]:
    """The languages of all texts of a CSV file (columns text, lang); write the predictions.

    Returns rows, accuracy, `languages` (code → rows, accuracy), `confusion` (expected → predicted →
    rows) and `latency_ms` of single texts (p50, p99). Raises WrongCsv and KnowledgeBaseMissing."""
    kb = load(folder, default_language, today)
    rows = read_rows(file, ("text", "lang"))
    expected = [_expected(file, row) for row in rows]
    if out is not None:
        if out.exists() and out.samefile(file):
            raise WrongCsv(out, 0, "holds the texts", "name another file for the predictions")
        write_rows(out, COLUMNS, ())
    detector = _detector(kb)
    predicted, seconds = [], []
    for row in rows:
        started = time.perf_counter()
        shares = detector.detect(row["text"])
        seconds.append(time.perf_counter() - started)
        predicted.append(likeliest(shares, default_language))
    if out is not None:
        found = zip(rows, predicted, strict=True)
        write_rows(out, COLUMNS, ((row["text"], row["lang"], lang) for row, lang in found))
    return {
        **figures(expected, predicted),
        "latency_ms": {
            f"p{share:.0%}"[:-1]: _milliseconds(seconds, share) for share in (0.5, 0.99)
        },
    }


def _milliseconds(seconds: Sequence[float], share: float) -> float:
    return round(1000 * (percentile(seconds, share) or 0.0), 3)


def _detector(kb: KnowledgeBase) -> LanguageDetector:
    return detector_of(kb.articles.values(), hear_of(kb), kb.languages)


def _expected(file: Path, row: Row) -> str:
    code = language_code(row["lang"])
    if not code:
        what = "the column lang is empty, so nothing can be right"
        raise WrongCsv(file, row.line, what, "write the language of the text, as in en")
    return code


def likeliest(shares: Mapping[str, float], default: str) -> str:
    """The likeliest language; the default one if none is likelier."""
    return max(sorted(shares), key=lambda code: (shares[code], code == default))


def figures(expected: Sequence[str], predicted: Sequence[str]) -> dict[str, Any]:
    """Rows and accuracy (the share of rows that are right) of all and of each language, and what
    was taken for what."""
    confusion: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for wanted, found in zip(expected, predicted, strict=True):
        confusion[wanted][found] += 1
    right = sum(found[wanted] for wanted, found in confusion.items())
    return {
        "rows": len(expected),
        "accuracy": round(right / len(expected), 4),
        "languages": {
            wanted: {
                "rows": found.total(),
                "accuracy": round(found[wanted] / found.total(), 4),
            }
            for wanted, found in sorted(confusion.items())
        },
        "confusion": {
            wanted: dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
            for wanted, found in sorted(confusion.items())
        },
    }


def as_words(found: Mapping[str, Any]) -> str:
    """The figures for a person."""
    latency = found["latency_ms"]
    lines = [
        f"{found['accuracy']:.1%} of {found['rows']} texts; "
        f"{latency['p50']} ms a text (p50), {latency['p99']} ms (p99)",
        "",
        "language   rows   right",
    ]
    for code, each in found["languages"].items():
        lines.append(f"{code or '(none)':8} {each['rows']:6}  {each['accuracy']:6.1%}")
    wrong = [
        (times, wanted, taken)
        for wanted, all_taken in found["confusion"].items()
        for taken, times in all_taken.items()
        if taken != wanted
    ]
    if wrong:
        lines += ["", "taken for another"]
    for times, wanted, taken in sorted(wrong, key=lambda w: (-w[0], w[1:]))[:CONFUSIONS_SHOWN]:
        lines.append(f"{wanted or '(none)'} for {taken}: {times}")
    return "\n".join(lines)
