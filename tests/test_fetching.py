"""A file on its way: fetched right before it is sent, a few at a time, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from bot.domain import (
    FILE_GONE,
    FILE_NOT_ALLOWED,
    FILE_NOT_FETCHED,
    FILE_TOO_LARGE,
    Address,
    Channel,
    Event,
    File,
    NotSent,
    Outgoing,
    Receive,
    Refused,
    Reply,
)
from bot.knowledge.desk_policy import Files
from bot.workers import fetching
from bot.workers.fetching import AT_ONCE, TRIES, Fetching
from tests.channels import sample_files as samples

DESK = Address("slack", "C1", "1.0")


class Chat:
    """A platform that has one file, and may be away."""

    name = "chat"
    pace = rate = 0.0

    def __init__(self, content: bytes = samples.PDF) -> None:
        self.content = content
        self.asked = 0
        self.before: Callable[[], None] = lambda: None

    async def fetch(self, file: File, most: int) -> File:
        self.asked += 1
        self.before()
        return File("label.pdf", content=self.content)

    async def listen(self, receive: Receive) -> None: ...

    def parse(self, raw: Mapping[str, Any]) -> Event | None: ...

    async def complete(self, event: Event) -> Event:
        return event

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        return [item]

    async def send(self, item: Outgoing) -> str:
        return ""

    async def find(self, item: Outgoing, since: datetime) -> str | None: ...


class Silent(Chat):
    """One whose file never comes."""

    async def fetch(self, file: File, most: int) -> File:
        await asyncio.Event().wait()
        return file


def of(source: str, **facts: Any) -> Outgoing:
    return Outgoing("file", DESK, file=File("label.pdf", source=source, file_id="1", **facts))


async def fetched(chat: Channel, item: Outgoing, attempts: int = 0) -> File | None:
    async with Fetching({"chat": chat}).with_content(item, Files(), attempts) as whole:
        return whole.file


async def reason(chat: Channel, item: Outgoing, attempts: int = 0) -> str:
    with pytest.raises(Refused) as refused:
        await fetched(chat, item, attempts)
    return refused.value.reason


async def test_the_bytes_are_there_when_it_is_sent() -> None:
    """As what they are; what is our own needs no fetching, and words are left alone."""
    file = await fetched(Chat(), of("chat"))
    assert file is not None and (file.mime, file.content) == ("application/pdf", samples.PDF)
    own = Outgoing("file", DESK, file=File("promise.ics", content=b"BEGIN:VCALENDAR"))
    assert await fetched(Chat(), own) == own.file
    assert await fetched(Chat(), Outgoing("post", DESK, Reply("Hello"))) is None


async def test_what_is_not_what_it_is_called_does_not_leave() -> None:
    """Neither from customers nor to them."""
    assert await reason(Chat(samples.EXE), of("chat")) == FILE_NOT_ALLOWED


async def test_what_says_that_it_is_too_large_is_not_fetched() -> None:
    """The platform is not even asked."""
    chat = Chat()
    assert await reason(chat, of("chat", size=21 * 1024 * 1024)) == FILE_TOO_LARGE
    assert chat.asked == 0


async def test_a_platform_that_is_no_longer_there_has_no_files() -> None:
    """Its channel was turned off after the customer had written."""
    assert await reason(Chat(), of("elsewhere")) == FILE_GONE


async def test_a_platform_that_is_away_is_asked_again_but_not_for_ever() -> None:
    """Others wait behind the file: after a minute it is given up, and said."""
    chat = Chat()

    def away() -> None:
        raise NotSent("away", 3)

    chat.before = away
    with pytest.raises(NotSent) as busy:
        await fetched(chat, of("chat"), attempts=TRIES - 2)
    assert busy.value.retry_after == 3
    assert await reason(chat, of("chat"), attempts=TRIES - 1) == FILE_NOT_FETCHED


async def test_what_does_not_come_in_time_has_not_been_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody need wonder whether it has arrived."""
    monkeypatch.setattr(fetching, "SECONDS", 0.01)
    with pytest.raises(NotSent):
        await fetched(Silent(), of("chat"))


async def test_only_a_few_are_in_memory_until_they_are_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where all places are taken the next one is tried again later; then there is one."""
    monkeypatch.setattr(fetching, "SECONDS", 0.01)
    chat = Chat()
    house = Fetching({"chat": chat})
    held = [house.with_content(of("chat"), Files(), 0) for _ in range(AT_ONCE)]
    for each in held:
        await each.__aenter__()
    with pytest.raises(NotSent):
        await house.with_content(of("chat"), Files(), TRIES).__aenter__()
    assert chat.asked == AT_ONCE
    await held[0].__aexit__(None, None, None)
    async with house.with_content(of("chat"), Files(), 0) as whole:
        assert whole.file is not None and whole.file.content
    for each in held[1:]:
        await each.__aexit__(None, None, None)


async def test_a_place_is_given_back_whatever_happens() -> None:
    """Refusals and failures take none for good."""
    house = Fetching({"chat": Chat(samples.EXE)})
    for _ in range(AT_ONCE + 1):
        with pytest.raises(Refused):
            async with house.with_content(of("chat"), Files(), 0):
                pass
