"""Something was written: a command, a request for a person, small talk, or a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain import Attachment, Match, Outcome, Reply
from bot.engine.answers import answer, hand_over, human_option, offer, question
from bot.engine.buttons import pressed, typed_button
from bot.engine.choices import set_language, stop, topic_options
from bot.engine.turn import PLAIN_COMMANDS, Turn, is_confident
from bot.engine.values import Decision, Rated

COMMAND_HUMAN, COMMAND_STOP = "/human", "/stop"
# An order's, a parcel's, an invoice's number: it names something, and asks nothing.
REFERENCE = re.compile(r"\b[A-Za-z]{1,4}-?\d{4,}\b|\b\d{5,}\b")
CLEAR_SCORE = 0.7  # from which words beside a number are a question of their own
REFERENCE_WORDS = 5  # around it, at most: "my order number is HB-104233"


def said(text: str, attachments: Sequence[Attachment], turn: Turn) -> Decision:
    """Decide about words, with or without something attached to them."""
    command = _command(text, turn)
    if command is not None:
        return command
    if turn.standing.with_person:
        return turn.decide(Outcome.RELAYED, "a person has this conversation")
    value = typed_button(text, turn.standing.context.options)
    if value is not None:
        return pressed(value, turn)
    if "human" in turn.reading.intents:
        return hand_over(turn, "asked", "the customer asks for a person")
    if "stop" in turn.reading.intents:
        return stop(turn)
    if attachments and not text:
        return _attached(attachments, turn)
    if turn.standing.context.comment_on is not None and _is_comment(turn):
        return _comment(text, turn)
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
    if turn.standing.with_person:
        if word == COMMAND_HUMAN:
            reply = Reply(turn.say("already_handed_over"))
            return turn.decide(Outcome.RELAYED, "/human, and a person has it already", reply)
        return None
    if word == COMMAND_HUMAN:
        return hand_over(turn, "asked", "/human")
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
    rated = Rated("csat", str(turn.standing.context.comment_on), comment=text[:2000])
    reply = Reply(turn.say("csat_comment_thanks"))
    return turn.decide(Outcome.RATED, "words after a rating", reply, rated=rated)


def _small_talk(turn: Turn) -> Decision | None:
    intents, options = turn.reading.intents, turn.standing.context.options
    offered = [option.value or "" for option in options]
    meant = _yes_or_no(offered, "yes" in intents) if intents in ({"yes"}, {"no"}) else None
    if meant is not None:
        return pressed(meant, turn)
    if "human" in offered and "yes" in intents:
        return hand_over(turn, "accepted", "the customer says yes to a person")
    if "human" in offered and "no" in intents:
        return turn.decide(Outcome.GREETED, "no person wanted", Reply(turn.say("carry_on")))
    if turn.reading.intents and turn.reading.intents <= {"yes", "no"}:
        return turn.decide(Outcome.GREETED, "a yes or no to nothing", Reply(turn.say("carry_on")))
    for intent in ("greeting", "thanks", "goodbye"):
        if intent in intents:
            options = topic_options(turn) if intent == "greeting" else ()
            return turn.decide(
                Outcome.GREETED, f"heard: {intent}", Reply(turn.say(intent), options)
            )
    return None


def _yes_or_no(offered: list[str], is_yes: bool) -> str | None:
    """The button that a bare yes or no means, by what was asked last."""
    helpful = [value for value in offered if value.startswith(f"helpful:{int(is_yes)}:")]
    if helpful:
        return helpful[0]
    if "none" in offered and not is_yes:
        return "none"
    only = [value for value in offered if value.startswith("article:")]
    return only[0] if "none" in offered and len(only) == 1 else None
