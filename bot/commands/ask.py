"""One question without a conversation: what would be decided, and why; and the whole check of the
knowledge base, reading and understanding together."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from bot.app import Mind
from bot.channels.markdown import to_plain
from bot.domain import Address, InboundMessage, Person
from bot.engine import Decision, Standing, decide
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.check import check
from bot.knowledge.faults import Fault
from bot.understanding.hear import PatternError, parse

MATCHES_SHOWN = 5
WORTH_SHOWING = 0.01  # below, an article is not near, it is only the next in line


def ask_once(
    mind: Mind, question: str, language: str, default_language: str, today: date
) -> dict[str, Any]:
    """The decision about a first message, as JSON: outcome, language, reply, matches, reasons."""
    reading = mind.read(question)
    standing = Standing(language=language or default_language, chosen_language=language or None)
    event = InboundMessage(
        external_id="ask",
        address=Address("console", "ask"),
        contact=Person("ask"),
        text=question,
        sent_at=datetime.now(UTC),
    )
    decision = decide(event, reading, standing, mind.kb, today)
    return {
        "question": question,
        "outcome": decision.outcome.value,
        "language": decision.language,
        "languages": {code: round(p, 3) for code, p in reading.languages.items()},
        "heard": sorted(reading.intents),
        "article": decision.article.id if decision.article else None,
        "handoff": decision.handoff,
        "reply": decision.reply.text if decision.reply else None,
        "options": [option.label for option in decision.reply.options] if decision.reply else [],
        "matches": matches_of(decision),
        "why": list(decision.why),
    }


def matches_of(decision: Decision) -> list[dict[str, Any]]:
    """The best matches as JSON."""
    return [
        {
            "article": match.article.id,
            "language": match.article.language,
            "score": round(match.score, 3),
            "evidence": match.evidence,
        }
        for match in decision.matches[:MATCHES_SHOWN]
        if match.score >= WORTH_SHOWING
    ]


def as_words(answer: dict[str, Any]) -> str:
    """The same for a person."""
    lines = [f"{answer['outcome']} ({answer['language']}): {'; '.join(answer['why'])}", ""]
    if answer["reply"]:
        lines += [to_plain(answer["reply"]), ""]
    if answer["options"]:
        lines += [*(f"  [{label}]" for label in answer["options"]), ""]
    if answer["matches"]:
        lines += ["score  article (nearest wording)"]
        lines += [f"{m['score']:.2f}   {m['article']} ({m['evidence']})" for m in answer["matches"]]
    return "\n".join(lines).rstrip()


def faults_of(kb: KnowledgeBase) -> list[Fault]:
    """Everything that is wrong with the knowledge base, by file and line."""
    faults = list(check(kb))
    for code, phrases in kb.phrases.items():
        path = f"{kb.folder}/phrases/{code}.yaml"
        for intent, patterns in phrases.hear.items():
            for number, pattern in enumerate(patterns):
                try:
                    parse(intent, pattern)
                except PatternError as error:
                    line = kb.line(path, "hear", intent, number)
                    faults.append(Fault(path, line, str(error), "mend the pattern"))
    return sorted(faults, key=lambda fault: (fault.path, fault.line or 0))
