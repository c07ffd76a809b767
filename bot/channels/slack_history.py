"""What was said in Slack while nobody listened, read again from the channels' history.

Socket Mode keeps nothing for an app without a socket, and what could not be stored is repeated
only after a minute. What turns out to be known already is recognised by its id and counts for
nothing: reading too much does no harm, and reading again mends a failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack_errors import retry_after
from bot.domain import Address

log = structlog.get_logger(__name__)

PAGE = 200  # the most that Slack recommends to ask for at once
PAUSE = 1.0  # seconds before Slack is asked again, where it does not say
LONGEST_PAUSE = 60.0
ELDERS_SECONDS = 2.0  # a live event waits this long for its elders; Slack's patience is three

_BROKEN = {None, "internal_error", "fatal_error", "service_unavailable", "request_timeout"}

Call = Callable[..., Awaitable[Any]]
Store = Callable[[Sequence[Mapping[str, Any]]], Awaitable[None]]
Place = tuple[str, str]  # a channel and "", or one of its threads


@dataclass(frozen=True, slots=True)
class Recent:
    """Since when to look, and the threads in which something may have been said since."""

    since: datetime | None
    threads: Sequence[Address] = ()
    done: Callable[[], Awaitable[None]] | None = None  # told once all of it is stored


async def pages(call: Call, key: str, **params: Any) -> AsyncIterator[list[dict[str, Any]]]:
    """The pages of a list that Slack gives in pieces; raises what the SDK raises."""
    cursor = ""
    while True:
        page = await call(limit=PAGE, cursor=cursor, **params)
        yield page[key]
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


class History:
    """Reads what was missed, whenever `gap` says that something may have been."""

    def __init__(self, client: AsyncWebClient, recent: Callable[[], Awaitable[Recent]]) -> None:
        self._client = client
        self._recent = recent
        self._wanted = asyncio.Event()
        self._behind = False
        # What has been read since the gap: how many messages, and the threads below them.
        self._read: dict[Place, tuple[int, list[Place]]] = {}
        self._us = ""

    def gap(self) -> None:
        """Something may have been missed up to now."""
        self._behind = True
        self._read = {}  # another one, for what is being read now began before the gap
        self._wanted.set()

    async def run(self, store: Store) -> None:
        """Fetch after every gap, until that has worked; runs until cancelled."""
        pause = PAUSE
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._fetch_all(store)
            except Exception as error:
                # Whatever it was, Slack or the database: who gives up here loses messages.
                log.warning("slack_catch_up_failed", detail=str(error)[:200])
                self._wanted.set()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                pause, self._behind = PAUSE, self._wanted.is_set()

    async def before(self, address: Address, store: Store) -> None:
        """While there is a gap: store what was missed at this address first, so that what has just
        arrived there does not overtake it. Raises what `store` raises."""
        place = (address.chat_id, address.thread_id or "")
        if not self._behind or place in self._read:
            return
        try:
            async with asyncio.timeout(ELDERS_SECONDS):
                recent = await self._recent()
                if recent.since is not None:
                    await self._fetch(place, recent.since, store)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("slack_elders_unknown", detail=str(error)[:200])

    async def _fetch_all(self, store: Store) -> None:
        recent = await self._recent()
        if recent.since is None:
            return
        places: list[Place] = [(at.chat_id, at.thread_id or "") for at in recent.threads]
        listed = _patient(self._client.users_conversations)
        kinds = "public_channel,private_channel,im"
        async for page in pages(listed, "channels", types=kinds, exclude_archived=True):
            places += ((channel["id"], "") for channel in page)
        count = 0
        while places:
            place = places.pop()
            read = self._read.get(place) or await self._fetch(place, recent.since, store)
            count += read[0]
            places += read[1]
        if recent.done is not None and not self._wanted.is_set():
            await recent.done()
        log.info("slack_caught_up", messages=count)

    async def _fetch(self, place: Place, since: datetime, store: Store) -> tuple[int, list[Place]]:
        """Read one channel or thread, and store what was said there. Returns how much that was,
        and the threads below it in which something was said, too."""
        (channel, thread), read = place, self._read
        params = {"channel": channel, "oldest": f"{since.timestamp():.6f}"}
        call: Call = self._client.conversations_history
        if thread:
            call, params = self._client.conversations_replies, {**params, "ts": thread}
        if not self._us:
            self._us = str((await _patient(self._client.auth_test)())["user_id"])
        said = await _all(call, params)
        if said:
            await store([_as_event(message, channel, self._us) for message in said])
        below = [] if thread else [(channel, ts) for ts in _roots(said, since)]
        read[place] = len(said), below
        return read[place]


async def _all(call: Call, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All messages of a place; none of one that we may not read, for others wait."""
    try:
        return [m async for page in pages(_patient(call), "messages", **params) for m in page]
    except SlackApiError as error:
        if error.response.status_code >= 500 or error.response.get("error") in _BROKEN:
            raise
        log.warning("slack_place_not_read", place=params["channel"], detail=str(error)[:200])
        return []


def _patient(call: Call) -> Call:
    """The same call, repeated while Slack cannot be reached or wants us to wait."""

    async def patiently(**params: Any) -> Any:
        pause = PAUSE
        while True:
            try:
                return await call(**params)
            except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
                if isinstance(error, SlackApiError) and error.response.status_code != 429:
                    raise
                log.warning("slack_catch_up_waits", detail=str(error)[:200])
                await asyncio.sleep(retry_after(error) or pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    return patiently


def _roots(said: Sequence[Mapping[str, Any]], since: datetime) -> Iterator[str]:
    """The threads below these messages in which something was said since."""
    for message in said:
        if float(message.get("latest_reply") or 0) > since.timestamp():
            yield str(message["ts"])


def _as_event(message: Mapping[str, Any], channel: str, us: str) -> dict[str, Any]:
    """A message of the history in the shape in which it would have been delivered."""
    return {
        "type": "event_callback",
        "authorizations": [{"user_id": us, "is_bot": True}],
        "event": {**message, "type": "message", "channel": channel},
    }
