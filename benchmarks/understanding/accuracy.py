"""How many questions find their article, and how far the confidence can be believed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.table import Cell, Table
from benchmarks.understanding import children
from benchmarks.understanding.sets import QuestionSet

ANCHORS = ("rapidfuzz", "bm25s", "tfidf", "classifier", "nlpjs")
NLPJS_UNTIL = 2000  # phrasings; its training takes hours beyond
PUBLISHED = (
    "published, CLINC150 full, in scope / unknown recall at a threshold: DialogFlow 90.8 / 26.7, "
    "Rasa 90.9 / 31.2, BERT 96.2 / 52.3 (Larson et al. 2019)"
)


def run(sets: Sequence[QuestionSet], data: Path, patience: float, anchors: bool) -> Iterator[Table]:
    """Two tables over all sets: which article is found, and how sure that is."""
    found: list[list[Cell]] = []
    sure: list[list[Cell]] = []
    missing: dict[str, None] = {}
    for each in sets:
        texts, queries = each.texts(data), each.queries(data)
        count = sum(len(text.phrasings) for text in texts)
        sys.stderr.write(f"{each.name}, titles: {each.titles} …\n")
        own = children.kb_eval(texts, queries, patience)
        others = {
            name: children.engine(name, texts, queries, patience)
            for name in ANCHORS
            if anchors and (name != "nlpjs" or count <= NLPJS_UNTIL)
        }
        for name, result in {"frontdesk": own, **others}.items():
            if "missing" in result:
                missing[f"{each.name}: {name}: missing {result['missing']}"] = None
        label: list[Cell] = [each.name, each.titles, len(texts), count]
        accuracies = [_percent(others.get(name, {}).get("accuracy")) for name in ANCHORS]
        ours = [_percent(own.get(name)) for name in ("accuracy_at_1", "accuracy_at_3")]
        found.append([*label, *ours, *accuracies])
        sure.append([*label[:2], *_sureness(own)])
    yield Table(
        "understanding: % of questions whose best article is the right one (@1), of those that "
        "have one",
        ["set", "title", "articles", "phrasings", "Frontdesk @1", "@3", "rapidfuzz", "bm25s stems",
         "TF-IDF nearest", "TF-IDF + linear", "NLP.js"],
        found,
        [*missing, "all engines learn the same titles and examples; linear: logistic regression, "
                   "from 3,000 phrasings on a linear SVM"],
    )  # fmt: skip
    yield Table(
        "understanding: how sure it is, in %; right 90 % of the time is asked for",
        ["set", "title", "answered", "of them right", "coverage at 90 %", "AUROC", "MCC",
         "in scope right", "unknown recall", "p50 ms", "p99 ms", "index s", "MB"],
        sure,
        [PUBLISHED],
    )  # fmt: skip


def _sureness(own: dict[str, Any]) -> list[Cell]:
    shares = [
        _percent(own.get(name))
        for name in ("share_answered", "precision_answered", "coverage_at_90", "auroc_unknown",
                     "mcc", "in_scope_accuracy", "unknown_recall")
    ]  # fmt: skip
    latency = own.get("latency_ms", {})
    costs = (latency.get("p50"), latency.get("p99"), own.get("index_seconds"), own.get("rss_mb"))
    return [*shares, *costs]


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.1f}"
