"""Something was written: a command, a request for a person, small talk, or a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain import Attachment, Match, Outcome, Reply
from bot.engine.after import or_back_to_person
from bot.engine.answers import answer
from bot.engine.buttons import pressed, typed_button
from bot.engine.choices import set_language, stop, topic_options
from bot.engine.complaints import complain, complains, is_open, or_asked_again, settles
from bot.engine.feelings import UPSET, is_upset, with_comfort
from bot.engine.joining import JOIN, asked_to_join, asks_to_join
from bot.engine.offers import hand_over, human_option, offer
from bot.engine.people import COMMENT_LENGTH, alarmed, asked, needs_person
from bot.engine.questions import question
from bot.engine.turn import PLAIN_COMMANDS, Turn, is_confident
from bot.engine.values import Decision, Rated
from bot.engine.waiting import LEAVE_IT, cancelled, says_no_longer_needed

COMMAND_HUMAN, COMMAND_STOP, COMMAND_COMPLAINT = "/human", "/stop", "/complaint"
# An order's, a parcel's, an invoice's number: it names something, and asks nothing.
REFERENCE = re.compile(r"\b[A-Za-z]{1,4}-?\d{4,}\b|\b\d{5,}\b")
CLEAR_SCORE = 0.95  # probability from which words beside a number are a question of their own
# What is said to small talk, the weightiest first: "hi, are you a bot?" asks for an answer.
PHRASE_OF = {
    "bot": "i_am_a_bot",
    "greeting": "greeting",
    "thanks": "thanks",
    "goodbye": "goodbye",
    "chatter": "carry_on",
}
REFERENCE_WORDS = 5  # around it, at most: "my order number is HB-104233"


def said(text: str, attachments: Sequence[Attachment], turn: Turn) -> Decision:
    """Decide about words, with or without something attached to them."""
    decision = alarmed(turn) or asked_to_join(text, turn) or _command(text, turn)
    if decision is not None:
        return decision
    decision = _plainly_meant(text, turn)
    if decision is not None:
        return with_comfort(decision, turn)
    decision = or_asked_again(_understood(text, attachments, turn), turn)
    decision = or_back_to_person(decision, text, attachments, turn)
    decision = with_comfort(decision, turn)
    # An answer goes out at once; for anything less, what the customer may add is worth waiting.
    is_answer = decision.outcome is Outcome.ANSWERED or decision.handoff in {
        "article",
        "again",
        "complaint",
    }
    return replace(decision, can_wait=not is_answer)


def _plainly_meant(text: str, turn: Turn) -> Decision | None:
    """What more words would not change: buttons, who needs or wants a person, or to be left."""
    if turn.standing.with_person:
        return _to_person(turn)
    value = typed_button(text, turn.standing.context.options)
    if value is not None:
        return pressed(value, turn)
    answered = settles(turn)
    if answered is not None:
        return answered
    if "human" in turn.reading.intents and not complains(turn):
        return asked(turn, "the customer asks for a person")
    if "stop" in turn.reading.intents:
        return stop(turn)
    return asks_to_join(turn) or needs_person(turn) or _answered_by_yes_or_no(turn)


def _to_person(turn: Turn) -> Decision:
    """The bot is silent, but for a complaint, which gets its number at once, and for who needs no
    person any more."""
    if says_no_longer_needed(turn) and not turn.standing.is_claimed:
        return cancelled(turn, "the customer needs no person any more")
    if complains(turn) and not is_open(turn):
        return complain(turn, "the customer complains to the person who has this conversation")
    answered = settles(turn)
    if answered is not None:
        return answered
    decision = turn.decide(Outcome.RELAYED, "a person has this conversation")
    return replace(decision, urgency=UPSET if is_upset(turn) else 0)


def _understood(text: str, attachments: Sequence[Attachment], turn: Turn) -> Decision:
    if attachments and not text:
        return _attached(attachments, turn)
    if turn.standing.context.comment_on is not None and _is_comment(turn):
        return _comment(text, turn)
    if says_no_longer_needed(turn) and not is_confident(turn):
        return turn.decide(Outcome.GREETED, "no longer needed", Reply(turn.say("carry_on")))
    small_talk = _small_talk(turn)
    if small_talk is not None:
        return small_talk
    if _is_reference(text) and not _is_clear(turn):
        return offer(turn, "reference_seen", "a number, which only a person can look up")
    return question(turn)


def _attached(attachments: Sequence[Attachment], turn: Turn) -> Decision:
    if all(attachment.kind == "sticker" for attachment in attachments):
        return turn.decide(Outcome.GREETED, "a sticker", Reply(turn.say("carry_on")))
    return offer(turn, "attachment_seen", "an attachment without words")


def _is_clear(turn: Turn) -> bool:
    """Asked for something beside naming a number."""
    return is_confident(turn) and turn.matches[0].score >= CLEAR_SCORE


def _is_reference(text: str) -> bool:
    found = REFERENCE.search(text)
    return found is not None and len(REFERENCE.sub("", text).split()) <= REFERENCE_WORDS


def _command(text: str, turn: Turn) -> Decision | None:
    if text.casefold() in PLAIN_COMMANDS:
        text = f"/{text}"
    if not text.startswith("/"):
        return None
    word, _, rest = text.partition(" ")
    word, rest = word.partition("@")[0].lower(), rest.strip()
    if word == "/language":
        return set_language(rest.lower(), turn)
    if word == COMMAND_STOP:
        return stop(turn)
    if word == COMMAND_COMPLAINT:
        return complain(turn, "/complaint")
    if turn.standing.with_person:
        if word == COMMAND_HUMAN:
            reply = Reply(turn.say("already_handed_over"))
            return turn.decide(Outcome.RELAYED, "/human, and a person has it already", reply)
        return None
    if word == COMMAND_HUMAN:
        return asked(turn, "/human")
    if word == "/start":
        return _start(rest, turn)
    if word == "/help":
        reply = Reply(turn.say("help", slash=turn.slash), (human_option(turn),))
        return turn.decide(Outcome.GREETED, "/help", reply)
    return None


def _start(payload: str, turn: Turn) -> Decision:
    article = turn.kb.article(payload, turn.language) if payload else None
    context = replace(turn.standing.context, misses=0, started_with=payload[:64])
    if article is not None:
        decision = answer(Match(article, 1.0, payload), turn, f"the link names “{payload}”")
        context = replace(decision.context, started_with=payload[:64])
        return replace(decision, context=context, opted_out=False)
    reply = Reply(turn.say("welcome"), topic_options(turn))
    return turn.decide(Outcome.GREETED, "/start", reply, context=context, opted_out=False)


def _is_comment(turn: Turn) -> bool:
    """Praise and blame after a rating; a greeting or a clear question begins something new."""
    intents = turn.reading.intents
    return "greeting" not in intents and (bool(intents) or not is_confident(turn))


def _comment(text: str, turn: Turn) -> Decision:
    rated = Rated("csat", str(turn.standing.context.comment_on), comment=text[:COMMENT_LENGTH])
    reply = Reply(turn.say("csat_comment_thanks"))
    return turn.decide(Outcome.RATED, "words after a rating", reply, rated=rated)


def _answered_by_yes_or_no(turn: Turn) -> Decision | None:
    """A yes or no to what was asked last."""
    intents, options = turn.reading.intents, turn.standing.context.options
    offered = [option.value or "" for option in options]
    if "unhelpful" in intents:
        return _unhelped(offered, turn)
    meant = _yes_or_no(offered, "yes" in intents) if intents in ({"yes"}, {"no"}) else None
    if meant is not None:
        return pressed(meant, turn)
    # Where a person was only mentioned beside an answer, "ok, thanks" accepts the answer.
    is_yes = "yes" in intents and ("thanks" not in intents or "no_human" in offered)
    if "human" in offered and is_yes:
        return hand_over(turn, "accepted", "the customer says yes to a person")
    if "human" in offered and "no" in intents:
        return turn.decide(Outcome.GREETED, "no person wanted", Reply(turn.say("carry_on")))
    return None


def _unhelped(offered: list[str], turn: Turn) -> Decision | None:
    """What was said last did not help: a person, if one was offered already."""
    meant = _yes_or_no(offered, is_yes=False)
    if meant is not None:
        return pressed(meant, turn)
    if "human" not in offered or not turn.told:
        return None
    article = turn.kb.article(*turn.told[-1].place)
    return hand_over(turn, "again" if article else "accepted", "the answer did not help", article)


def _small_talk(turn: Turn) -> Decision | None:
    intents = turn.reading.intents
    if "unhelpful" in intents:
        return offer(turn, "unhelpful", "what was said before did not help")
    if intents and intents <= {"yes", "no"}:
        return turn.decide(Outcome.GREETED, "a yes or no to nothing", Reply(turn.say("carry_on")))
    intent = next((i for i in PHRASE_OF if i in intents), None)
    if intent is None or (intent == "bot" and is_confident(turn)):  # an article may know better
        return None
    options = topic_options(turn) if intent == "greeting" else ()
    if intent == "bot":
        options = (human_option(turn),)
    context = replace(turn.standing.context, misses=0)
    if intent in {"thanks", "goodbye"}:  # that was that: nothing will continue it
        context = replace(context, asked="")
    reply = Reply(turn.say(PHRASE_OF[intent]), options)
    return turn.decide(Outcome.GREETED, f"heard: {intent}", reply, context=context)


def _yes_or_no(offered: list[str], is_yes: bool) -> str | None:
    """The button that a bare yes or no means, by what was asked last."""
    if LEAVE_IT in offered:
        return LEAVE_IT if is_yes else "no_human"
    joining = [value for value in offered if value.startswith(f"{JOIN}:")]
    if joining:
        return joining[0] if is_yes else "no_human"
    helpful = [value for value in offered if value.startswith(f"helpful:{int(is_yes)}:")]
    if helpful:
        return helpful[0]
    if "none" in offered and not is_yes:
        return "none"
    only = [value for value in offered if value.startswith("article:")]
    return only[0] if "none" in offered and len(only) == 1 else None
