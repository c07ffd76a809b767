"""`frontdesk ask` says why: each signal, the nearest phrasing, what was second, which rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.commands.ask import as_words, explained, felt
from bot.domain import Address, Article, HandoffRule, InboundMessage, Match, Mood, Person, Reading
from bot.engine import Standing, decide
from bot.knowledge.base import KnowledgeBase, load
from bot.knowledge.policy import People, Policy
from tests.conftest import KNOWLEDGE_BASE

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PARCEL = Article("parcel", "en", "Where is my parcel?", "On its way.", tags=("delivery",))
REFUND = Article("refund", "en", "When is my refund paid?", "Soon.")
FIRE = Article("fire", "en", "It burns!", "Go outside.", handoff=HandoffRule.ALWAYS)
LATVIAN = Article("hours", "lv", "Kad esat atvērti?", "Vienmēr.")


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    """Four articles, the shipped phrases, and a stricter precision for what is about delivery."""
    articles = {(each.language, each.id): each for each in (PARCEL, REFUND, FIRE, LATVIAN)}
    policy = Policy(precision=0.9, precision_by_tag={"delivery": 0.95})
    return replace(load(KNOWLEDGE_BASE, "en", TODAY), articles=articles, policy=policy)


def match(article: Article, score: float, precision: float = 0.0, **signals: float) -> Match:
    return Match(article, score, f"nearest of {article.id}", precision, signals)


def why(kb: KnowledgeBase, *matches: Match, **rest: Any) -> dict[str, Any]:
    """What is explained of a question with these matches, as the first of a conversation."""
    reading = Reading("where is it", {"en": 1.0}, matches, **rest)
    event = InboundMessage("1", Address("console", "1"), Person("1"), reading.text, NOW)
    decision = decide(event, reading, Standing("en", now=NOW), kb, TODAY)
    return {
        "outcome": decision.outcome.value,
        "language": decision.language,
        "heard": sorted(reading.intents),
        "reply": decision.reply.text if decision.reply else None,
        "options": [],
        **explained(reading, decision, kb.policy),
    }


def test_every_signal_the_nearest_phrasing_and_what_was_second(kb: KnowledgeBase) -> None:
    """With the precision asked for, which is the strictest of the article's tags."""
    answer = why(
        kb, match(PARCEL, 0.91234, 0.97, words=0.8, share=0.7), match(REFUND, 0.05, words=0.8)
    )
    assert answer["signals"] == {"words": 0.8}
    assert answer["matches"][0] == {
        "article": "parcel",
        "language": "en",
        "title": "Where is my parcel?",
        "score": 0.912,
        "precision": 0.97,
        "precision_asked": 0.95,
        "share": 0.7,
        "evidence": "nearest of parcel",
    }
    assert answer["matches"][1]["precision_asked"] == 0.9
    assert answer["second"] == {"article": "refund", "score": 0.05, "behind": 0.862}
    assert answer["rule"] == "sure_enough"
    assert "97%" in " ".join(answer["why"])


@pytest.mark.parametrize(
    ("matches", "rest", "rule"),
    [
        ([match(REFUND, 0.6, 0.7), match(PARCEL, 0.3)], {}, "did_you_mean"),
        ([match(REFUND, 0.02)], {}, "nothing_fits"),
        ([match(FIRE, 0.99, 0.99)], {}, "handoff_article"),
        ([match(LATVIAN, 0.99, 0.99)], {}, "only_in_another_language"),
        ([], {"intents": frozenset({"human"})}, "handoff_asked"),
        ([], {"intents": frozenset({"greeting"})}, "small_talk"),
    ],
    ids=["unsure", "nothing", "always", "language", "human", "greeting"],
)
def test_the_rule_that_decided(
    matches: list[Match], rest: dict[str, Any], rule: str, kb: KnowledgeBase
) -> None:
    """Each rule has a code of its own, beside its reasons in words."""
    answer = why(kb, *matches, **rest)
    assert answer["rule"] == rule
    assert answer["why"]


def test_a_mood_is_told_with_its_level_and_its_reasons() -> None:
    """By the thresholds of the policy; of a button nothing is known."""
    policy = Policy(people=People(upset=0.8, offer=0.5))
    mood = Mood(0.71234, ("“stolen”", "capitals"))
    assert felt(mood, policy) == {
        "score": 0.712, "reasons": ["“stolen”", "capitals"], "level": "displeased",
    }  # fmt: skip
    assert [policy.people.level_of(score) for score in (0.0, 0.49, 0.5, 0.8, 1.0)] == [
        "calm", "calm", "displeased", "upset", "upset",
    ]  # fmt: skip
    assert felt(None, policy) is None


@pytest.mark.parametrize(
    ("rest", "rule"),
    [
        ({"mood": Mood(0.97)}, "handoff_upset"),
        ({"mood": Mood(0.97), "intents": frozenset({"complaint"})}, "handoff_complaint"),
        ({"intents": frozenset({"emergency"})}, "handoff_emergency"),
        ({"intents": frozenset({"person"})}, "handoff_policy"),
        ({"mood": Mood(0.6)}, "offered_because_upset"),
    ],
    ids=["upset", "complaint", "emergency", "words", "offered"],
)
def test_the_rule_that_brought_a_person(rest: dict[str, Any], rule: str, kb: KnowledgeBase) -> None:
    """Each reason for which nobody asked has its own code."""
    assert why(kb, **rest)["rule"] == rule


def test_for_a_person_the_mood_is_a_line(kb: KnowledgeBase) -> None:
    """With what said so; where nothing is known, there is none."""
    mood = felt(Mood(0.6, ("“stolen”", "capitals")), kb.policy)
    lines = as_words({**why(kb), "mood": mood}).splitlines()
    assert "mood: displeased, 0.60 (“stolen”, capitals)" in lines
    assert "mood" not in as_words(why(kb))


def test_several_questions_are_explained_one_by_one(kb: KnowledgeBase) -> None:
    """Each part with what it matched; the rule says that there were several."""
    one = Reading("Where is it?", {"en": 1.0}, (match(PARCEL, 0.97, 0.99),),
                  frozenset({"question"}))  # fmt: skip
    two = replace(one, text="And my money?", matches=(match(REFUND, 0.96, 0.99),))
    answer = why(kb, match(PARCEL, 0.5, 0.5), match(REFUND, 0.4, 0.4), parts=(one, two))
    assert [part["text"] for part in answer["parts"]] == ["Where is it?", "And my money?"]
    assert answer["parts"][1]["matches"][0]["article"] == "refund"
    assert answer["rule"] == "several_questions"


def test_a_question_that_goes_on_is_explained_with_the_one_before(kb: KnowledgeBase) -> None:
    """What it means in context, and what it would have meant alone."""
    whole = Reading("where is it parcel", {"en": 1.0}, (match(PARCEL, 0.97, 0.99),))
    answer = why(kb, match(REFUND, 0.1, 0.1), in_context=whole)
    assert answer["in_context"]["text"] == "where is it parcel"
    assert answer["in_context"]["matches"][0]["article"] == "parcel"


def test_embeddings_are_no_signal_where_there_are_none(kb: KnowledgeBase) -> None:
    """What is off says nothing; other signals that are nought do."""
    off = why(kb, match(PARCEL, 0.9, 0.97, senses=0.0, embeddings=0.0))
    on = why(kb, match(PARCEL, 0.9, 0.97, senses=0.0, embeddings=0.4))
    assert (off["signals"], on["signals"]) == ({"senses": 0}, {"senses": 0, "embeddings": 0.4})


def test_for_a_person_the_matches_are_a_table(kb: KnowledgeBase) -> None:
    """A compact one: a line a match; then what the question was judged by, once."""
    words = as_words(why(
        kb, match(PARCEL, 0.9, 0.97, words=0.8, share=0.7), match(REFUND, 0.05, 0.1, share=0.1)
    ))  # fmt: skip
    lines = words.splitlines()
    assert "rule: sure enough" in lines
    assert "second: refund, 0.85 behind" in lines
    table = [line.split() for line in lines[lines.index("rule: sure enough") + 3 :] if line]
    assert table == [
        ["chance", "expected", "asked", "share", "article", "(nearest", "wording)"],
        ["0.90", "97%", "95%", "0.70", "parcel", "(nearest", "of", "parcel)"],
        ["0.05", "10%", "90%", "0.10", "refund", "(nearest", "of", "refund)"],
        ["the", "question:", "words", "0.80"],
    ]


def test_where_nothing_matched_there_is_no_table(kb: KnowledgeBase) -> None:
    """The rule and its reasons are all there is."""
    answer = why(kb)
    assert (answer["matches"], answer["second"], answer["parts"]) == ([], None, [])
    assert "chance" not in as_words(answer)
