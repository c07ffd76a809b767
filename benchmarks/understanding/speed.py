"""How fast a question is answered, how long the index takes, and what memory, by size."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.table import Cell, Table
from benchmarks.understanding import children, synthetic
from benchmarks.understanding.sets import labelled

REAL = ("clinc150full_train.csv", "banking77_train.csv")
QUERIES = 1000
ENGINES = ("frontdesk", "bm25s", "tfidf", "nlpjs")
NLPJS_UNTIL = 5000  # phrasings
COLUMNS = ("build_seconds", "p50", "p99", "import_mb", "index_mb")


def run(articles: int, phrasings: int, data: Path, patience: float, anchors: bool) -> Table:
    """One size: so many articles with so many phrasings each, and a thousand questions."""
    real = [pair for name in REAL if (data / name).is_file() for pair in labelled(data / name)]
    texts, queries = synthetic.make(articles, phrasings, real, QUERIES)
    count = articles * phrasings
    rows: list[list[Cell]] = []
    notes: list[str] = []
    for name in ENGINES if anchors else ENGINES[:1]:
        if name == "nlpjs" and count > NLPJS_UNTIL:
            notes.append(f"nlpjs: not tried above {NLPJS_UNTIL} phrasings")
            continue
        sys.stderr.write(f"{name}, {articles} x {phrasings} …\n")
        found = children.engine(name, texts, queries, patience)
        if "missing" in found:
            notes.append(f"{name}: missing {found['missing']}")
        accuracy = found.get("accuracy")
        right = None if accuracy is None else f"{100 * accuracy:.1f}"
        rows.append([name, *(found.get(column) for column in COLUMNS), right])
    return Table(
        f"understanding: {articles:,} articles x {phrasings} phrasings, {len(queries)} questions "
        "one at a time",
        ["engine", "build s", "p50 ms", "p99 ms", "import MiB", "index MiB", "@1 %"],
        rows,
        notes,
    )
