"""Typing is shown while somebody waits, and never costs anybody anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from bot.domain import Address, Event, NotSent, Outgoing, Receive
from bot.workers import typing

ANNA, BOB = Address("paper", "anna"), Address("paper", "bob")


class PaperChannel:
    """Remembers what is sent; may fail at it."""

    name = "paper"
    pace = rate = 0.0

    def __init__(self, shows_typing: bool = True, is_away: bool = False) -> None:
        self.shows_typing = shows_typing
        self.is_away = is_away
        self.sent: list[Outgoing] = []

    async def listen(self, receive: Receive) -> None: ...

    def parse(self, raw: Mapping[str, Any]) -> Event | None: ...

    async def complete(self, event: Event) -> Event:
        return event

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        return [item]

    async def send(self, item: Outgoing) -> str:
        self.sent.append(item)
        if self.is_away:
            raise NotSent("nobody is there")
        return ""

    async def find(self, item: Outgoing, since: datetime) -> str | None: ...


async def test_it_is_shown_where_somebody_waits() -> None:
    """Once in each chat; that the platform is away is nobody's matter."""
    for is_away in (False, True):
        channel = PaperChannel(is_away=is_away)
        await asyncio.gather(*typing.Typing(channel).show([ANNA, BOB]))
        assert channel.sent == [Outgoing("typing", ANNA), Outgoing("typing", BOB)]


async def test_a_platform_without_it_hears_nothing() -> None:
    """Slack has none for apps."""
    channel = PaperChannel(shows_typing=False)
    assert typing.Typing(channel).show([ANNA]) == []


async def test_it_is_shown_only_for_what_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes at once needs no sign that it will."""
    channel = PaperChannel()
    with typing.Typing(channel).while_thinking([ANNA]):
        await asyncio.sleep(0)
    assert channel.sent == []
    monkeypatch.setattr(typing, "AFTER", 0.0)
    with typing.Typing(channel).while_thinking([ANNA]):
        while not channel.sent:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)
    assert channel.sent == [Outgoing("typing", ANNA)]
