"""What brings a person: somebody is in danger, asks for one, or needs one."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import Reply
from bot.engine.complaints import awaits_answer, complain, complains, unsettled
from bot.engine.feelings import DANGER, UPSET, is_upset
from bot.engine.offers import hand_over
from bot.engine.turn import Turn
from bot.engine.values import Decision, Rated
from bot.engine.waiting import left, was_offered_to_leave
from bot.knowledge.escape import escape_markdown

COMMENT_LENGTH = 2000  # of the words after a rating that are kept


def alarmed(turn: Turn) -> Decision | None:
    """Somebody may be in danger: a person, whatever else was said; at once, and marked so."""
    if "emergency" not in turn.reading.intents:
        return None
    context, now = turn.standing.context, turn.standing.now
    decision = hand_over(turn, "emergency", "words of danger to life were heard")
    if turn.standing.with_person:
        said_so = context.was_alarmed(now)
        reply = None if said_so else Reply(turn.say("emergency_with_person"))
        decision = replace(decision, reply=reply)
    context = replace(decision.context, alarmed_at=now.timestamp())
    return replace(decision, context=context, urgency=DANGER)


def asked(turn: Turn, why: str, reason: str = "asked") -> Decision:
    """The person whom the customer asks for; who is upset hears first that we are sorry. Who was
    asked whether their complaint is settled has not said so: its owner comes."""
    if was_offered_to_leave(turn):
        return left(turn, f"{why}, after we said that nobody is there")
    if awaits_answer(turn):
        return unsettled(turn, f"{why}, while we asked whether the complaint is settled")
    decision = hand_over(turn, reason, why)
    helper = turn.standing.lately_with
    if not is_upset(turn):
        if decision.handoff is None or not helper:
            return decision
        return replace(
            decision, reply=Reply(turn.say("handing_back", agent=escape_markdown(helper)))
        )
    return replace(decision, reply=Reply(turn.say("handing_over_upset")), urgency=UPSET)


def needs_person(turn: Turn) -> Decision | None:
    """What brings a person although nobody asked for one: the policy's words, a complaint, or a
    customer who is surely upset."""
    if complains(turn):
        return complain(turn, "the customer complains")
    if "person" in turn.reading.intents:
        decision = hand_over(turn, "policy", "words that bring a person, by the policy")
        return replace(decision, urgency=UPSET if is_upset(turn) else 0)
    if not is_upset(turn) or "thanks" in turn.reading.intents:
        return None
    seen = f"upset with probability {turn.mood.score:.2f} ({', '.join(turn.mood.reasons)})"
    decision = replace(hand_over(turn, "upset", seen), urgency=UPSET)
    ticket = turn.standing.context.comment_on
    if ticket is None:
        return decision
    # Blame after a rating is its explanation, too.
    comment = turn.reading.text.strip()[:COMMENT_LENGTH]
    return replace(decision, rated=Rated("csat", str(ticket), comment=comment))
