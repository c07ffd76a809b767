"""`frontdesk doctor`: what is missing before customers can be answered, and where to get it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import aiohttp

from bot.commands.doctor import house, slack, telegram
from bot.commands.doctor.embeddings import EMBEDDINGS, embeddings
from bot.commands.doctor.finding import Check, Finding, guarded
from bot.commands.doctor.remedies import REMEDIES, remedies
from bot.config import Settings

SECONDS = 6.0  # for one answer of a platform's
ANSWERS = 5  # a part asks up to so many questions, one after the other


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def examine(
    settings: Settings, clock: Callable[[], datetime] = _utc_now, seconds: float = SECONDS
) -> list[Finding]:
    """Everything that was looked at, in the order in which one would set things up. Raises
    nothing, changes nothing, shows no secret; a platform has `seconds` for each answer."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        parts: Sequence[tuple[str, str, Check]] = (
            ("settings", "Check .env.", lambda: _settings(settings, clock())),
            (telegram.TOKEN, telegram.UNREACHABLE,
             lambda: telegram.check(http, settings, clock())),
            (slack.BOT, slack.UNREACHABLE,
             lambda: slack.bot(http, settings, clock())),
            (slack.APP, slack.UNREACHABLE,
             lambda: slack.events(http, settings)),
            (house.ALIVE, "Check DATABASE_URL.", lambda: house.database(settings)),
            (house.KNOWLEDGE, "See `frontdesk kb check`.",
             lambda: house.knowledge(settings, clock())),
            (REMEDIES, "Check DATABASE_URL.", lambda: remedies(settings)),
            (EMBEDDINGS, "Check EMBEDDINGS.", lambda: embeddings(settings)),
        )  # fmt: skip
        found = await asyncio.gather(
            *(guarded(what, do, check, seconds * ANSWERS) for what, do, check in parts)
        )
    return [finding for part in found for finding in part]


async def _settings(settings: Settings, now: datetime) -> list[Finding]:
    strangers = house.unknown_settings(house.names_in_use())
    return [*strangers, house.time_zone(settings, now)]
