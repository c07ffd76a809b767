"""What channels hear, stored before it is acknowledged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from bot import inbox
from bot.domain import (
    Channel,
)
from bot.storage.database import Database
from bot.workers.loop import Bells, Clock

log = structlog.get_logger(__name__)


class Receiver:
    """Stores what channels hear. When a call returns it is on disk, and may be acknowledged."""

    def __init__(
        self, database: Database, channels: Mapping[str, Channel], bells: Bells, clock: Clock
    ) -> None:
        self._database = database
        self._channels = channels
        self._bells = bells
        self._clock = clock

    async def __call__(self, name: str, raws: Sequence[Mapping[str, Any]]) -> None:
        """Commit the events; raises what the database raises, and then nothing is stored."""
        arrivals = [a for raw in raws if (a := self._arrival(name, raw)) is not None]
        if not arrivals:
            return
        new = await self._database.run(inbox.put, arrivals, self._clock())
        log.info("received", channel=name, events=len(arrivals), new=new)
        self._bells.inbox.ring()

    def _arrival(self, name: str, raw: Mapping[str, Any]) -> inbox.Arrival | None:
        raw = inbox.storable(raw)
        try:
            event = self._channels[name].parse(raw)
            position = 0.0 if event is None else float(event.position)
            if not math.isfinite(position):
                raise ValueError("it has no place in the order of events")
        except Exception as error:
            # One event that nobody can read must not hold up all the others: it is set aside.
            why = f"{type(error).__name__}: {error}"
            log.exception("unreadable_event", channel=name)
            return inbox.Arrival(name, inbox.fingerprint(raw), "", raw, error=why[:500])
        if event is None:
            return None
        key = event.address.conversation_key
        return inbox.Arrival(name, event.external_id, key, raw, position)
