"""Makes bot/understanding/data/mood.npz, the mood model, and says how good it is.

    python -m benchmarks.training.mood DATA_FOLDER [--out FILE]

DATA_FOLDER holds mood/*.csv and questions/*.csv. The same data give the same bytes. Takes five
minutes on one core. What is learned from what, and why, is in docs/mood.md.

General: public sets of feelings, without the part kept aside; where labels were carried over by
machine they are mixed with a teacher's opinion (mood_teacher.py). Customers: our own lines and
plain questions. Manner: tells our lines and questions from public ones. How the three are mixed is
made a probability on our own lines, each judged by a model that has not seen its fifth of them."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.training import mood_lessons as lessons
from benchmarks.training import mood_measure as measure
from benchmarks.training import mood_sources as sources
from benchmarks.training import mood_teacher as teacher
from benchmarks.training.mood_fit import Fit, small
from bot.understanding import mood_signs as signs
from bot.understanding.mood import FILE, TABLES

# What the admins' lists add to the logit. Not fitted: whoever wrote the shipped lists knew our
# lines. On English posts, written by somebody else, "upset" is worth 1.5 by itself.
HEARD = {"upset": 1.2, "calm": -1.2, "complaint": 2.0, "threat": 2.0, "emergency": 2.0,
         "greeting": -1.5, "thanks": -1.5, "goodbye": -1.5, "yes": -1.5}  # fmt: skip
# Our lines are upset half the time; a text of which nothing is understood is so far less often.
WORDLESS = -2.2
LICENCES = {
    "goemotions": "Apache-2.0, Google Research",
    "xed": "CC BY 4.0, Helsinki-NLP",
    "cedr": "Apache-2.0, Sboev et al.",
    "ltec": "MIT, Sprogis and Rikters",
    "banking77": "CC BY 4.0, PolyAI",
    "clinc150full": "CC BY 3.0, Larson et al.",
    "words-*.npz": "Apache-2.0 and CC BY 4.0, see README.md beside them",
    "teacher.npz": "made with universal-sentence-encoder-multilingual 3, Apache-2.0, Google",
    "own lines, articles, everyday": "Apache-2.0, this project",
}
Arrays = dict[str, np.ndarray[Any, Any]]


def main() -> None:
    """Learn, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=FILE)
    given = parser.parse_args()
    lines = sources.general(given.data) + sources.questions(given.data)
    lines += sources.own() + sources.articles() + sources.everyday()
    opinions = teacher.opinions()
    arrays: Arrays = {}
    record: dict[str, Any] = {"languages": sources.LANGUAGES, "mixed": {}, "figures": {}}
    taught = []
    for language in sources.LANGUAGES:
        lesson = lessons.lesson_of(lines, language)
        taught.append(lesson)
        record["mixed"][language], found = _learned(lesson, language, opinions, arrays)
        record["figures"][language] = found
        _print(language, found)
    alone = lessons.wordless(taught)
    nothing = Fit(alone.rows, 0 * alone.signs, 0.0)
    for name, fit in zip(TABLES, (alone, nothing, nothing._replace(bias=30.0)), strict=True):
        _store(arrays, f"{name}-", fit)
    record["mixed"][""] = (0.0, 1.0, WORDLESS)
    record |= _origin(lines)
    arrays["record"] = np.frombuffer(json.dumps(record, sort_keys=True).encode(), np.uint8)
    np.savez_compressed(given.out, **arrays)  # type: ignore[arg-type]
    print(f"{given.out.name}: {given.out.stat().st_size / 1000:.0f} kB")


def _learned(
    lesson: lessons.Lesson, language: str, opinions: dict[int, float], arrays: Arrays
) -> tuple[tuple[float, float, float], dict[str, Any]]:
    """Learn one language into `arrays`; how its opinions are mixed, and its figures."""
    felt = lessons.general(lesson, language, opinions)
    logits = lessons.judged(lesson, felt)
    slope, shift, added = lessons.mixture(lesson, logits)
    ours = lessons.customers(lesson, None)
    ours.signs[lessons.HANDLE] += added / slope
    for name, fit in zip(TABLES, (ours, felt, lessons.manner(lesson, None)), strict=True):
        _store(arrays, f"{name}-{language}", fit)
    logits += lesson.texts.signs[:, lessons.HANDLE] * added / slope
    scores = measure.probabilities(slope * logits + shift)
    how = (lessons.GENERAL, round(slope, 4), round(shift, 4))
    return how, lessons.figures(lesson, scores)


def _store(arrays: Arrays, name: str, fit: Fit) -> None:
    arrays[f"{name}-rows"], step = small(fit.rows)
    arrays[f"{name}-step"] = np.array(step, np.float32)
    arrays[f"{name}-signs"] = fit.signs.astype(np.float32)
    arrays[f"{name}-bias"] = np.array(fit.bias, np.float32)


def _origin(lines: Sequence[sources.Line]) -> dict[str, Any]:
    """How the file was made: nothing that changes by itself, such as a date."""
    counted = Counter(f"{line.language} {line.source}" for line in lines)
    return {
        "made_by": "python -m benchmarks.training.mood",
        "heard": HEARD,
        "texts": dict(sorted(counted.items())),
        "licences": LICENCES,
        "upset": {name: sorted(labels) for name, labels in sources.UPSET.items()},
        "kept_aside": f"part {sources.ASIDE} of {sources.PARTS} by checksum",
        "firmness": lessons.FIRM,
        "trust_in_teacher": lessons.TRUST,
        "signs": signs.SIGNS,
    }


def _print(language: str, found: Mapping[str, Any]) -> None:
    print(language)
    for name, one in found.items():
        print(f"  {name:12} {json.dumps(one)}", flush=True)


if __name__ == "__main__":
    main()
