"""`frontdesk kb check`: what only shows when the knowledge base's own index is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from bot.commands.kb_check import as_rows, as_words, examine, faults_of, indexes_of
from bot.domain import Article, Match
from bot.knowledge.base import KnowledgeBase, load
from bot.knowledge.policy import Policy
from bot.understanding import choose
from bot.understanding.embeddings import Vectors


@dataclass(frozen=True)
class Asked:
    """An example question that was left out, and what won then."""

    article_id: str
    phrasing: str
    found_id: str
    score: float = 0.9
    other: str = ""


@dataclass(frozen=True)
class FakeIndex:
    """Finds what it is told to; all else finds nothing."""

    wins: Mapping[str, Article] = field(default_factory=dict)
    held_out: tuple[Asked, ...] = ()
    advice: tuple[str, ...] = ()

    def search(self, text: str, limit: int = 5) -> tuple[Match, ...]:
        article = self.wins.get(text)
        return (Match(article, 0.9),) if article else ()


@pytest.fixture
def kb(tmp_path: Path) -> KnowledgeBase:
    """Returns and refunds, with three example questions each."""
    for name in ("returns", "refunds"):
        file = tmp_path / "shop" / "articles" / "en" / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        questions = "\n".join(f"  - {name} question {n}" for n in (1, 2, 3))
        file.write_text(f"---\ntitle: About {name}\nquestions:\n{questions}\n---\nYes.\n")
    return load(tmp_path / "shop", "en", date(2026, 11, 22))


def winning(kb: KnowledgeBase) -> dict[str, Article]:
    """Each question finds its own article."""
    return {question: a for a in kb.articles.values() for question in a.questions}


def found(kb: KnowledgeBase, index: FakeIndex) -> list[str]:
    """What asking the index adds."""
    before = faults_of(kb)
    faults = [fault for fault in examine(kb, {"en": index}) if fault not in before]
    return [f"{fault.level} {fault}" for fault in faults]


def test_a_sound_index_has_nothing_to_say(kb: KnowledgeBase) -> None:
    """Every question finds its own article, also while it is left out."""
    asked = tuple(Asked(a.id, question, a.id) for question, a in winning(kb).items())
    assert found(kb, FakeIndex(winning(kb), asked)) == []


def test_articles_that_would_be_confused(kb: KnowledgeBase) -> None:
    """Several questions that the bot would answer wrongly are a warning, with the surest one, at
    the first line of the questions; a single one is a note: one in ten is the bot's to miss."""
    asked = (
        Asked("returns", "returns question 1", "refunds", 0.81),
        Asked("returns", "returns question 2", "refunds", 0.9),
        Asked("returns", "returns question 3", "refunds", 0.3),
        Asked("refunds", "refunds question 1", "returns", 0.85),
        Asked("refunds", "refunds question 2", "refunds", 0.9),
        Asked("refunds", "refunds question 3", "", 0.0),
    )
    assert found(kb, FakeIndex(winning(kb), asked)) == [
        "note shop/articles/en/refunds.md:3: 1 of its 3 example questions is easily taken for "
        "returns (“About returns”), e.g. “refunds question 1”. "
        "Do: give each article its own words, or make one article of the two.",
        "warning shop/articles/en/returns.md:3: 2 of its 3 example questions would be answered "
        "with refunds (“About refunds”), e.g. “returns question 2”. "
        "Do: give each article its own words, or make one article of the two.",
    ]


@pytest.mark.parametrize(("scores", "told"), [((0.4, 0.3, 0.3), True), ((0.4, 0.3, 0.2), False)])
def test_articles_the_bot_is_in_two_minds_about(
    kb: KnowledgeBase, scores: tuple[float, float, float], told: bool
) -> None:
    """A pair that takes a question from each other, all chances together, is one note; questions
    that merely fall to somebody when they are missing are none."""
    asked = (
        Asked("returns", "returns question 1", "refunds", scores[0]),
        Asked("returns", "returns question 2", "refunds", scores[1]),
        Asked("refunds", "refunds question 1", "returns", scores[2]),
    )
    notes = found(kb, FakeIndex(winning(kb), asked))
    assert [note.split(" of its ")[0] for note in notes] == (
        ["note shop/articles/en/returns.md:3: 2"] if told else []
    )


def test_a_question_that_finds_another_article_or_none(kb: KnowledgeBase) -> None:
    """Each in its own line, with the article it finds."""
    wins = winning(kb)
    wins["returns question 2"] = kb.articles["en", "refunds"]
    del wins["returns question 3"]
    assert found(kb, FakeIndex(wins)) == [
        "warning shop/articles/en/returns.md:5: the question “returns question 2” finds refunds "
        "(“About refunds”). "
        "Do: move it to shop/articles/en/refunds.md, or word it so that only this article fits.",
        "warning shop/articles/en/returns.md:6: the question “returns question 3” finds no "
        "article, not even this one. "
        "Do: word it as a customer would, with a word that says what it is about.",
    ]


def test_advice_is_a_note(kb: KnowledgeBase) -> None:
    """Too little to learn from is good to know, not a mistake."""
    index = FakeIndex(winning(kb), advice=("confidence is guessed: there are only 2 articles",))
    assert found(kb, index) == [
        "note shop/articles/en: confidence is guessed: there are only 2 articles. "
        "Do: add articles and example questions."
    ]


def test_a_very_large_folder_is_told_what_to_install(
    kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default index goes on; that it is slow there is a note."""
    monkeypatch.setattr(choose, "LARGE", 4)
    monkeypatch.setattr(choose, "find_spec", lambda name: None)
    assert found(kb, FakeIndex(winning(kb))) == [
        "note shop/articles/en: 8 titles and example questions are more than the default index is "
        "made for. Do: install frontdesk-bot[search]."
    ]


def test_notes_are_shown_and_counted_apart(kb: KnowledgeBase) -> None:
    """For people in the last line, for programs as a level."""
    faults = examine(kb, {"en": FakeIndex(winning(kb), advice=("only 2 articles",))})
    last = as_words(kb, faults).splitlines()[-1]
    assert last == "2 articles in 1 language: 1 error, 1 warning, 1 note"
    (note,) = [row for row in as_rows(faults) if row["level"] == "note"]
    assert note == {
        "path": "shop/articles/en",
        "line": None,
        "level": "note",
        "what": "only 2 articles",
        "do": "add articles and example questions",
    }


def test_a_question_in_two_articles_is_one_finding(tmp_path: Path) -> None:
    """That it stands twice is all there is to say: neither that it finds the other article nor that
    the two would be confused."""
    for name in ("returns", "refunds"):
        file = tmp_path / "shop" / "articles" / "en" / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\ntitle: About {name}\nquestions: [Money back?]\n---\nYes.\n")
    kb = load(tmp_path / "shop", "en", date(2026, 11, 22))
    about = [str(f) for f in examine(kb, indexes_of(kb)) if "money back" in f.what.lower()]
    assert len(about) == 1, about
    assert "Do: keep it in the article that answers it." in about[0]


def test_what_is_checked_is_what_will_answer(
    kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the policy's share of questions that nothing answers, and with the sentence model."""
    made: list[tuple[object, ...]] = []
    monkeypatch.setattr(choose, "choose_index", lambda *given: made.append(given))
    vectors = cast("Vectors", object())
    indexes_of(replace(kb, policy=Policy(unanswerable=0.4)), vectors)
    assert made == [(kb.articles_in("en"), "en", vectors, 0.4)]


def test_the_real_index_is_asked(tmp_path: Path) -> None:
    """Two questions that differ in an accent only look different in their files; no customer's
    spelling tells them apart, and so few articles are too little to learn from."""
    for name, question in (("cv", "where to send my resumé"), ("jobs", "where to send my resume")):
        file = tmp_path / "shop" / "articles" / "en" / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\ntitle: About {name}\nquestions: [{question}]\n---\nYes.\n")
    kb = load(tmp_path / "shop", "en", date(2026, 11, 22))
    faults = examine(kb, indexes_of(kb))
    assert any(
        fault.path == "shop/articles/en/jobs.md" and "finds cv (“About cv”)" in fault.what
        for fault in faults
    )
    assert any(fault.level == "note" and "confidence is guessed" in fault.what for fault in faults)
