"""`python -m benchmarks.understanding.mood_table DATA`: how well moods are told, beside VADER and
lists of words.

DATA is a folder with mood/*.csv and questions/*.csv. Public sets: the fifth that was kept aside
when the model was trained. Messages to shops, posts to companies and plain questions: the rows of
tests/understanding/mood_held_out_*.csv, written for measuring by others than those who wrote what
it learned from. Takes a minute. VADER and AFINN are no dependencies: pip install vaderSentiment
afinn; without them their columns are empty."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.table import Cell, Table
from benchmarks.training import mood_measure as measure
from benchmarks.training import mood_sources as sources
from bot.knowledge.base import KnowledgeBase, load
from bot.understanding.hear import Hear
from bot.understanding.mood import MoodModel

ROOT = Path(__file__).parents[2]
HELD_OUT = ROOT / "tests" / "understanding"
Scorer = Callable[[str, str], float]  # text and language → the higher, the more upset
LISTED = {"upset": 1.0, "complaint": 1.0, "threat": 1.0, "emergency": 1.0, "calm": -1.5}
QUESTIONS = 2000  # of each set of plain questions


@dataclass(frozen=True, slots=True)
class Asked:
    """Texts of one language that belong together; `upset` from 0.5."""

    name: str
    language: str
    texts: Sequence[str]
    upset: Sequence[float]


@dataclass(frozen=True, slots=True)
class Rival:
    """Something that scores texts: from `threshold` on it calls them upset. Without `languages` it
    knows all."""

    name: str
    score: Scorer
    threshold: float
    languages: tuple[str, ...] = ()


def public(data: Path) -> list[Asked]:
    """The parts of the public sets that the model has not learned from."""
    groups: dict[tuple[str, str], list[sources.Line]] = {}
    for line in sources.general(data):
        if line.part == sources.ASIDE:
            groups.setdefault((line.language, line.source), []).append(line)
    return [
        Asked(source, code, [one.text for one in lines], [one.upset for one in lines])
        for (code, source), lines in sorted(groups.items())
    ]


def held_out() -> list[Asked]:
    """The test rows by language and kind: chat, post, plain."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for path in sorted(HELD_OUT.glob("mood_held_out_*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                groups.setdefault((row["lang"], row["kind"]), []).append(row)
    return [
        Asked(kind, code, [r["text"] for r in rows], [float(r["label"]) for r in rows])
        for (code, kind), rows in sorted(groups.items())
    ]


def plain(data: Path) -> list[Asked]:
    """Published questions, the parts that the model has not learned from."""
    found = []
    for name in ("banking77_valid", "clinc150full_val"):
        with (data / "questions" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            texts = [row["text"] for row in csv.DictReader(file)][:QUESTIONS]
        found.append(Asked(name, "en", texts, [0.0] * len(texts)))
    return found


def rivals(kb: KnowledgeBase) -> list[Rival]:
    """Ours, and those of the others that are installed."""
    hear = Hear({code: phrases.hear for code, phrases in kb.phrases.items()})
    model = MoodModel.load()

    def ours(text: str, language: str) -> float:
        return model.read(text, {language: 1.0}, hear.intents(text)).score

    def bare(text: str, language: str) -> float:
        return model.read(text, {language: 1.0}).score

    def lists(text: str, language: str) -> float:
        return sum(LISTED.get(intent, 0.0) for intent in hear.intents(text))

    offer = kb.policy.people.offer
    found = [Rival("Frontdesk", ours, offer), Rival("without its lists", bare, offer)]
    found.append(Rival("lists alone", lists, 0.5))
    return found + [each for each in (_vader(), _afinn()) if each]


def _vader() -> Rival | None:
    try:
        from vaderSentiment.vaderSentiment import (  # type: ignore[import-not-found, unused-ignore]
            SentimentIntensityAnalyzer,
        )
    except ImportError:
        sys.stderr.write("VADER is missing: pip install vaderSentiment\n")
        return None
    analyser = SentimentIntensityAnalyzer()
    score: Scorer = lambda text, _: -float(analyser.polarity_scores(text)["compound"])  # noqa: E731
    return Rival("VADER", score, 0.05, ("en",))  # from where its authors call a text negative


def _afinn() -> Rival | None:
    try:
        from afinn import Afinn  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        sys.stderr.write("AFINN is missing: pip install afinn\n")
        return None
    words = Afinn(emoticons=True)
    return Rival("AFINN", lambda text, _: -float(words.score(text)), 0.5, ("en",))


def tables(data: Path, kb: KnowledgeBase) -> list[Table]:
    """AUROC everywhere; what comes of each threshold on messages to shops and plain questions."""
    everyone = rivals(kb)
    names = [each.name for each in everyone]
    ranked: list[list[Cell]] = []
    found: list[list[Cell]] = []
    alarms: list[list[Cell]] = []
    for asked in (*public(data), *held_out(), *plain(data)):
        scores = {each.name: _scores(each, asked) for each in everyone}
        upset = np.array(asked.upset)
        label: list[Cell] = [asked.language, asked.name, len(upset)]
        if upset.any():
            ranked.append([*label, *(_auroc(upset, scores[name]) for name in names)])
        if asked.name in ("chat", "post"):
            found.append([*label, *(_f1(each, upset, scores) for each in everyone)])
        elif not upset.any():
            alarms.append([*label, *(_alarms(each, upset, scores) for each in everyone)])
    columns = ["lang", "set", "texts", *names]
    return [
        Table("mood: AUROC, on texts it has not learned from", columns, ranked),
        Table("mood: F1 of upset customers in %, each from its own threshold on", columns, found),
        Table("mood: plain questions taken for upset, in %", columns, alarms),
    ]


def _scores(rival: Rival, asked: Asked) -> measure.Floats | None:
    if rival.languages and asked.language not in rival.languages:
        return None
    return np.array([rival.score(text, asked.language) for text in asked.texts])


def _auroc(upset: measure.Floats, scores: measure.Floats | None) -> Cell:
    return None if scores is None else f"{measure.auroc(upset, scores):.3f}"


def _f1(rival: Rival, upset: measure.Floats, scores: Mapping[str, measure.Floats | None]) -> Cell:
    said = scores[rival.name]
    if said is None:
        return None
    return f"{100 * measure.at(rival.threshold, upset, said)['f1']:.1f}"


def _alarms(
    rival: Rival, upset: measure.Floats, scores: Mapping[str, measure.Floats | None]
) -> Cell:
    said = scores[rival.name]
    if said is None:
        return None
    return f"{100 * measure.at(rival.threshold, upset, said)['false_alarms']:.1f}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.understanding.mood_table", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("data", type=Path)
    parser.add_argument("--kb", type=Path, default=ROOT / "knowledge_base")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    options = parser.parse_args()
    found = tables(options.data, load(options.kb, "en", datetime.now(UTC).date()))
    if options.json:
        sys.stdout.write(json.dumps([table.as_json() for table in found], indent=2) + "\n")
    else:
        sys.stdout.write("\n\n".join(map(str, found)) + "\n")


if __name__ == "__main__":
    main()
