"""Several questions in one message: each gets its answer."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Article, HandoffRule, Match, Option, Reading
from bot.engine.again import told_before
from bot.engine.answers import show
from bot.engine.offers import WORTH_OFFERING, article_option, human_option
from bot.engine.turn import CLOSE_QUESTIONS, Turn, chance, is_confident, see
from bot.engine.values import Decision
from bot.knowledge.escape import escape_markdown

MOST = 3  # answers in one reply
QUOTED = 80  # characters of a question that are repeated to its author
TOLD = 0.95  # probability from which what is told, not asked, is answered
GUESSES = 2  # articles offered for a question that was not understood


def several(turn: Turn) -> Decision | None:
    """The answers to the questions of a message, each below its title, and what is to be said of
    those that were not understood beside them. What is told between them is answered, too, where
    it is sure; what brings a person comes first. None if it asks but one thing that is understood
    as well by itself, or has been told all of it."""
    parts = [_part(turn, reading) for reading in turn.reading.parts]
    count = sum(bool(reading.intents) for reading in turn.reading.parts)
    articles = _articles(turn, parts)
    is_urgent = bool(articles) and _brings_person(articles[0])
    if not parts or (count < 2 and not is_urgent) or _is_one(turn, articles):
        return None
    unclear = [] if is_urgent else [part for part in parts if _is_unclear(part, articles)]
    is_new = any(told_before(article, turn) is None for article in articles)
    if not articles or not is_new or (len(articles) < 2 and not unclear):
        return None
    why = "; ".join(map(_seen, parts))
    text = "\n\n".join([*_texts(articles[:MOST]), *_sorry(unclear, turn)])
    also = [*map(article_option, articles[MOST:]), *_guesses(unclear)]
    if unclear:
        also.append(human_option(turn))
    return show(articles[:MOST], text, turn, f"{count} questions: {why}", also)


def _articles(turn: Turn, parts: Sequence[Turn]) -> list[Article]:
    """What answers the parts, each article once; before all others those that bring a person, be
    it only the whole message that is about them."""
    found = [
        part.matches[0].article
        for part, reading in zip(parts, turn.reading.parts, strict=True)
        if _is_answered(part) and (reading.intents or _is_worth_it(part.matches[0]))
    ]
    if _is_answered(turn) and _brings_person(turn.matches[0].article):
        found.insert(0, turn.matches[0].article)
    once = {article.id: article for article in found}
    return sorted(once.values(), key=lambda article: not _brings_person(article))


def _is_one(turn: Turn, articles: Sequence[Article]) -> bool:
    """Only commas part its questions, and not each has an answer of its own."""
    parts = turn.reading.parts
    return "listed" in parts[0].intents and len(articles) < len(parts)


def _is_worth_it(told: Match) -> bool:
    """Nobody asked; but it may be what the message is about."""
    return told.score >= TOLD or _brings_person(told.article)


def _brings_person(article: Article) -> bool:
    return article.handoff is HandoffRule.ALWAYS


def _part(turn: Turn, reading: Reading) -> Turn:
    """A question of the message, understood alone or as going on with what is said before it."""
    alone = see(turn, reading)
    if reading.in_context is None:
        return alone
    is_vague = "vague" in reading.in_context.intents
    if is_confident(alone) and not is_vague:
        return alone
    continued = see(turn, reading.in_context)
    return continued if is_confident(continued) else alone


def _is_answered(part: Turn) -> bool:
    return is_confident(part) and part.matches[0].article.language == part.language


def _is_unclear(part: Turn, answered: list[Article]) -> bool:
    """Asks for something that none of the answers is about."""
    ids = {article.id for article in answered}
    near = {m.article.id for m in part.matches[:CLOSE_QUESTIONS] if m.score >= WORTH_OFFERING}
    return not _is_answered(part) and "question" in part.reading.intents and not ids & near


def _seen(part: Turn) -> str:
    best = part.matches[0] if part.matches else None
    return f"“{part.reading.text}”: " + (f"{best.article.id} {best.score:.2f}" if best else "–")


def _texts(articles: Sequence[Article]) -> list[str]:
    if len(articles) == 1:
        return [articles[0].body]
    return [f"**{escape_markdown(a.title)}**\n\n{a.body}" for a in articles]


def _sorry(unclear: Sequence[Turn], turn: Turn) -> list[str]:
    quoted = (escape_markdown(part.reading.text[:QUOTED]) for part in unclear)
    return [turn.say("part_unclear", question=text) for text in quoted]


def _guesses(unclear: Sequence[Turn]) -> list[Option]:
    """What may be meant by the others, where it is worth a guess."""
    near = [part for part in unclear if chance(part.matches) >= part.kb.policy.clarify_chance]
    return [article_option(m.article) for part in near for m in part.matches[:GUESSES]]
