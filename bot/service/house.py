"""What a transaction needs to know besides its event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

from bot import inbox
from bot.domain import (
    Event,
    InboundMessage,
    Reading,
)
from bot.engine.burst import as_one
from bot.knowledge.base import KnowledgeBase
from handoff.rows import Desk


@dataclass(frozen=True, slots=True)
class Understood:
    """A stored event, or a burst of messages, with what was read out of it: one turn, ready for
    its transaction."""

    items: tuple[inbox.Waiting, ...]
    events: tuple[Event, ...]  # one, those of a burst, or nothing for us
    reading: Reading
    failure: Exception | None = None  # it could not be understood: its transaction fails with this

    @property
    def lane(self) -> str:
        return self.items[0].lane

    @property
    def event(self) -> Event | None:
        """What is decided about: of a burst, its messages as one."""
        return joined(self.events)


def joined(events: Sequence[Event]) -> Event | None:
    """One event for the events of one turn: messages become one message."""
    if len(events) < 2:
        return events[0] if events else None
    return as_one(cast(Sequence[InboundMessage], events))


@dataclass(frozen=True, slots=True)
class House:
    """What a transaction needs to know besides its event: the knowledge base as it is now."""

    kb: KnowledgeBase
    desk: Desk
    default_language: str
    zone: ZoneInfo
    deep_link: str = ""  # what opens a chat with the bot on Telegram; a payload is to be appended
