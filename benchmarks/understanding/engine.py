"""One engine in a process of its own: learns articles, answers questions, says what it took.

    python -m benchmarks.understanding.engine NAME JOB.json

The job: {"articles": [{"id", "title", "questions", "body"}], "queries": [[text, id]]}. One line of
JSON comes out: {"accuracy", "build_seconds", "p50", "p99" (ms), "import_mb", "index_mb"}, or
{"missing": what is not installed}. `engine_nlpjs.cjs` keeps to the same."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import memory_of
from benchmarks.understanding.sets import Labelled, Text

Find = Callable[[str], str]  # a question in, the best article's id out
Build = Callable[[Sequence[Text]], Find]

WARM_UP = 20
LINEAR_SVM_FROM = 3000  # phrasings from which logistic regression would take for ever


def _pairs(texts: Sequence[Text]) -> tuple[list[str], list[str]]:
    pairs = [(phrasing, text.id) for text in texts for phrasing in text.phrasings]
    return [phrasing for phrasing, _ in pairs], [id for _, id in pairs]


def frontdesk() -> Build:
    """The real thing: read and decide, as `frontdesk kb eval` does."""
    from datetime import UTC, datetime

    from bot.commands.ask import first_turn
    from bot.commands.kb_eval import judge, prepare
    from bot.domain import Article
    from bot.knowledge.base import KnowledgeBase

    def build(texts: Sequence[Text]) -> Find:
        today = datetime.now(UTC).date()
        articles = {
            ("en", text.id): Article(text.id, "en", text.title, text.body, text.questions)
            for text in texts
        }
        mind = prepare(KnowledgeBase("en", today, articles, {})).mind
        return lambda text: judge("", *first_turn(mind, text, "", today)).top

    return build


def rapidfuzz() -> Build:
    """The phrasing that is most alike word by word."""
    fuzz, process = (importlib.import_module(f"rapidfuzz.{name}") for name in ("fuzz", "process"))
    default = importlib.import_module("rapidfuzz.utils").default_process

    def build(texts: Sequence[Text]) -> Find:
        phrasings, ids = _pairs(texts)
        ready = [default(phrasing) for phrasing in phrasings]

        def find(text: str) -> str:
            found = process.extractOne(default(text), ready, scorer=fuzz.token_sort_ratio)
            return ids[found[2]] if found else ""

        return find

    return build


def bm25s() -> Build:
    """The best phrasing by BM25 over stems."""
    library, stemmer = importlib.import_module("bm25s"), importlib.import_module("Stemmer")
    stem = stemmer.Stemmer("english")

    def tokens(texts: list[str]) -> Any:
        return library.tokenize(texts, stopwords=None, stemmer=stem, show_progress=False)

    def build(texts: Sequence[Text]) -> Find:
        phrasings, ids = _pairs(texts)
        index = library.BM25()
        index.index(tokens(phrasings), show_progress=False)

        def find(text: str) -> str:
            found, _ = index.retrieve(tokens([text]), k=1, show_progress=False)
            return ids[int(found[0, 0])]

        return find

    return build


def _vectorizer() -> Any:
    """TF-IDF of words 1-2 and of characters 2-5 within words."""
    text = importlib.import_module("sklearn.feature_extraction.text")
    union = importlib.import_module("sklearn.pipeline").FeatureUnion
    words = text.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = text.TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return union([("words", words), ("letters", letters)])


def tfidf() -> Build:
    """The nearest phrasing by the cosine of TF-IDF vectors."""
    _vectorizer()

    def build(texts: Sequence[Text]) -> Find:
        phrasings, ids = _pairs(texts)
        vectorizer = _vectorizer()
        matrix = vectorizer.fit_transform(phrasings).T.tocsr()

        def find(text: str) -> str:
            return ids[int((vectorizer.transform([text]) @ matrix).toarray().argmax())]

        return find

    return build


def classifier() -> Build:
    """Logistic regression on TF-IDF, or a linear SVM where there are many phrasings."""
    linear = importlib.import_module("sklearn.linear_model")
    svm = importlib.import_module("sklearn.svm")

    def build(texts: Sequence[Text]) -> Find:
        phrasings, ids = _pairs(texts)
        vectorizer = _vectorizer()
        many = len(phrasings) >= LINEAR_SVM_FROM
        model = svm.LinearSVC() if many else linear.LogisticRegression(C=30, max_iter=1000)
        model.fit(vectorizer.fit_transform(phrasings), ids)
        return lambda text: str(model.predict(vectorizer.transform([text]))[0])

    return build


ENGINES: dict[str, Callable[[], Build]] = {
    each.__name__: each for each in (frontdesk, rapidfuzz, bm25s, tfidf, classifier)
}


def measure(engine: Callable[[], Build], job: dict[str, Any]) -> dict[str, Any]:
    """Build it, ask it everything one by one, and say how that went."""
    texts = [Text(**{**raw, "questions": tuple(raw["questions"])}) for raw in job["articles"]]
    queries: list[Labelled] = [(text, id) for text, id in job["queries"]]
    at_first = _memory()
    build = engine()
    imported = _memory()
    started = time.perf_counter()
    find = build(texts)
    build_seconds = time.perf_counter() - started
    for text, _ in queries[:WARM_UP]:
        find(text)
    right, took = _asked(find, queries)
    return {
        "accuracy": right,
        "build_seconds": build_seconds,
        "p50": took[len(took) // 2],
        "p99": took[len(took) * 99 // 100],
        "import_mb": imported - at_first,
        "index_mb": _memory() - imported,
    }


def _asked(find: Find, queries: Sequence[Labelled]) -> tuple[float, list[float]]:
    """The share found of the questions that have an answer, and the sorted milliseconds of all."""
    right, took = 0, []
    for text, expected in queries:
        started = time.perf_counter()
        found = find(text)
        took.append((time.perf_counter() - started) * 1000)
        right += expected != "" and found == expected
    return right / max(1, sum(id != "" for _, id in queries)), sorted(took)


def _memory() -> float:
    gc.collect()
    return memory_of(os.getpid()) or 0.0


def main(name: str, file: str) -> None:
    """Run one job, and print what came of it."""
    try:
        found = measure(ENGINES[name], json.loads(Path(file).read_text(encoding="utf-8")))
    except ModuleNotFoundError as error:
        found = {"missing": f"the Python package {error.name}"}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
