"""`frontdesk mood eval`: how upset the writers of texts are, against how upset they were.

Each text alone, without a conversation: what a third question or a 👎 before it would add is not
seen here. The knowledge base gives the languages and the lists of words that are listened for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.commands.csv_rows import Row, WrongCsv, language_code, read_rows, write_rows
from bot.commands.figures import percentile
from bot.commands.language_eval import likeliest
from bot.commands.mood_figures import Felt, figures
from bot.knowledge.base import KnowledgeBase, load
from bot.mind import hear_of
from bot.understanding.hear import Hear
from bot.understanding.language import LanguageDetector, detector_of
from bot.understanding.mood import MoodModel

COLUMNS = ("text", "lang", "score", "needs_human")
LABELS = {"": None, "0": False, "1": True}


@dataclass(frozen=True, slots=True)
class _Listener:
    """What takes a text from its letters to a score."""

    detector: LanguageDetector
    hear: Hear
    model: MoodModel

    def read(self, text: str, language: str) -> float:
        detector = self.detector
        is_known = language in (*detector.languages, *detector.neighbours)
        shares = {language: 1.0} if is_known else detector.detect(text)
        meant, heard = detector.as_meant(text, shares), self.hear.intents(text)
        return self.model.read(meant, shares, heard).score


def evaluate(
    file: Path, folder: Path, out: Path | None, default_language: str, today: date
) -> dict[str, Any]:
    """The moods of all texts of a CSV file; write the predictions.

    The file has the columns text and perhaps lang (empty, or no language that can be told here:
    found out) and label (1 upset, 0 not, empty: not known). The predictions have a row for each
    row: text, lang, score (0 to 1) and needs_human (1 from `policy.people.offer` on). Returns rows,
    threshold, needs_human (rows), latency_ms (p50, p99 of single texts) and, of the rows with a
    label, what `mood_figures.figures` gives, all together and by language. Raises WrongCsv and
    KnowledgeBaseMissing."""
    kb = load(folder, default_language, today)
    rows = read_rows(file, ("text",), ("lang", "label"))
    labels = [_label(file, row) for row in rows]
    if out is not None:
        if out.exists() and out.samefile(file):
            raise WrongCsv(out, 0, "holds the texts", "name another file for the predictions")
        write_rows(out, COLUMNS, ())
    listener = _listener(kb)
    threshold = kb.policy.people.offer
    felt, seconds = [], []
    for row, label in zip(rows, labels, strict=True):
        language = language_code(row["lang"])
        started = time.perf_counter()
        score = listener.read(row["text"], language)
        seconds.append(time.perf_counter() - started)
        language = language or likeliest(listener.detector.detect(row["text"]), default_language)
        felt.append(Felt(language, round(score, 4), label))
    if out is not None:
        write_rows(out, COLUMNS, _predictions(rows, felt, threshold))
    return {
        "threshold": threshold,
        **figures(felt, threshold),
        "latency_ms": {
            name: round(1000 * (percentile(seconds, share) or 0.0), 3)
            for name, share in (("p50", 0.5), ("p99", 0.99))
        },
    }


def _predictions(
    rows: Sequence[Row], felt: Sequence[Felt], threshold: float
) -> list[tuple[str, str, float, int]]:
    return [
        (row["text"], row["lang"] or one.language, one.score, int(one.score >= threshold))
        for row, one in zip(rows, felt, strict=True)
    ]


def _listener(kb: KnowledgeBase) -> _Listener:
    hear = hear_of(kb)
    detector = detector_of(kb.articles.values(), hear, kb.languages)
    listener = _Listener(detector, Hear(hear), MoodModel.load())
    for language in kb.languages:
        listener.read("the first call would be slow", language)
    return listener


def _label(file: Path, row: Row) -> bool | None:
    written = row["label"].strip()
    if written not in LABELS:
        what = f"the label {written!r} is neither 0 nor 1"
        raise WrongCsv(file, row.line, what, "write 1 for upset, 0 for not, nothing if unknown")
    return LABELS[written]


def as_words(found: Mapping[str, Any]) -> str:
    """The figures for a person."""
    latency = found["latency_ms"]
    lines = [
        f"{found['needs_human']} of {found['rows']} texts need a person (from "
        f"{found['threshold']} on); {latency['p50']} ms a text (p50), {latency['p99']} ms (p99)"
    ]
    if found["labelled"]:
        lines += ["", "language   rows  upset  AUROC  precision  recall     F1  false alarms"]
        lines += [_line(code, each) for code, each in found["languages"].items()]
        lines.append(_line("all", found))
    return "\n".join(lines)


def _line(name: str, each: Mapping[str, Any]) -> str:
    shares = ("auroc", "precision", "recall", "f1", "false_alarms")
    auroc, precision, recall, f1, alarms = ("–" if each[s] is None else each[s] for s in shares)
    return (
        f"{name or '(none)':8} {each['labelled']:6} {each['upset']:6} {auroc:>6} {precision:>10} "
        f"{recall:>7} {f1:>6} {alarms:>13}"
    )
