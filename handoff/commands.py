"""`/desk …` → what comes of it, for who typed it and nobody else. Takes a session, never commits.

Beside its English name a word is whatever the phrase `command_<word>` lists, in English and in the
desk's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from sqlmodel import Session

from bot.domain import DeskAction, DeskCommand
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from handoff import waiting
from handoff.actions import COMMAND
from handoff.authorisation import refused
from handoff.history import find
from handoff.home import duty, figures
from handoff.promises import making
from handoff.rows import Desk
from handoff.speaking import whisper
from handoff.suggestions import sayings

# What is done, by word; the text is what was typed after it. A ticket in it: `named.ticket_named`.
Subcommand = Callable[[Session, Desk, DeskCommand, str, datetime], list[Draft]]
ENGLISH = "en"
LIKE = 0.6  # of 1; how alike a word must be to one that is known to be taken for a slip


def run(session: Session, desk: Desk, event: DeskCommand, now: datetime) -> list[Draft]:
    """Do what was typed; who is no member of a desk channel is refused, and that is on record."""
    word, _, rest = event.text.strip().partition(" ")
    if not event.agent.on_desk:
        refused(session, event, f"command {word}"[:40].strip(), "not on the desk", now)
        return [whisper(event.address, event.agent, desk.words("desk_outsider"))]
    known = _known(desk)
    name = known.get(_plain(word), "") if word else "help"
    act = SUBCOMMANDS.get(name)
    if act is None:
        close = get_close_matches(_plain(word), known, 1, LIKE)
        return [_help(desk, event, word, close[0] if close else "")]
    return act(session, desk, event, rest.strip(), now)


def _known(desk: Desk) -> Mapping[str, str]:
    """Every word that may be typed → the name of what it does."""
    return {word: name for name in SUBCOMMANDS for word in words_of(desk, name)}


def words_of(desk: Desk, name: str) -> list[str]:
    """What may be typed for it: its name, and the words listed in English and the desk's own."""
    listed = (desk.kb.say(code, f"command_{name}") for code in (ENGLISH, desk.language))
    return [name, *(_plain(word) for words in listed for word in words.split(",") if word.strip())]


def _plain(word: str) -> str:
    """A word however it is typed: without capitals and accents."""
    letters = unicodedata.normalize("NFKD", word.strip().casefold())
    return "".join(char for char in letters if unicodedata.category(char) != "Mn")


def _help(desk: Desk, event: DeskCommand, unknown: str = "", nearest: str = "") -> Draft:
    near = f"{COMMAND} {nearest}" if nearest else None
    lines = [f"- `{COMMAND} {name}` {desk.words(f'command_about_{name}')}" for name in SUBCOMMANDS]
    if unknown:
        word = escape_markdown(unknown[:40])
        head = desk.words("desk_command_unknown", word=word, nearest=near)
    else:
        head = desk.words("desk_command_help")
    text = "\n".join([head, *lines])
    return whisper(event.address, event.agent, text, literal=False)


def queue_pressed(session: Session, desk: Desk, event: DeskAction, now: datetime) -> list[Draft]:
    """`queue`, by a button."""
    return [waiting.queue(session, desk, replace(event.address, thread_id=None), event.agent, now)]


def mine_pressed(session: Session, desk: Desk, event: DeskAction, now: datetime) -> list[Draft]:
    """`mine`, by a button."""
    return [waiting.mine(session, desk, replace(event.address, thread_id=None), event.agent, now)]


# --- what may be typed ---------------------------------------------------------------------------


def _queue(
    session: Session, desk: Desk, event: DeskCommand, text: str, now: datetime
) -> list[Draft]:
    return [waiting.queue(session, desk, event.address, event.agent, now)]


def _mine(
    session: Session, desk: Desk, event: DeskCommand, text: str, now: datetime
) -> list[Draft]:
    return [waiting.mine(session, desk, event.address, event.agent, now)]


def _stats(
    session: Session, desk: Desk, event: DeskCommand, text: str, now: datetime
) -> list[Draft]:
    shown = figures.text(session, desk, event.agent, now)
    return [whisper(event.address, event.agent, shown, literal=False)]


def _duty(
    session: Session, desk: Desk, event: DeskCommand, text: str, now: datetime
) -> list[Draft]:
    wanted = _plain(text)
    for name, on_duty in (("on", True), ("off", False)):
        if wanted in words_of(desk, name):
            duty.turn(session, event.agent, on_duty, now)
            break
    else:
        if wanted:
            why = desk.words("desk_duty_unknown", word=text[:40])
            return [whisper(event.address, event.agent, why)]
    shown = duty.text(session, desk, event.agent)
    return [whisper(event.address, event.agent, shown)]


def _asked_for_help(
    session: Session, desk: Desk, event: DeskCommand, text: str, now: datetime
) -> list[Draft]:
    return [_help(desk, event)]


SUBCOMMANDS: dict[str, Subcommand] = {
    "queue": _queue,
    "mine": _mine,
    "stats": _stats,
    "find": find.command,
    "say": sayings.command,
    "promise": making.typed,
    "duty": _duty,
    "help": _asked_for_help,
}
