"""The ticker: APScheduler says when to look; the rows say what is due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlmodel import Session

from bot import inbox
from bot.schedule.due import Undecidable, put_off, run_next
from bot.service import House, tell_of_shut_desks
from bot.storage.database import Database, Unavailable, unlimited
from bot.workers import Bells, Clock

log = structlog.get_logger(__name__)

SECONDS = 5
RAW_KEPT = timedelta(days=7)  # payloads hold what customers wrote
IDS_KEPT = timedelta(days=60)  # far beyond any platform's redelivery


class Ticker:
    """Looks every few seconds for follow-ups that are due, and forgets old payloads every hour."""

    def __init__(
        self, database: Database, house: Callable[[], House], bells: Bells, clock: Clock
    ) -> None:
        self._database = database
        self._house = house
        self._bells = bells
        self._clock = clock
        self._failed: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Tick until cancelled; raises what a tick raised, for APScheduler would only log it."""
        self._failed = asyncio.get_running_loop().create_future()
        scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_job(self._guarded, "interval", [self.tick], seconds=SECONDS)
        scheduler.add_job(self._guarded, "interval", [self.forget], hours=1)
        scheduler.start()
        try:
            await self._guarded(self.tick)  # what came due while we were away
            await self._failed
        finally:
            scheduler.shutdown(wait=False)

    async def _guarded(self, job: Callable[[], object]) -> None:
        try:
            await job()  # type: ignore[misc]
        except Unavailable as error:
            log.error("database_unavailable", loop="Ticker", detail=type(error).__name__)
        except Exception as error:
            if self._failed is not None and not self._failed.done():
                self._failed.set_exception(error)

    async def tick(self) -> int:
        """Deal with everything that is due, a transaction each; returns how many there were."""
        more = await self._database.run(tell_of_shut_desks, self._house(), self._clock())
        self._bells.ring_outboxes(more)
        count = 0
        while await self._next():
            count += 1
        if count:
            log.info("follow_ups_due", count=count)
            self._bells.ring_outboxes()
        return count

    async def _next(self) -> bool:
        house, now = self._house(), self._clock()
        try:
            return await self._database.run(run_next, house, now)
        except Undecidable as error:
            log.exception("follow_up_failed", follow_up=error.item)
            await self._database.run(put_off, error, now)
            return True

    async def forget(self) -> None:
        """Drop payloads and, much later, the ids that were kept to know duplicates by."""
        forgotten, dropped = await self._database.run(self._forget)
        log.info("inbox_cleaned", payloads=forgotten, rows=dropped)

    def _forget(self, session: Session) -> tuple[int, int]:
        now = self._clock()
        unlimited(session.connection())
        return inbox.forget(session, now - RAW_KEPT), inbox.drop(session, now - IDS_KEPT)
