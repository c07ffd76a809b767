"""The decision: what to do about one customer's event. Pure: no clock, no database, no network.

Rules are tried in order, the first that has an answer wins, and says why in plain words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.domain import ButtonPress, Deletion, Edit, InboundMessage, Outcome, Reading
from bot.engine.buttons import pressed
from bot.engine.feelings import mood_in
from bot.engine.people import alarmed
from bot.engine.turn import Turn, choose_language, is_clear, merge
from bot.engine.values import Context, Decision, Rated, Standing
from bot.engine.waiting import within_hours
from bot.engine.words import said
from bot.knowledge.base import KnowledgeBase

NO_COMMANDS = {"slack"}  # what begins with a slash there never reaches us

__all__ = ["Context", "Decision", "Rated", "Standing", "decide"]


def decide(
    event: InboundMessage | ButtonPress | Edit | Deletion,
    reading: Reading,
    standing: Standing,
    kb: KnowledgeBase,
    today: date,
    messages: int = 1,
) -> Decision:
    """Decide about one event of a customer, or about as many `messages` that came in one breath.

    `reading` is what was understood of its text (of the button's value: nothing). While a person
    has the conversation the outcome is `relayed` and the bot has nothing to say, but for ratings
    and the words that a customer needs to be in control (/language, /stop, complaints, danger)."""
    language = choose_language(reading, standing, kb)
    matches = merge(reading.matches, language, kb, today)
    slash = "" if event.address.channel in NO_COMMANDS else "/"
    turn = Turn(standing, reading, language, matches, kb, today, slash)
    if isinstance(event, ButtonPress):
        return within_hours(pressed(event.value, turn), turn)
    if isinstance(event, Deletion):
        return _kept(turn, "the customer took a message back")
    if isinstance(event, Edit) and event.message_id != standing.context.unclear:
        changed = "the customer changed a message that was dealt with; both are kept"
        return alarmed(turn) or _kept(turn, changed)
    turn = replace(turn, mood=mood_in(standing, reading, messages))
    attachments = event.attachments if isinstance(event, InboundMessage) else ()
    decision = within_hours(said(event.text.strip(), attachments, turn), turn)
    unclear = decision.outcome in {Outcome.CLARIFIED, Outcome.REPHRASE}
    context = replace(decision.context, unclear=event.message_id if unclear else "")
    mood = turn.mood if event.text.strip() else None  # a picture says nothing of it
    if mood is not None:
        context = context.feeling(mood, standing.now)
    if is_clear(language, reading):
        context = context.speaking(language)
    is_piece = isinstance(event, InboundMessage) and bool(event.album)
    return replace(decision, context=context, mood=mood, can_wait=decision.can_wait or is_piece)


def _kept(turn: Turn, why: str) -> Decision:
    outcome = Outcome.RELAYED if turn.standing.with_person else Outcome.NOTED
    context = turn.standing.context
    return turn.decide(outcome, why, context=context, comment_on=context.comment_on)
