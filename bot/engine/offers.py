"""What a customer is offered: another article, or a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain import Article, Option, Outcome, Reply
from bot.engine.turn import Turn
from bot.engine.values import Decision

WORTH_OFFERING = 0.05  # probability from which an article is worth a button
# What is said by reason: of the bot's own failures, and of feelings.
_PHRASE_OF = {
    "not_understood": "handing_over_sorry",
    "error": "handing_over_sorry",
    "again": "handing_over_sorry",
    "upset": "handing_over_upset",
    "emergency": "handing_over_emergency",
    "policy": "handing_over_policy",
}


def article_option(article: Article) -> Option:
    return Option(article.title, f"article:{article.id}")


def human_option(turn: Turn) -> Option:
    return Option(turn.say("talk_to_person"), "human")


def offer(turn: Turn, phrase: str, why: str, **rest: Any) -> Decision:
    options = (human_option(turn), Option(turn.say("no_thanks"), "no_human"))
    return turn.decide(Outcome.OFFERED_HUMAN, why, Reply(turn.say(phrase), options), **rest)


def hand_over(turn: Turn, reason: str, why: str, article: Article | None = None) -> Decision:
    """Bring a person in; the customer is told that somebody comes. What the bot has said by then
    is the person's to know: afterwards it begins anew."""
    if turn.standing.with_person:
        reply = Reply(turn.say("already_handed_over"))
        return turn.decide(Outcome.RELAYED, f"{why}; a person has it already", reply)
    reply = Reply(turn.say(_PHRASE_OF.get(reason, "handing_over")))
    context = replace(turn.standing.context, misses=0, asked="", told=())
    return turn.decide(
        Outcome.HANDED_OFF, why, reply, handoff=reason, article=article, context=context
    )
