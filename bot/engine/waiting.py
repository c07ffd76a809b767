"""What a customer is told who is to wait for a person: when somebody will be there, and how to
change their mind. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import Option, Outcome, Reply
from bot.engine.offers import hand_over
from bot.engine.turn import Turn
from bot.engine.values import Decision
from bot.knowledge.dates import day_and_time

# Behind the buttons of who waits, or may.
LEAVE_IT, WAIT, LEAVE_MESSAGE, CANCEL = "leave_it", "wait", "leave_message", "cancel_handover"
BUTTONS = {WAIT, LEAVE_MESSAGE, CANCEL}
NO_HUMAN = "no_human"

LEFT = "left"  # the reason of a handover that was asked for while nobody was there
# Who needs a person so much, or is answered beside, is not asked to choose while nobody is there.
_NO_CHOICE = {
    LEFT, "emergency", "complaint", "upset", "reopened", "policy", "error", "article",
}  # fmt: skip
CANCEL_WORDS = 6  # a longer message says more than that it is no longer needed


def within_hours(decision: Decision, turn: Turn) -> Decision:
    """The decision, if it brings a person, as it can be kept: while nobody is there the customer
    hears when somebody will be, and may choose; while they wait they may change their mind."""
    if decision.handoff is None or turn.standing.with_person or decision.reply is None:
        return decision
    opens_at = turn.standing.opens_at
    is_urgent = decision.urgency > 0 or decision.complains is not None
    if opens_at is None:
        is_needed = is_urgent or decision.handoff in _NO_CHOICE - {LEFT}
        return decision if is_needed else _with(decision, _option(turn, "no_longer_needed", CANCEL))
    time = day_and_time(opens_at, turn.standing.zone, turn.language, turn.standing.now)
    if is_urgent or decision.handoff in _NO_CHOICE:
        if decision.handoff == LEFT:
            return replace(decision, reply=Reply(turn.say("left_with_us", time=time)))
        text = "\n\n".join(filter(None, (decision.reply.text, turn.say("closed_until", time=time))))
        return replace(decision, reply=replace(decision.reply, text=text))
    return replace(_choice(turn, decision, time), mood=decision.mood, can_wait=decision.can_wait)


def _choice(turn: Turn, decision: Decision, time: str) -> Decision:
    """Nobody is there: leave it with us, or go on with the bot. What was asked is remembered."""
    options = (
        _option(turn, "leave_it", LEAVE_IT),
        _option(turn, "go_on_with_bot", NO_HUMAN),
    )
    context = replace(turn.standing.context, misses=0, close=decision.context.close)
    why = (*decision.why, f"but nobody is there until {time}")
    reply = Reply(turn.say("closed_choice", time=time), options)
    return turn.decide(Outcome.OFFERED_HUMAN, why, reply, context=context)


def _with(decision: Decision, option: Option) -> Decision:
    assert decision.reply is not None
    reply = replace(decision.reply, options=(*decision.reply.options, option))
    context = replace(decision.context, options=tuple(o for o in reply.options if o.value))
    return replace(decision, reply=reply, context=context)


def _option(turn: Turn, key: str, value: str) -> Option:
    return Option(turn.say(key), value)


def left(turn: Turn, why: str) -> Decision:
    """The customer leaves it with us, for when somebody is there."""
    return hand_over(turn, LEFT if turn.standing.opens_at else "accepted", why)


def was_offered_to_leave(turn: Turn) -> bool:
    """Whether the last thing that was asked is if they leave it with us."""
    return any(option.value == LEAVE_IT for option in turn.standing.context.options)


def while_waiting(value: str, turn: Turn) -> Decision:
    """A customer who waits has pressed one of the buttons they were given for it."""
    if value == CANCEL:
        return cancelled(turn, "pressed: no longer needed")
    key = "waiting_on" if value == WAIT else "leave_message_now"
    return turn.decide(Outcome.RELAYED, f"pressed: {value}", Reply(turn.say(key)))


def says_no_longer_needed(turn: Turn) -> bool:
    """Whether a short message says that no person is needed any more."""
    text = turn.reading.text
    is_short = len(text.split()) <= CANCEL_WORDS and "?" not in text
    is_settled = bool(turn.reading.settled) and turn.standing.complaint is None
    return is_short and (is_settled or "cancel" in turn.reading.intents)


def cancelled(turn: Turn, why: str) -> Decision:
    """The handover is off, and the bot answers again; not where a colleague has begun, or has
    something to put right: they are told."""
    is_begun = turn.standing.is_claimed or turn.standing.complaint is not None
    if is_begun:
        reply = Reply(turn.say("cancel_passed_on"))
        return turn.decide(Outcome.RELAYED, f"{why}; a person has begun", reply)
    reply = Reply(turn.say("handover_cancelled"))
    return replace(turn.decide(Outcome.NOTED, why, reply), cancels=True)
