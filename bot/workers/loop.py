"""What every loop has in common: steps until stopped, sleep, patience with an absent database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.storage.database import Database, Unavailable
from bot.storage.lanes import LeaseLost

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]
LONGEST_SLEEP = 5.0  # seconds between two looks on SQLite, where every change wakes us anyway
POLL = 0.5  # seconds between two looks on PostgreSQL, where other processes write too
LONGEST_BACKOFF = 60.0  # seconds; that is how long a customer waits after an outage at most


@dataclass
class Bell:
    """Wakes a loop of this process early. Correctness never depends on it."""

    _event: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Return when rung, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


@dataclass
class Bells:
    """One bell for the inbox, one for each channel's outbox."""

    inbox: Bell = field(default_factory=Bell)
    outbox: dict[str, Bell] = field(default_factory=dict)

    def ring_outboxes(self, channels: Iterable[str] | None = None) -> None:
        """Wake those that send for these channels; without any named, all."""
        for name in self.outbox if channels is None else self.outbox.keys() & set(channels):
            self.outbox[name].ring()


def backoff(attempts: int) -> timedelta:
    """1, 2, 4 … seconds, a minute at the most."""
    # The exponent is bounded, too: an outage has no end, and 2.0**1024 is an OverflowError.
    return timedelta(seconds=min(2.0 ** min(max(0, attempts), 10), LONGEST_BACKOFF))


@dataclass(frozen=True, slots=True)
class Step:
    """What a step found: whether there was work, and when there will be more."""

    busy: bool
    next_due: datetime | None = None


class Worker:
    """Steps until stopped; sleeps when there is nothing to do, waits while the database is away."""

    def __init__(self, database: Database, bell: Bell, clock: Clock) -> None:
        self._database = database
        self._bell = bell
        self._clock = clock
        self._stopping = False

    async def step(self) -> Step:
        raise NotImplementedError

    def stop(self) -> None:
        """End `run` after the step under way."""
        self._stopping = True
        self._bell.ring()

    async def finish(self) -> None:
        """Bring to an end what the last step began."""

    async def run(self) -> None:
        """Run until stopped. Any other error than an absent database ends the process."""
        while not self._stopping:
            try:
                step = await self.step()
            except LeaseLost as error:
                log.warning("lease_lost", loop=type(self).__name__, detail=str(error))
                continue
            except Unavailable as error:
                log.error("database_unavailable", loop=type(self).__name__, detail=brief(error))
                await asyncio.sleep(1.0)
                continue
            if not step.busy and not self._stopping:
                await self._bell.wait(self._pause(step.next_due))
        await self.finish()

    def _pause(self, next_due: datetime | None) -> float:
        longest = LONGEST_SLEEP if self._database.is_sqlite else POLL
        if next_due is None:
            return longest
        ahead = (next_due - self._clock()).total_seconds()
        return min(max(ahead, 0.005), longest)

    async def _insist(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run a transaction again and again while the database is away: what is in memory here
        (how a send ended) must not be forgotten. Ends with the lease, as LeaseLost."""
        while True:
            try:
                return await self._database.run(work, *args)
            except Unavailable as error:
                log.error("database_unavailable", loop=type(self).__name__, detail=brief(error))
                await asyncio.sleep(0.5)


def brief(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__
