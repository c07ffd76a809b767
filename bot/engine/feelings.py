"""How a customer feels, and what is said to somebody who may be upset."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from bot.domain import Mood, Outcome, Reading
from bot.engine.offers import human_option
from bot.engine.turn import Turn
from bot.engine.values import Decision, Standing

UPSET, DANGER = 1, 2  # a ticket's urgency
MANY = 4  # messages in one breath that are a sign of their own
IN_VAIN = 2  # times an article was shown for somebody whom it did not help
# What a sign that is no word adds to the log-odds of being upset. Set by hand: there is no data to
# learn it from. None is enough by itself to make a plain question (-3 and below) look upset.
IN_VAIN_WEIGHT, AGAIN_WEIGHT, BURST_WEIGHT = 0.7, 0.7, 0.5
EARLIER_SHARE, EARLIER_MOST = 0.35, 0.7  # of what the message before said, and at most
CERTAIN = 1e-6

# Outcomes beside which a person may be offered; elsewhere one comes, or is offered, anyway.
_WITH_OFFER = {
    Outcome.ANSWERED, Outcome.CLARIFIED, Outcome.REPHRASE, Outcome.GREETED, Outcome.OFFERED_HUMAN,
    Outcome.RATED,
}  # fmt: skip
# What would be cold, or cheerful, to somebody who is upset; in its place they are asked about it.
_COLD = {Outcome.REPHRASE, Outcome.GREETED}


def mood_in(standing: Standing, reading: Reading, messages: int = 1) -> Mood:
    """The mood of a text in its conversation: what its words say, and what happened before it.
    `messages`: how many came in one breath."""
    said = reading.mood
    if not reading.text.strip():
        return said
    odds = _odds(said.score)
    reasons = list(said.reasons)
    for sign, weight in _signs(standing, reading, messages):
        odds += weight
        reasons.append(sign)
    return Mood(1 / (1 + math.exp(-odds)), tuple(reasons))


def _odds(probability: float) -> float:
    bounded = min(max(probability, CERTAIN), 1 - CERTAIN)
    return math.log(bounded / (1 - bounded))


def _signs(standing: Standing, reading: Reading, messages: int) -> Iterator[tuple[str, float]]:
    told = standing.context.told_lately(standing.now)
    in_vain = [each for each in told if each.times >= IN_VAIN]
    if in_vain:
        yield "in_vain", IN_VAIN_WEIGHT
    if in_vain and reading.matches and reading.matches[0].article.id == in_vain[-1].place[0]:
        yield "again", AGAIN_WEIGHT
    if messages >= MANY:
        yield "burst", BURST_WEIGHT
    before = standing.context.mood_before(standing.now)
    if before > 1 / 2:
        yield "before", min(EARLIER_SHARE * _odds(before), EARLIER_MOST)


def is_upset(turn: Turn) -> bool:
    return turn.mood.score >= turn.kb.policy.people.upset


def is_displeased(turn: Turn) -> bool:
    return turn.mood.score >= turn.kb.policy.people.offer


def _is_cheer(decision: Decision, turn: Turn) -> bool:
    """Whether somebody who is upset would be greeted as if nothing had happened."""
    return decision.outcome is Outcome.GREETED and "greeting" in turn.reading.intents


def with_comfort(decision: Decision, turn: Turn) -> Decision:
    """The decision for somebody who may be upset: what it says, after a word of regret and beside
    the offer of a person; once in a conversation. Nothing is withheld from who only seems so."""
    now, reply = turn.standing.now, decision.reply
    if (
        reply is None
        or decision.outcome not in _WITH_OFFER
        or not is_displeased(turn)
        or (turn.standing.context.was_comforted(now) and not _is_cheer(decision, turn))
    ):
        return decision
    if "unhelpful" in turn.reading.intents:  # what is said then is sorry, and offers a person
        return replace(decision, context=replace(decision.context, comforted_at=now.timestamp()))
    is_cold = decision.outcome in _COLD
    text = turn.say("sorry_tell_me") if is_cold else f"{turn.say('sorry_first')}\n\n{reply.text}"
    others = () if is_cold else reply.options
    options = tuple(dict.fromkeys((*others, human_option(turn))))
    context = replace(
        decision.context,
        comforted_at=now.timestamp(),
        options=tuple(option for option in options if option.value),
    )
    seen = f"perhaps upset ({turn.mood.score:.2f}): a person is offered"
    outcome = Outcome.OFFERED_HUMAN if is_cold else decision.outcome
    return replace(
        decision,
        outcome=outcome,
        context=context,
        reply=replace(reply, text=text, options=options),
        why=(*decision.why, seen),
    )
