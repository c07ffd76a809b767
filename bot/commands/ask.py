"""One question without a conversation: what would be decided, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.channels.markdown import to_plain
from bot.domain import Address, InboundMessage, Match, Mood, Outcome, Person, Reading
from bot.engine import Decision, Standing, decide
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.dates import when
from bot.knowledge.policy import Policy
from bot.mind import Mind

MATCHES_SHOWN = 5
PARTS_SHOWN = 3  # articles of a text that is read alone
OWN = "share"  # the signal that is an article's own: its part of the vote
NUMBER = "C-…"  # of a complaint that is only imagined
UTC_ZONE = ZoneInfo("UTC")
WORTH_SHOWING = 0.01  # below, an article is not near, it is only the next in line


def first_turn(
    mind: Mind, text: str, language: str, today: date, default_language: str = "", before: str = ""
) -> tuple[Reading, Decision]:
    """What is understood of a conversation's first message, and what is decided about it.

    `language` is the customer's choice, if any; `default_language` what the conversation begins
    in, by default whatever the text is most likely in; `before` a question that was asked before
    it, if it is to be read as the next one."""
    reading = mind.read(text, before)
    begins = language or default_language or _likeliest(reading, mind.kb)
    now = datetime.now(UTC)
    standing = Standing(language=begins, chosen_language=language or None, now=now)
    event = InboundMessage(
        external_id="ask",
        address=Address("console", "ask"),
        contact=Person("ask"),
        text=text,
        sent_at=now,
    )
    return reading, decide(event, reading, standing, mind.kb, today)


def _likeliest(reading: Reading, kb: KnowledgeBase) -> str:
    """Of equally likely languages the first, which is the default one."""
    return max(kb.languages, key=lambda code: reading.languages.get(code, 0.0))


def ask_once(
    mind: Mind,
    question: str,
    language: str,
    default_language: str,
    today: date,
    before: str = "",
    zone: ZoneInfo = UTC_ZONE,
) -> dict[str, Any]:
    """The decision about a message, as JSON: outcome, language, reply, and why. `complains`: how
    severe the complaint is that it would open, if it would; the reply then begins as its
    acknowledgement would, without a number, and with the date on that zone's clock."""
    reading, decision = first_turn(mind, question, language, today, default_language, before)
    return {
        "question": question,
        "outcome": decision.outcome.value,
        "language": decision.language,
        "languages": {code: round(p, 3) for code, p in reading.languages.items()},
        "heard": sorted(reading.intents),
        "mood": felt(decision.mood, mind.kb.policy),
        "article": decision.article.id if decision.article else None,
        "handoff": decision.handoff,
        "complains": decision.complains,
        "reply": _reply(decision, mind.kb, zone),
        "options": [option.label for option in decision.reply.options] if decision.reply else [],
        **explained(reading, decision, mind.kb.policy),
    }


def _reply(decision: Decision, kb: KnowledgeBase, zone: ZoneInfo) -> str | None:
    said = decision.reply.text if decision.reply else None
    if decision.complains is None:
        return said
    due = datetime.now(UTC) + kb.policy.complaints.due_after(decision.complains)
    date_said = when(due, zone, decision.language)
    opened = kb.say(decision.language, "complaint_opened", number=NUMBER, due=date_said)
    return "\n\n".join(filter(None, (opened, said)))


def felt(mood: Mood | None, policy: Policy) -> dict[str, Any] | None:
    """A mood, as JSON: how likely the customer is upset, what says so, and what that is called;
    None where nothing tells."""
    if mood is None:
        return None
    level = policy.people.level_of(mood.score)
    return {"score": round(mood.score, 3), "reasons": list(mood.reasons), "level": level}


def explained(reading: Reading, decision: Decision, policy: Policy) -> dict[str, Any]:
    """Why, as JSON: the rule that decided (a code) and its reasons in words; the matches,
    best first; the signals that tell how far they can be believed (of the question, the same for
    all of them); what was second; the questions of a text that asks several (`parts`), and the
    text read as a continuation of the question before it (`in_context`)."""
    matches = [_match(match, policy) for match in _near(decision.matches)]
    context = reading.in_context
    return {
        "rule": rule_of(reading, decision),
        "why": list(decision.why),
        "matches": matches,
        "signals": _signals(decision.matches),
        "second": _second(matches),
        "parts": [_read_alone(part, policy) for part in reading.parts],
        "in_context": _read_alone(context, policy) if context else None,
    }


def rule_of(reading: Reading, decision: Decision) -> str:
    """The code of the rule that decided."""
    if decision.handoff:
        return f"handoff_{decision.handoff}"
    article, count = decision.article, sum(bool(part.intents) for part in reading.parts)
    if decision.outcome is Outcome.OFFERED_HUMAN and article is not None:
        is_foreign = article.language != decision.language
        return "only_in_another_language" if is_foreign else "told_before"
    if decision.outcome is Outcome.OFFERED_HUMAN and decision.context.comforted_at:
        return "offered_because_upset"
    if count and decision.why[0].startswith(f"{count} questions:"):
        return "several_questions"
    return _RULES.get(decision.outcome, decision.outcome.value)


_RULES = {
    Outcome.ANSWERED: "sure_enough",
    Outcome.CLARIFIED: "did_you_mean",
    Outcome.REPHRASE: "nothing_fits",
    Outcome.GREETED: "small_talk",
}


def _near(matches: Sequence[Match]) -> list[Match]:
    return [match for match in matches[:MATCHES_SHOWN] if match.score >= WORTH_SHOWING]


def _match(match: Match, policy: Policy) -> dict[str, Any]:
    article = match.article
    return {
        "article": article.id,
        "language": article.language,
        "title": article.title,
        "score": round(match.score, 3),
        "precision": round(match.precision, 3),
        "precision_asked": policy.precision_for(article.tags),
        "share": round(match.signals.get(OWN, 0.0), 3),
        "evidence": match.evidence,
    }


def _signals(matches: Sequence[Match]) -> dict[str, float]:
    """What the question was judged by; embeddings only where they are in use."""
    of_question = matches[0].signals if matches else {}
    return {
        name: round(value, 3)
        for name, value in of_question.items()
        if name != OWN and (value or name != "embeddings")
    }


def _second(matches: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    if len(matches) < 2:
        return None
    first, second = matches[:2]
    behind = round(first["score"] - second["score"], 3)
    return {"article": second["article"], "score": second["score"], "behind": behind}


def _read_alone(reading: Reading, policy: Policy) -> dict[str, Any]:
    matches = [_match(match, policy) for match in _near(reading.matches)]
    return {
        "text": reading.text,
        "matches": matches[:PARTS_SHOWN],
        "signals": _signals(reading.matches),
    }


# --- for a person --------------------------------------------------------------------------------


def as_words(answer: dict[str, Any]) -> str:
    """The same for a person."""
    lines = [f"{answer['outcome']} ({answer['language']}): {'; '.join(answer['why'])}", ""]
    if answer["reply"]:
        lines += [to_plain(answer["reply"]), ""]
    if answer["options"]:
        lines += [*(f"  [{label}]" for label in answer["options"]), ""]
    lines += _why(answer)
    return "\n".join(lines).rstrip()


def _why(answer: dict[str, Any]) -> list[str]:
    lines = [f"rule: {answer['rule'].replace('_', ' ')}"]
    if heard := ", ".join(answer["heard"]):
        lines.append(f"heard: {heard}")
    if complains := answer.get("complains"):
        lines.append(f"complaint: would be opened, severity {complains}")
    if mood := answer.get("mood"):
        because = f" ({', '.join(mood['reasons'])})" if mood["reasons"] else ""
        lines.append(f"mood: {mood['level']}, {mood['score']:.2f}{because}")
    if second := answer["second"]:
        lines.append(f"second: {second['article']}, {second['behind']:.2f} behind")
    if answer["matches"]:
        lines += ["", *_table(answer["matches"])]
    if answer["signals"]:
        values = (f"{name} {value:.2f}" for name, value in answer["signals"].items())
        lines += ["", f"the question: {', '.join(values)}"]
    for part in answer["parts"]:
        lines += ["", f"part: {part['text']}", *_table(part["matches"])]
    if context := answer["in_context"]:
        lines += ["", f"in context: {context['text']}", *_table(context["matches"])]
    return lines


def _table(matches: Sequence[dict[str, Any]]) -> list[str]:
    """Chance of each article, the share of answers at least this sure that should be right, the
    share that is asked for, and the article's part of the vote."""
    rows = [
        f"{m['score']:6.2f}  {m['precision']:8.0%}  {m['precision_asked']:5.0%}  "
        f"{m['share']:5.2f}  {m['article']} ({m['evidence']})"
        for m in matches
    ]
    return ["chance  expected  asked  share  article (nearest wording)", *rows] if rows else []
