"""What a transaction needs to know besides its event."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot import inbox
from bot.domain import (
    Event,
    Reading,
)
from bot.knowledge.base import KnowledgeBase
from handoff.rows import Desk


@dataclass(frozen=True, slots=True)
class Understood:
    """A stored event with what was read out of it, ready for its transaction."""

    waiting: inbox.Waiting
    event: Event | None  # None: nothing for us
    reading: Reading
    failure: Exception | None = None  # it could not be understood: its transaction fails with this


@dataclass(frozen=True, slots=True)
class House:
    """What a transaction needs to know besides its event: the knowledge base as it is now."""

    kb: KnowledgeBase
    desk: Desk
    default_language: str
    zone: ZoneInfo
