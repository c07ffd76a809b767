"""What customers say of complaints: that they have one, and whether it is settled."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import Article, Option, Outcome, Reply
from bot.engine.feelings import UPSET, is_displeased, is_upset
from bot.engine.offers import hand_over
from bot.engine.turn import Turn
from bot.engine.values import Decision

COMPLAIN = "complaint"  # the value of the button "make a complaint"
_UNCLEAR = {Outcome.CLARIFIED, Outcome.REPHRASE, Outcome.OFFERED_HUMAN}


def complain(turn: Turn, why: str, text: str = "", article: Article | None = None) -> Decision:
    """Open a complaint, with a person who will own it, and `text` below its acknowledgement; who
    has one open is told so."""
    if is_open(turn):
        return _has_complained(turn, why)
    decision = hand_over(turn, "complaint", why, article)
    is_high = is_upset(turn) or "threat" in turn.reading.intents
    return replace(
        decision,
        reply=Reply(text),
        complains="high" if is_high else "normal",
        urgency=UPSET,
    )


def complains(turn: Turn) -> bool:
    """Whether the customer makes a complaint: says so, or is wronged and sounds like it."""
    intents = turn.reading.intents
    return "complaint" in intents or ("grievance" in intents and is_displeased(turn))


def is_open(turn: Turn) -> bool:
    """Whether this conversation has a complaint that is not closed."""
    complaint = turn.standing.complaint
    return complaint is not None and not complaint.is_assumed


def awaits_answer(turn: Turn) -> bool:
    """Whether the customer was asked if their complaint is settled, has not said, and no person has
    the conversation."""
    complaint = turn.standing.complaint
    is_asked = complaint is not None and complaint.is_asked
    return is_asked and is_open(turn) and not turn.standing.with_person


def _has_complained(turn: Turn, why: str) -> Decision:
    if turn.standing.with_person:
        reply = Reply(turn.say("already_handed_over"))
        return turn.decide(Outcome.RELAYED, f"{why}; their complaint is open", reply)
    return unsettled(turn, f"{why}; their complaint is open")


def settles(turn: Turn) -> Decision | None:
    """What the customer says to "is this settled for you?": yes, no, or something else. Words
    count before their tone: a mere "yes" may sound curt. Of what was closed for their silence only
    a plain word counts: they may well speak of something new."""
    complaint = turn.standing.complaint
    if complaint is None or not complaint.is_asked:
        return None
    intents, said = turn.reading.intents, turn.reading.settled
    if turn.standing.with_person:  # whose questions a mere yes or no may answer
        no = "the complaint is not settled, says the customer to the person"
        return unsettled(turn, no) if said is False else None
    if said is False or (said is None and intents & {"no", "unhelpful"}):
        return unsettled(turn, "the complaint is not settled for the customer")
    if said or "yes" in intents:
        return settled(turn, "the complaint is settled for the customer")
    if complaint.is_assumed:
        return None
    if intents & {"human", "complaint"} or is_displeased(turn):
        return unsettled(turn, "the customer does not sound as if the complaint were settled")
    return settled(turn, "thanks for the complaint") if "thanks" in intents else None


def or_asked_again(decision: Decision, turn: Turn) -> Decision:
    """The decision, unless these words were to say whether the complaint is settled, and did not
    make sense: then that is asked once more, and the second time a person reads them."""
    complaint, context = turn.standing.complaint, turn.standing.context
    were_to = any((each.value or "").startswith("settled:") for each in context.options)
    is_unclear = decision.outcome in _UNCLEAR or decision.handoff == "not_understood"
    if complaint is None or complaint.is_assumed or not were_to or not is_unclear:
        return decision
    if context.misses:
        return unsettled(turn, "unclear twice whether the complaint is settled")
    answers = (
        Option(turn.say("complaint_yes"), f"settled:1:{complaint.id}"),
        Option(turn.say("complaint_no"), f"settled:0:{complaint.id}"),
    )
    context, reply = replace(context, misses=1), Reply(turn.say("complaint_unclear"), answers)
    return turn.decide(Outcome.REPHRASE, "unclear whether it is settled", reply, context=context)


def settled(turn: Turn, why: str) -> Decision:
    return turn.decide(Outcome.NOTED, why, Reply(turn.say("complaint_settled")), settled=True)


def unsettled(turn: Turn, why: str) -> Decision:
    """The complaint goes on, with its owner."""
    decision = hand_over(turn, "reopened", why)
    return replace(
        decision, reply=Reply(turn.say("complaint_reopened")), settled=False, urgency=UPSET
    )
