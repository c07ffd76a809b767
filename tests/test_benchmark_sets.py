"""What the benchmark of the understanding measures is what the question sets say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from benchmarks.understanding import engine, synthetic
from benchmarks.understanding.sets import QuestionSet, Text, labelled, write_folder, write_queries
from bot.commands.csv_rows import read_rows
from bot.knowledge.base import load

NASTY = (
    'it says "no" – why?', "yes: no", "# 5, please", "- dash", "{a} [b] & *c*", "007", "ё İ ğ",
    "back\\slash", "  spaced  out ", "null", "@you", "%50", "tab\there",
)  # fmt: skip
REAL = [(f"where is my {thing} number {n}", thing) for thing in ("card", "bill") for n in range(9)]


def test_a_folder_says_what_the_set_said(tmp_path: Path) -> None:
    """Whatever stands in a question: nothing is refused, changed or lost but blanks."""
    write_folder([Text("an_intent", "yes: or no?", NASTY, "The text.")], tmp_path)
    kb = load(tmp_path, "en", date(2026, 11, 22))
    assert kb.faults == ()
    article = kb.articles["en", "an-intent"]
    assert article.title == "yes: or no?"
    assert article.questions == tuple(" ".join(text.split()) for text in NASTY)


def test_queries_are_read_back_as_they_were(tmp_path: Path) -> None:
    """Commas, quotes and lines within a question survive; an empty article stays empty."""
    queries = [('one, "two"\nthree', "an_intent"), ("nothing fits", "")]
    write_queries(queries, tmp_path / "queries.csv")
    rows = read_rows(tmp_path / "queries.csv", ("text", "article"))
    assert [row["text"] for row in rows] == ['one, "two"\nthree', "nothing fits"]
    assert [row["article"] for row in rows] == ["an-intent", ""]


def test_the_ways_to_make_articles_of_a_set(tmp_path: Path) -> None:
    """The name as title, the first example as title, or the examples as the body; what nothing
    answers is no article."""
    write_queries([*REAL, ("what is love", "")], tmp_path / "train.csv")
    assert len(labelled(tmp_path / "train.csv")) == 19

    def first(**ways: object) -> Text:
        made = QuestionSet("x", "train.csv", "train.csv", limit=3, **ways)  # type: ignore[arg-type]
        texts = made.texts(tmp_path)
        assert [text.id for text in texts] == ["card", "bill"]
        return texts[0]

    assert (first().title, len(first().questions)) == ("card", 3)
    example = first(titles="example")
    assert (example.title, len(example.questions)) == ("where is my card number 0", 2)
    bodies = first(bodies=True)
    assert (bodies.questions, bodies.body.count("\n")) == ((), 2)
    assert bodies.phrasings == ("card", bodies.body)


def test_invented_shops_are_the_same_every_time() -> None:
    """So many phrasings as asked for, none of them asked, and each run like the last."""
    texts, queries = synthetic.make(40, 5, REAL, 10)
    assert (texts, queries) == synthetic.make(40, 5, REAL, 10)
    assert sum(len(text.phrasings) for text in texts) == 200
    assert len(queries) == 10
    assert not {text for text, _ in queries} & {p for text in texts for p in text.phrasings}


def test_an_engine_is_measured_by_what_it_finds() -> None:
    """Of those questions that have an answer; all are timed."""
    job = {
        "articles": [{"id": "a", "title": "alpha", "questions": ["first"], "body": ""},
                     {"id": "b", "title": "beta", "questions": [], "body": "second"}],
        "queries": [["first", "a"], ["alpha?", "b"], ["none", ""], ["beta", "b"]],
    }  # fmt: skip
    found = engine.measure(engine.rapidfuzz, job)
    assert found["accuracy"] == 2 / 3
    assert 0 <= found["p50"] <= found["p99"]
