"""A question: answered, asked back, or given to a person."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import Match, Option, Outcome, Reply
from bot.engine.again import tell_again, told_before
from bot.engine.answers import answer
from bot.engine.choices import topic
from bot.engine.offers import WORTH_OFFERING, article_option, hand_over, human_option
from bot.engine.several import several
from bot.engine.turn import (
    CLOSE_QUESTIONS,
    SOME_SENSE,
    Turn,
    chance,
    is_confident,
    same_topic,
    see,
)
from bot.engine.values import Decision, name_of


def question(turn: Turn) -> Decision:
    """Several questions get several answers; one is understood by itself or, if it is too little
    for that, as the continuation of the one before it."""
    decision = several(turn)
    if decision is None and (tag := _named_topic(turn)):
        why = f"its words name the topic {tag}, and alone nothing clear"
        return replace(topic(tag, turn), why=(why,))
    if decision is None:
        turn = _best_seen(turn)
        decision, asked = _one(turn), turn.reading.text
    else:
        asked = [part.text for part in turn.reading.parts if part.intents][-1]
    if decision.outcome in {Outcome.REPHRASE, Outcome.HANDED_OFF}:
        return decision  # what meant nothing has no continuation
    context = decision.context.asking(asked, turn.standing.now)
    return replace(decision, context=context)


def _best_seen(turn: Turn) -> Turn:
    """The turn as its text is understood best: alone, in its context, or by its only question."""
    if turn.reading.in_context is not None:
        continued = replace(see(turn, turn.reading.in_context), continues=True)
        if _says_more(continued, turn):
            return continued
    asked = [part for part in turn.reading.parts if part.intents]
    if not is_confident(turn) and len(asked) == 1 and is_confident(core := see(turn, asked[0])):
        near = {match.article.id for match in turn.matches[:CLOSE_QUESTIONS]}
        return core if core.matches[0].article.id in near else turn
    return turn


def _says_more(continued: Turn, turn: Turn) -> bool:
    """Whether a text is rather meant as a continuation than alone. One that does not say what it is
    about is, however sure it seems, if that leads to what was spoken of; any other only if it is
    not clear alone and, where it does not say so ("and…"), but is merely short, means nothing."""
    heard, clarify = continued.reading.intents, turn.kb.policy.clarify_chance
    if "vague" in heard and same_topic(continued):
        return is_confident(continued) or chance(continued.matches) >= clarify
    if is_confident(turn) or _means_another(continued, turn):
        return False
    if not heard:
        return is_confident(continued) and chance(turn.matches) < clarify
    return is_confident(continued) or chance(continued.matches) > chance(turn.matches)


def _is_just_told(continued: Turn) -> bool:
    found = continued.matches[0].article if continued.matches else None
    if found is None or not continued.told:
        return False
    return continued.told[-1].article == name_of(found)


def _means_another(continued: Turn, turn: Turn) -> bool:
    """It would come to the answer given last, but its own words mean something else."""
    alone = {match.article.id for match in turn.matches[:1]}
    is_same = _is_just_told(continued) and continued.matches[0].article.id not in alone
    return is_same and chance(turn.matches) >= turn.kb.policy.clarify_chance


def _named_topic(turn: Turn) -> str | None:
    """The topic that "and refunds?" names after an answer about something else, which would else
    be read as going on with that answer."""
    if turn.reading.in_context is None or is_confident(turn):
        return None
    continued = see(turn, turn.reading.in_context)
    if not _is_just_told(continued):
        return None
    asked, told = turn.reading.text.casefold().rstrip(" ?!."), continued.matches[0].article
    named = (tag for tag, title in turn.kb.topics(turn.language) if _ends(asked, title.casefold()))
    return next((tag for tag in named if tag not in told.tags), None)


def _ends(text: str, words: str) -> bool:
    return f" {text}".endswith(f" {words}")


def _one(turn: Turn) -> Decision:
    matches = turn.matches
    near = tuple(m.article.id for m in matches[:CLOSE_QUESTIONS] if m.score >= SOME_SENSE)
    close = near or turn.standing.context.close
    turn = turn.with_context(replace(turn.standing.context, close=close))
    best = matches[0].score if matches else 0.0
    seen = f"best match {best:.2f}" + (f" ({matches[0].article.id})" if matches else "")
    if turn.continues:
        seen = f"read as continuing the question before it: {seen}"
    if is_confident(turn):
        return _sure(matches[0], turn, seen)
    if chance(matches) >= turn.kb.policy.clarify_chance:
        near_ones = [m for m in matches[:CLOSE_QUESTIONS] if _is_worth_it(m, turn)]
        return _did_you_mean(near_ones, turn, f"{seen}, not sure enough to answer")
    if turn.standing.context.misses == 0:
        context = replace(turn.standing.context, misses=1)
        reply = Reply(turn.say("rephrase"), (human_option(turn),))
        return turn.decide(Outcome.REPHRASE, f"{seen}: nothing fits", reply, context=context)
    return hand_over(turn, "not_understood", f"{seen}: nothing fits, a second time")


def _is_worth_it(match: Match, turn: Turn) -> bool:
    """Who goes on from an answer does not mean that answer, unless it is the only guess."""
    just_told = turn.continues and turn.told and turn.told[-1].article == name_of(match.article)
    others = any(m.score >= WORTH_OFFERING for m in turn.matches[1:CLOSE_QUESTIONS])
    return match.score >= WORTH_OFFERING and not (just_told and others)


def _sure(match: Match, turn: Turn, seen: str) -> Decision:
    wanted = turn.kb.policy.precision_for(match.article.tags)
    right = f"of answers at least this sure, {match.precision:.0%} should be right"
    why = f"{seen}; {right}, {wanted:.0%} is asked for"
    earlier = told_before(match.article, turn)
    if earlier is not None:
        return tell_again(match.article, earlier, turn, why)
    return answer(match, turn, why)


def _did_you_mean(near: list[Match], turn: Turn, why: str) -> Decision:
    options = [article_option(match.article) for match in near]
    phrases = ("did_you_mean", "none_of_these")
    asked, other = phrases if len(near) > 1 else ("did_you_mean_one", "something_else")
    reply = Reply(turn.say(asked), (*options, Option(turn.say(other), "none")))
    return turn.decide(Outcome.CLARIFIED, why, reply)
