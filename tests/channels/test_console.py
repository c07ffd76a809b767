"""The terminal as a channel: what it can keep of the contract."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.channels.console import CUSTOMER, DESK, ConsoleChannel
from bot.domain import Channel, InboundMessage, Option, Outgoing, Person, Reply
from tests.channels.contract import ChannelContract, Received, Side, post


def console(lines: list[str], written: list[str]) -> ConsoleChannel:
    """A terminal where these lines are typed."""
    typed: Iterator[str | None] = iter([*lines, None])
    return ConsoleChannel(
        lambda: next(typed), written.append, Person("you", "Ada", "en"), asyncio.Event()
    )


class ConsoleSide(Side):
    """Somebody at a terminal."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.channel = console([], self.written)
        self.address = CUSTOMER

    def texts(self) -> list[str]:
        return [text.removeprefix("bot> ").strip() for text in self.written]

    def labels(self) -> list[str]:
        return re.findall(r"^\s+\d+\. (.*)$", self.written[-1], re.MULTILINE)


@pytest.fixture
def side() -> ConsoleSide:
    return ConsoleSide()


class TestContract(ChannelContract):
    """A terminal keeps the contract, with numbers for buttons and no limit."""

    platform = "console"
    limit = 1_000_000

    def parser(self) -> Channel:
        return console([], [])

    def payloads(self) -> list[dict[str, Any]]:
        at = "2026-11-22T10:00:00+00:00"
        return [
            {"event": "InboundMessage", "name": "typed", "raw": {"number": 1, "text": "Hello",
                                                                 "at": at}},
            {"event": "InboundMessage", "name": "chosen", "raw": {"number": 2, "text": "2",
                                                                  "at": at}},
        ]  # fmt: skip


async def test_lines_are_stored_one_after_the_other() -> None:
    """The next line is read when the last one is stored; empty lines say nothing; the end of the
    input is told."""
    done = asyncio.Event()
    typed = iter(["Hello", "  ", " /human ", None])
    channel = ConsoleChannel(lambda: next(typed), print, Person("you", "Ada"), done)
    received = Received(channel)
    task = asyncio.ensure_future(channel.listen(received))
    await asyncio.wait_for(done.wait(), 10)
    task.cancel()
    assert received.texts == ["Hello", "/human"]
    assert all(isinstance(e, InboundMessage) and e.contact.name == "Ada" for e in received.events)
    assert len({event.external_id for event in received.events}) == 2


async def test_the_desk_is_shown_too() -> None:
    """One sees what agents would see; receipts and card updates say nothing."""
    written: list[str] = []
    channel = console([], written)
    card = Outgoing("post", DESK, Reply("Ada asks for a person"), token="1.0")
    for item in (card, Outgoing("react", DESK, emoji="ok", target="1")):
        for part in channel.render(item):
            await channel.send(part)
    assert written == ["desk> Ada asks for a person"]


async def test_links_are_shown_and_not_numbered() -> None:
    """Only what can be chosen has a number."""
    channel = console([], [])
    item = post(CUSTOMER, "See", Option("Shop", url="https://shop.example"), Option("Yes", "y"))
    assert channel.render(item)[0].reply.text == "See\n  Shop: https://shop.example\n  1. Yes"
