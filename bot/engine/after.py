"""What is said after a person has settled something: thanks end it, a question goes to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import Attachment, Outcome, Reply
from bot.engine.complaints import awaits_answer
from bot.engine.offers import hand_over
from bot.engine.turn import Turn
from bot.engine.values import Decision
from bot.knowledge.escape import escape_markdown

_NO_ANSWER = {Outcome.REPHRASE, Outcome.OFFERED_HUMAN}


def or_back_to_person(
    decision: Decision, text: str, attachments: Sequence[Attachment], turn: Turn
) -> Decision:
    """The decision, unless the bot has no answer to what a customer says whom a person has helped a
    short while ago: then that person is who understands it. What the bot answers, it answers; a
    mere sign, or words that it works now, ask for nobody."""
    helper = turn.standing.lately_with
    if helper is None or decision.outcome not in _NO_ANSWER or awaits_answer(turn):
        return decision
    if turn.reading.settled or not (attachments or any(sign.isalnum() for sign in text)):
        return turn.decide(
            Outcome.GREETED,
            "a person has settled it: no more is asked",
            Reply(turn.say("carry_on")),
        )
    if decision.outcome is Outcome.REPHRASE and len(text.split()) < 2:
        return decision  # a single word that nobody would understand, either
    back = hand_over(turn, "came_back", f"{' '.join(decision.why)}; a person has helped lately")
    if back.handoff is None or not helper:
        return back
    return replace(back, reply=Reply(turn.say("handing_back", agent=escape_markdown(helper))))
