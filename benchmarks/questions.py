"""What customers say in a benchmark: the questions that the understanding is tested with."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain import HandoffRule
from bot.mind import build_mind

ROOT = Path(__file__).parent.parent
KNOWLEDGE_BASE = ROOT / "knowledge_base"
_FILE = ROOT / "tests" / "understanding" / "questions.csv"
_SEED = 2
_NAMES = ("Ada Byron", "Maria Ozola", "Олег Петров", "Ayşe Yılmaz", "Łukasz Nowak")


def by_language() -> dict[str, list[str]]:
    """The questions of each language, those that no article answers included, in a fixed order."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["lang"]].append(row["text"])
    for questions in found.values():
        random.Random(_SEED).shuffle(questions)
    return dict(found)


def listed(language: str = "en") -> list[str]:
    """Questions as the articles list them, so that each is answered and none brings a person in."""
    mind = build_mind(KNOWLEDGE_BASE, language, datetime.now(UTC).date())
    found = [
        question
        for article in mind.kb.articles_in(language)
        if article.handoff is HandoffRule.NEVER
        for question in article.questions
        if not mind.read(question).intents
    ]
    random.Random(_SEED).shuffle(found)
    return found


def conversations(customers: int, each: int, first_id: int, sent_at: int) -> list[dict[str, Any]]:
    """Payloads of so many customers with so many questions each, all talking at the same time.

    A customer keeps to one language; the languages are equally common. `sent_at` is in seconds."""
    questions = by_language()
    languages = sorted(questions)
    raws = []
    for number in range(customers * each):
        turn, customer = divmod(number, customers)
        language = languages[customer % len(languages)]
        ready = questions[language]
        text = ready[(customer * each + turn) % len(ready)]
        raws.append(_payload(first_id + number, f"{first_id}-{customer}", language, text, sent_at))
    return raws


def one_conversation(count: int, first_id: int, sent_at: int) -> list[dict[str, Any]]:
    """Payloads of one customer with so many questions; all are answered by the bot."""
    ready = listed()
    return [
        _payload(first_id + number, f"{first_id}", "en", ready[number % len(ready)], sent_at)
        for number in range(count)
    ]


def _payload(number: int, chat: str, language: str, text: str, sent_at: int) -> dict[str, Any]:
    name = _NAMES[sum(map(ord, chat)) % len(_NAMES)]
    return {"id": number, "chat": chat, "name": name, "language": language, "date": sent_at,
            "text": text}  # fmt: skip
