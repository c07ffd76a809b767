"""`frontdesk kb eval`: a knowledge base's answers to questions whose right article is known.

Each question is asked as the first message of a conversation, one at a time, and everything runs
that would run for a customer. The folder needs nothing but articles: where it has no phrases the
bot's replies are stand-ins (nobody reads them), and no small talk is heard."""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from bot.commands.ask import first_turn
from bot.commands.csv_rows import WrongCsv, write_rows
from bot.commands.figures import Judged, figures, percentile
from bot.commands.queries import Query, read_queries
from bot.domain import Article, Match, Outcome, Reading
from bot.engine import Decision
from bot.knowledge.base import KnowledgeBase, load
from bot.knowledge.faults import Fault
from bot.knowledge.stand_ins import with_words
from bot.mind import Mind, understanding_of
from bot.understanding.embeddings import Vectors

COLUMNS = ("text", "expected", "predicted", "confidence", "outcome")
WARM_UP = 20  # questions asked beforehand: the first ones fill caches
BEST = 3  # articles kept of each question

# What counts as answered, beside the outcome of that name.
NOTE = (
    "answered, as an outcome and in the figures, means that the customer is given the article's "
    "text: also of an article with handoff: always, which brings a person as well. handed_off is a "
    "person and no article."
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A knowledge base ready to be asked, and what that took."""

    mind: Mind
    index_seconds: float


def evaluate(
    queries_file: Path,
    folder: Path,
    out: Path | None,
    default_language: str,
    today: date,
    vectors: Vectors | None = None,
) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    """Ask all questions of a file and write the predictions; the figures, and what is wrong with
    the folder. Raises WrongCsv (see `read_queries`) and KnowledgeBaseMissing."""
    kb = load(folder, default_language, today)
    queries = read_queries(queries_file, kb)
    if out is not None:
        _claim(out, queries_file)
    ready = prepare(kb, vectors)
    judged, latency = ask_all(ready, queries, today)
    if out is not None:
        write_rows(out, COLUMNS, predictions(queries, judged))
    return report(ready, judged, latency), kb.faults


def _claim(out: Path, queries_file: Path) -> None:
    """Find out that a file cannot be written before thousands of questions have been asked."""
    if out.exists() and out.samefile(queries_file):
        raise WrongCsv(out, 0, "holds the questions", "name another file for the predictions")
    write_rows(out, COLUMNS, ())


def prepare(kb: KnowledgeBase, vectors: Vectors | None = None) -> Ready:
    """Build the index (blocking), with embeddings if there are `vectors`, and put words where the
    folder has none."""
    kb = with_words(kb)
    started = time.perf_counter()
    understanding = understanding_of(kb, vectors)
    return Ready(Mind(kb, understanding), time.perf_counter() - started)


def ask_all(
    ready: Ready, queries: Sequence[Query], today: date
) -> tuple[list[Judged], dict[str, float | None]]:
    """What becomes of each question, in order, and the milliseconds that one takes."""
    for query in queries[:WARM_UP]:
        _ask(ready.mind, query, today)
    gc.collect()
    judged, took = [], []
    for query in queries:
        started = time.perf_counter()
        reading, decision = _ask(ready.mind, query, today)
        took.append((time.perf_counter() - started) * 1000)
        judged.append(judge(query.expected, reading, decision))
    return judged, {"p50": percentile(took, 0.5), "p99": percentile(took, 0.99)}


def _ask(mind: Mind, query: Query, today: date) -> tuple[Reading, Decision]:
    return first_turn(mind, query.text, query.language, today)


def judge(expected: str, reading: Reading, decision: Decision) -> Judged:
    """A decision as a row: what was answered, else what would have been, with its probability."""
    given = decision.article
    answered = decision.outcome is Outcome.ANSWERED or decision.handoff == "article"
    best = [match.article for match in decision.matches or reading.matches]
    if given is not None and answered and not (best and _is_shown(best[0], reading, decision)):
        best.insert(0, given)
    ids = tuple(dict.fromkeys(article.id for article in best))[:BEST]
    scores = _scores(chain(decision.matches, _all_matches(reading)))
    confidence = scores.get(ids[0], 0.0) if ids else 0.0
    is_given = answered and given is not None
    outcome = Outcome.ANSWERED if is_given else decision.outcome
    return Judged(expected, ids, confidence, is_given, outcome.value)


def _is_shown(article: Article, reading: Reading, decision: Decision) -> bool:
    """Whether an article is among the several answers to a text that asks several things."""
    shown = decision.reply.text if decision.reply else ""
    return bool(reading.parts) and article.body in shown


def _all_matches(reading: Reading) -> Iterable[Match]:
    yield from reading.matches
    for part in reading.parts:
        yield from part.matches


def _scores(matches: Iterable[Match]) -> dict[str, float]:
    """Of an article found twice, the score found first counts."""
    scores: dict[str, float] = {}
    for match in matches:
        scores.setdefault(match.article.id, match.score)
    return scores


def report(
    ready: Ready, judged: Sequence[Judged], latency: dict[str, float | None]
) -> dict[str, Any]:
    """All figures, as JSON."""
    kb = ready.mind.kb
    return {
        **{name: _rounded(value) for name, value in figures(judged).items()},
        "outcomes": dict(sorted(Counter(row.outcome for row in judged).items())),
        "precision_asked": kb.policy.precision,
        "articles": len(kb.articles),
        "phrasings": sum(1 + len(article.questions) for article in kb.articles.values()),
        "languages": list(kb.languages),
        "latency_ms": {name: _rounded(value, 3) for name, value in latency.items()},
        "index_seconds": round(ready.index_seconds, 3),
        "rss_mb": round(rss_mb(), 1),
        "note": NOTE,
    }


def predictions(queries: Sequence[Query], judged: Sequence[Judged]) -> list[tuple[object, ...]]:
    """A row for each question, in `COLUMNS`."""
    return [
        (query.text, query.expected, row.top, f"{row.confidence:.6f}", row.outcome)
        for query, row in zip(queries, judged, strict=True)
    ]


_LINES = (
    ("accuracy_at_1", "the best article is the right one"),
    ("accuracy_at_3", "the right one is among the best three"),
    ("share_answered", "of all questions are answered"),
    ("precision_answered", "of the answers are right"),
    ("coverage_at_90", "could be answered with 90 % right"),
    ("in_scope_accuracy", "of what has an answer is answered with it"),
    ("unknown_recall", "of what nothing answers is not answered"),
)


def as_words(found: dict[str, Any]) -> str:
    """The same for a person."""
    lines = [
        f"{found['rows']} questions ({found['rows_unanswerable']} that nothing answers), "
        f"{found['articles']} articles, {found['phrasings']} phrasings; "
        f"asked to be right {found['precision_asked']:.0%} of the time",
        "",
        *(f"{_percent(found[name])}  {words}" for name, words in _LINES),
        f"{_plain(found['auroc_unknown'])}  AUROC: known from unknown by confidence",
        f"{_plain(found['mcc'])}  MCC over all articles and “no answer”",
        "",
        ", ".join(f"{count} {name}" for name, count in found["outcomes"].items()),
        f"{found['latency_ms']['p50']:.2f} ms a question, 99 of 100 within "
        f"{found['latency_ms']['p99']:.2f} ms; index {found['index_seconds']:.2f} s; "
        f"memory {found['rss_mb']:.0f} MB",
        found["note"],
    ]
    return "\n".join(lines)


def rss_mb() -> float:
    """Megabytes (2²⁰) of memory this process has in use; at its peak where the system tells no
    more."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        unit = 2**20 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return pages * resource.getpagesize() / 2**20


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return round(value, digits) if isinstance(value, float) else value


def _percent(value: float | None) -> str:
    return "    –  " if value is None else f"{value:7.1%}"


def _plain(value: float | None) -> str:
    return "    –  " if value is None else f"{value:7.3f}"
