"""A customer wants to be known as one on several channels. Whether a code is right is not known
here: `Decision.joins` asks for that, see bot.service.joining. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import Option, Outcome, Reply
from bot.engine.join_codes import code_in, wanted
from bot.engine.turn import Turn
from bot.engine.values import Decision

JOIN = "join"  # the button's value, before the code
WORDS = 12  # that somebody may need to ask for it


def asked_to_join(text: str, turn: Turn) -> Decision | None:
    """Somebody types the command or a code. Who came by a link has typed nothing, and may have been
    sent it by somebody else: they are asked."""
    code = wanted(text)
    if code is None:
        return None
    if text.startswith("/start") and code_in(code):
        return _confirm(code, turn)
    return joins(code, turn, "a code is typed" if code else "/link")


def asks_to_join(turn: Turn) -> Decision | None:
    """Somebody says so in other words."""
    is_short = len(turn.reading.text.split()) <= WORDS
    if "link" not in turn.reading.intents or not is_short:
        return None
    return joins("", turn, "heard: link")


def joins(code: str, turn: Turn, why: str) -> Decision:
    """To be joined by this code, or given one; the reply is found when that is done."""
    return replace(turn.decide(Outcome.GREETED, why), joins=code)


def _confirm(code: str, turn: Turn) -> Decision:
    options = (
        Option(turn.say("join_yes"), f"{JOIN}:{code}"),
        Option(turn.say("no_thanks"), "no_human"),
    )
    reply = Reply(turn.say("join_confirm"), options)
    return turn.decide(Outcome.CLARIFIED, "came by the link of a code", reply)
