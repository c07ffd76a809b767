"""What a customer has is changed and taken back there, and typing is seen; on both platforms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.channels.slack import SlackChannel
from bot.channels.telegram import TelegramChannel
from bot.domain import NO_MESSAGE, TOO_OLD, Outgoing, Refused
from bot.playground.slack.server import SlackServer
from bot.playground.telegram.server import TelegramServer
from tests.channels.contract import PlatformSide, post
from tests.channels.slack_side import SlackSide
from tests.channels.telegram_side import TOKEN, TelegramSide


@pytest.fixture(params=["telegram", "slack"])
async def side(request: pytest.FixtureRequest) -> AsyncIterator[PlatformSide]:
    """A customer on each platform in turn."""
    if request.param == "telegram":
        async with TelegramServer(TOKEN) as telegram:
            channel = TelegramChannel(TOKEN, telegram.url)
            yield TelegramSide(telegram, channel)
            await channel.close()
    else:
        async with SlackServer() as slack:
            in_slack = SlackChannel(slack.bot_token, "C0DESK", api_url=f"{slack.url}/api/")
            yield SlackSide(slack, in_slack)
            await in_slack.close()


async def sent(side: PlatformSide, text: str) -> Outgoing:
    """A message that the customer has, as what changes it names it."""
    (part,) = side.channel.render(post(side.address, text))
    return replace(part, kind="update", target=await side.channel.send(part))


async def change(side: PlatformSide, item: Outgoing, text: str) -> str:
    (part,) = side.channel.render(replace(item, reply=replace(item.reply, text=text)))
    return await side.channel.send(part)


async def test_a_message_is_changed_where_it_is(side: PlatformSide) -> None:
    """Done twice, it is done; and nobody need ask whether it has been."""
    item = await sent(side, "It costs 5 euro")
    for _ in range(2):
        assert await change(side, item, "It costs 6 euro") == item.target
    assert side.texts() == ["It costs 6 euro"]
    assert await side.channel.find(item, datetime.now(UTC)) == ""


async def test_a_message_is_taken_back(side: PlatformSide) -> None:
    """What is not there any more has been taken back, too."""
    item = replace(await sent(side, "It costs 5 euro"), kind="delete")
    for _ in range(2):
        assert await side.channel.send(item) == item.target
    assert side.texts() == []


async def test_what_is_gone_cannot_be_changed(side: PlatformSide) -> None:
    """The customer has deleted it: said by its own name, and never tried again."""
    item = await sent(side, "It costs 5 euro")
    await side.channel.send(replace(item, kind="delete"))
    with pytest.raises(Refused) as refused:
        await change(side, item, "It costs 6 euro")
    assert refused.value.reason == NO_MESSAGE


async def test_telegram_deletes_nothing_after_two_days() -> None:
    """The customer keeps it; the reason is known by its own name."""
    now = 1_800_000_000.0
    async with TelegramServer(TOKEN, clock=lambda: now) as server:
        channel = TelegramChannel(TOKEN, server.url)
        side = TelegramSide(server, channel)
        item = replace(await sent(side, "It costs 5 euro"), kind="delete")
        now += 49 * 3600
        with pytest.raises(Refused) as refused:
            await channel.send(item)
        await channel.close()
    assert refused.value.reason == TOO_OLD
    assert side.texts() == ["It costs 5 euro"]


async def test_telegram_shows_that_somebody_writes() -> None:
    """For the few seconds that a reply is held."""
    async with TelegramServer(TOKEN) as server:
        channel = TelegramChannel(TOKEN, server.url)
        side = TelegramSide(server, channel)
        await channel.send(Outgoing("typing", side.address))
        await channel.close()
        assert server.requests[-1].method.lower() == "sendchataction"
    assert channel.shows_typing
    assert not getattr(SlackChannel, "shows_typing", False)
