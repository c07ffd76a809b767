"""What a customer writes in one breath, in several messages, is one turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import Event, InboundMessage, Option
from bot.engine.buttons import typed_button
from bot.engine.join_codes import wanted
from bot.engine.turn import PLAIN_COMMANDS

LONGEST = 5  # bursts long is the longest time that somebody who writes on and on is waited for


def goes_on(earlier: Event | None, later: Event | None, options: tuple[Option, ...] = ()) -> bool:
    """Whether `later` goes on with what the same customer said in `earlier`. Commands, and the
    number or label of one of the buttons shown (`options`), stand for themselves."""
    if not isinstance(earlier, InboundMessage) or not isinstance(later, InboundMessage):
        return False
    if _stands_alone(earlier.text, options) or _stands_alone(later.text, options):
        return False
    ours = (earlier.contact.user_id, earlier.address, earlier.addressed)
    return ours == (later.contact.user_id, later.address, later.addressed)


def _stands_alone(text: str, options: tuple[Option, ...]) -> bool:
    said = text.strip()
    is_command = said.startswith("/") or said.casefold() in PLAIN_COMMANDS or bool(wanted(said))
    return is_command or typed_button(said, options) is not None


def as_one(messages: Sequence[InboundMessage]) -> InboundMessage:
    """The messages of a burst as one: the last of them with the words and attachments of all."""
    return replace(
        messages[-1],
        text="\n".join(message.text for message in messages if message.text.strip()),
        attachments=tuple(a for message in messages for a in message.attachments),
    )


def patience(arrived: Sequence[datetime], burst: timedelta) -> datetime:
    """Until when more may come of a burst whose messages arrived then, oldest first."""
    return min(arrived[-1] + burst, arrived[0] + LONGEST * burst)
