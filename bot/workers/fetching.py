"""A file on its way from one platform to the other: fetched when it is sent, and looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.channels.files import MEGABYTE, checked, too_large
from bot.domain import (
    FILE_GONE,
    FILE_NOT_FETCHED,
    FILE_TOO_LARGE,
    Channel,
    File,
    FileSource,
    NotSent,
    Outgoing,
    Refused,
)
from bot.knowledge.desk_policy import Files

AT_ONCE = 3  # files in memory
SECONDS = 15.0  # for one to be there; with the send it must stay inside the lease
TRIES = 6  # over a minute: what follows in the same place waits as long


class Fetching:
    """Gets the bytes of files from the channels that have them. They are held in memory only while
    they are sent, and only a few at once."""

    def __init__(self, sources: Mapping[str, Channel]) -> None:
        self._sources = sources
        self._room = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def with_content(
        self, item: Outgoing, policy: Files, attempts: int
    ) -> AsyncIterator[Outgoing]:
        """The item with the file's bytes, if it is to be fetched from elsewhere, as what it really
        is. Raises NotSent, or Refused where it may not or, after so many `attempts`, cannot be
        passed on."""
        file = item.file
        if file is None or not file.source:
            yield item
            return
        until = asyncio.get_running_loop().time() + SECONDS
        try:
            async with asyncio.timeout_at(until):
                await self._room.acquire()
        except TimeoutError:
            raise NotSent("other files are being passed on") from None
        try:
            yield replace(item, file=await self._fetched(file, policy, attempts, until))
        finally:
            self._room.release()

    async def _fetched(self, file: File, policy: Files, attempts: int, until: float) -> File:
        most = policy.max_megabytes * MEGABYTE
        source = self._sources.get(file.source)
        if too_large(file, most):
            raise Refused(FILE_TOO_LARGE)
        if not isinstance(source, FileSource):
            raise Refused(FILE_GONE)
        try:
            async with asyncio.timeout_at(until):
                found = await source.fetch(file, most)
        except (NotSent, TimeoutError) as error:
            if attempts + 1 >= TRIES:
                raise Refused(FILE_NOT_FETCHED) from error
            if isinstance(error, NotSent):
                raise
            raise NotSent("the file did not come in time") from None
        return await asyncio.to_thread(checked, found, policy.types, most)
