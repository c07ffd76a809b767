"""What the bot knows at one time: a knowledge base, and what understands customers by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.domain import Address, Article, InboundMessage, Outcome, Person, Reading
from bot.engine import Decision, Standing, decide
from bot.knowledge.base import KnowledgeBase, load
from bot.understanding.patterns import PatternError
from bot.understanding.patterns import parse as parse_pattern

if TYPE_CHECKING:
    from bot.understanding.embeddings import Vectors
    from bot.understanding.reading import Understanding

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Mind:
    """The knowledge base and what was built from it; replaced as a whole, never changed."""

    kb: KnowledgeBase
    understanding: Understanding

    def read(self, text: str, before: str = "") -> Reading:
        return self.understanding.read(text, before)


def decided(mind: Mind, text: str, language: str, now: datetime) -> Decision:
    """What would be decided about a question today, were it the first of a talk."""
    event = InboundMessage(
        external_id="again",
        address=Address("console", "again"),
        contact=Person("again"),
        text=text,
        sent_at=now,
    )
    return decide(event, mind.read(text), Standing(language=language), mind.kb, mind.kb.today)


def answer_in(decision: Decision) -> Article | None:
    """The article that a decision answers with, if it does."""
    is_answer = decision.outcome is Outcome.ANSWERED or decision.article is not None
    return decision.article if is_answer and decision.outcome is not Outcome.OFFERED_HUMAN else None


def build_mind(
    folder: Path,
    default_language: str,
    today: date,
    previous: Mind | None = None,
    vectors: Vectors | None = None,
) -> Mind:
    """Load the folder and build its index (blocking). Raises KnowledgeBaseMissing."""
    kb = load(folder, default_language, today, previous.kb if previous else None)
    if previous is not None and kb.fingerprint == previous.kb.fingerprint:
        return Mind(kb, previous.understanding)
    return Mind(kb, understanding_of(kb, vectors, previous.understanding if previous else None))


def understanding_of(
    kb: KnowledgeBase, vectors: Vectors | None = None, previous: Understanding | None = None
) -> Understanding:
    """What reads customers' texts, from what the knowledge base says (blocking, for seconds)."""
    # Half a second of imports, which the start of the process does without.
    from bot.understanding.reading import Understanding

    articles = list(kb.articles.values())
    unanswerable = kb.policy.unanswerable
    return Understanding(articles, hear_of(kb), kb.languages, vectors, unanswerable, previous)


def hear_of(kb: KnowledgeBase) -> dict[str, dict[str, list[str]]]:
    """What is listened for, by language and intent: the phrases' lists and, as "person", the
    policy's words. A pattern that cannot be understood is left out and logged."""
    words = kb.policy.people.words
    return {
        code: _sound(code, {**phrases.hear, "person": words.get(code, ())})
        for code, phrases in kb.phrases.items()
    }


def log_faults(kb: KnowledgeBase) -> None:
    """Say what is wrong in the files, and loudest where the whole policy is not in use."""
    for fault in kb.faults:
        log.warning("knowledge_base_fault", detail=str(fault))
    if kb.has_lost_policy:
        what = "policy.yaml cannot be used, and no good copy is known since the start"
        until = "no supervisors, no words that bring a person, no causes until it is mended"
        log.error("policy_lost", detail=f"{what}: {until}. Do: see `frontdesk kb check`.")


def advise(kb: KnowledgeBase) -> None:
    """Say what a very large knowledge base wants installed; once, for nothing is broken."""
    from bot.understanding import choose

    for language in kb.languages:
        if advice := choose.advice(kb.articles_in(language)):
            log.warning("knowledge_base_large", language=language,
                        detail=f"{advice}; {choose.INSTALL}")  # fmt: skip


def _sound(language: str, hear: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The patterns that can be understood; one with a mistake in it must not silence the bot."""
    sound: dict[str, list[str]] = {intent: [] for intent in hear}
    for intent, patterns in hear.items():
        for pattern in patterns:
            try:
                parse_pattern(intent, pattern)
            except PatternError as error:
                place = f"people.words.{language}" if intent == "person" else f"hear.{intent}"
                detail = f'"{place}": {error.what}. Do: {error.what_to_do}.'
                log.warning("knowledge_base_fault", language=language, detail=detail)
            else:
                sound[intent].append(pattern)
    return sound
