"""The app's home, and answers to what was typed where the bot is not, against the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.channels.slack import SlackChannel
from bot.domain import Address, NotSent, Outgoing, Refused, Reply, Uncertain
from bot.playground.slack.server import SlackServer
from tests.channels.slack_side import BOT_TOKEN, SlackSide, read


@pytest.fixture
async def side() -> AsyncIterator[SlackSide]:
    """Maria, and a channel that only sends."""
    async with SlackServer() as server:
        desk = server.channel("support-desk").id
        channel = SlackChannel(BOT_TOKEN, desk, api_url=f"{server.url}/api/")
        yield SlackSide(server, channel)
        await channel.close()


def home(side: SlackSide, text: str) -> Outgoing:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    place = Address("slack", side.maria.id)
    return Outgoing("home", place, blocks=(block,), target=side.maria.id)


def shown(side: SlackSide) -> list[str]:
    view = side.maria.home
    return [block["text"]["text"] for block in view.blocks] if view else []


async def test_the_latest_home_takes_the_place_of_the_one_before(side: SlackSide) -> None:
    """It is one piece, however often it is sent."""
    for text in ("*Yours: 1*", "*Yours: 2*"):
        (part,) = side.channel.render(home(side, text))
        assert await side.channel.send(part)
    assert shown(side) == ["*Yours: 2*"]


async def test_a_home_is_sent_again_after_a_doubt(side: SlackSide) -> None:
    """Nobody need look whether it has arrived: twice is as good as once."""
    side.server.drop_after_accept("views.publish")
    with pytest.raises(Uncertain):
        await side.channel.send(home(side, "once"))
    assert await side.channel.find(home(side, "once"), datetime.now(UTC)) == ""


@pytest.mark.parametrize("error", ["not_enabled", "missing_scope", "user_not_found"])
async def test_a_home_that_slack_will_not_have_holds_nothing_up(
    side: SlackSide, error: str
) -> None:
    """Also where the app is not set up right: nothing depends on it."""
    side.server.fail_next("views.publish", error=error)
    with pytest.raises(Refused, match=error):
        await side.channel.send(home(side, "x"))
    side.server.fail_next("views.publish", status=429, retry_after=3)
    with pytest.raises(NotSent):
        await side.channel.send(home(side, "x"))


async def test_what_was_typed_elsewhere_is_answered_directly(side: SlackSide) -> None:
    """Where the bot is no member, and where two people talk alone, it cannot whisper."""
    private = side.server.channel("managers", private=True)
    side.maria.join(private)
    for error in ("not_in_channel", "channel_not_found", "is_archived"):
        side.server.fail_next("chat.postEphemeral", error=error)
        item = Outgoing("whisper", Address("slack", private.id), Reply(error), target=side.maria.id)
        assert await side.channel.send(item)
    told = [read(message.text) for message in side.server.dm_messages(side.maria)]
    assert told == ["not_in_channel", "channel_not_found", "is_archived"]
