"""A channel that costs nothing: what is measured with it is everything between two channels."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from bot.domain import Address, Event, InboundMessage, Outgoing, Person, Receive

NAME = "null"
DESK = Address(NAME, "desk")


@dataclass(frozen=True, slots=True)
class Feed:
    """What is said, and how it is delivered: `batch` at once, by `senders` at the same time."""

    raws: Sequence[Mapping[str, Any]]
    batch: int
    senders: int = 1


class NullChannel:
    """Customers who have everything ready to say, and who read at once."""

    name = NAME
    pace = 0.0
    rate = 0.0  # no limit

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.go = asyncio.Event()
        self.fed = asyncio.Event()
        self.sent = 0

    async def listen(self, receive: Receive) -> None:
        """Say everything once told to `go`; `fed` is set when the last of it is stored."""
        await self.go.wait()
        waiting = iter(self._feed.raws)
        senders = (self._deliver(waiting, receive) for _ in range(self._feed.senders))
        await asyncio.gather(*senders)
        self.fed.set()
        await asyncio.Event().wait()

    async def _deliver(self, waiting: Iterator[Mapping[str, Any]], receive: Receive) -> None:
        while raws := list(islice(waiting, self._feed.batch)):
            await receive(self.name, raws)

    def parse(self, raw: Mapping[str, Any]) -> Event | None:
        return InboundMessage(
            external_id=str(raw["id"]),
            address=Address(NAME, raw["chat"]),
            contact=Person(raw["chat"], raw["name"], raw["language"]),
            text=raw["text"],
            sent_at=datetime.fromtimestamp(raw["date"], UTC),
            message_id=str(raw["id"]),
            position=raw["id"],
        )

    async def complete(self, event: Event) -> Event:
        return event

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        return [item]

    async def send(self, item: Outgoing) -> str:
        self.sent += 1
        return f"{self.sent}"

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        return None
