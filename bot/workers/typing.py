"""Somebody is writing: shown where the platform has it, and never worth a failure."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator

import structlog

from bot.domain import Address, Channel, Outgoing, SendError

log = structlog.get_logger(__name__)
AFTER = 1.0  # seconds of thinking after which a customer sees that it is done
LONGEST = 5.0  # seconds; as long as Telegram shows it


class Typing:
    """Shows on one channel that somebody writes. Not paced, not recorded, never tried again."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._is_shown = bool(getattr(channel, "shows_typing", False))
        self._tasks: set[asyncio.Task[None]] = set()

    def show(self, addresses: Iterable[Address], after: float = 0.0) -> list[asyncio.Task[None]]:
        """Show it there, at once or in a while, without waiting; what is cancelled before is not
        shown."""
        if not self._is_shown:
            return []
        tasks = [asyncio.ensure_future(self._show(address, after)) for address in addresses]
        for task in tasks:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return tasks

    @contextlib.contextmanager
    def while_thinking(self, addresses: Iterable[Address]) -> Iterator[None]:
        """Show it there if what is done meanwhile takes longer than a customer waits gladly."""
        tasks = self.show(addresses, AFTER)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()

    async def _show(self, address: Address, after: float) -> None:
        await asyncio.sleep(after)
        try:
            async with asyncio.timeout(LONGEST):
                await self._channel.send(Outgoing("typing", address))
        except (SendError, TimeoutError) as error:
            log.debug("typing_not_shown", channel=self._channel.name, detail=str(error))

    def stop(self) -> None:
        """Nothing is shown any more."""
        for task in self._tasks:
            task.cancel()
