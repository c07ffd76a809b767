"""`/healthz`: green while customers can reach us, red when polling or the socket has been dead for
a minute, the desk has not heard of something for as long, or the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import func, select
from sqlmodel import Session

from bot import inbox, service
from bot.domain import Channel
from bot.outbox import OUTBOX, UNSENT
from bot.storage.database import Database
from bot.workers import Clock

GRACE = timedelta(seconds=60)  # to get connected after the start


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Health:
    """Looks at the parts when asked."""

    def __init__(
        self, database: Database, channels: Sequence[Channel], clock: Clock = _utc_now
    ) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock  # the real one, also where a playground has moved the scheduler's
        self._started = clock()

    async def look(self) -> tuple[bool, dict[str, Any]]:
        """Whether all is well, and the state of each part."""
        now = self._clock()
        channels = {channel.name: self._is_alive(channel, now) for channel in self._channels}
        try:
            async with asyncio.timeout(2.0):
                figures = await self._database.run(_figures, self._desks(), now)
        except Exception as error:
            figures = {"database": type(error).__name__, "desk_late": 0}
        well = all(channels.values()) and figures["database"] == "ok"
        well = well and not figures["desk_late"]
        return well, {"status": "ok" if well else "failing", "channels": channels, **figures}

    def _desks(self) -> Mapping[str, Collection[str]]:
        """Where tickets are shown, by channel: while nothing can be posted there, nobody can be
        brought in."""
        return {each.name: each.desks() for each in self._channels if hasattr(each, "desks")}

    def _is_alive(self, channel: Channel, now: datetime) -> bool:
        is_alive = getattr(channel, "is_alive", None)
        return is_alive is None or now - self._started < GRACE or bool(is_alive(now))


def _figures(
    session: Session, desks: Mapping[str, Collection[str]], now: datetime
) -> dict[str, Any]:
    found = [each for name, ids in desks.items() for each in service.stuck(session, name, ids, now)]
    waiting = select(func.count()).select_from(OUTBOX).where(UNSENT)
    return {
        "database": "ok",
        "quarantined": inbox.quarantined(session),
        "desk_late": sum(each.waiting for each in found),
        "desk_trouble": {each.desk: each.why for each in found if each.why},
        "to_send": session.connection().execute(waiting).scalar(),
    }


def health_routes(health: Health) -> list[web.RouteDef]:
    async def answer(_request: web.Request) -> web.Response:
        well, report = await health.look()
        return web.json_response(report, status=200 if well else 503)

    return [web.get("/healthz", answer)]
