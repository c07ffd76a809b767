"""Slack by signed HTTP: the contract, and who may post to us."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.channels.slack import EVENTS_PATH, SlackChannel
from bot.domain import Channel
from bot.playground.slack.events import signature_headers
from bot.playground.slack.server import SlackServer, Timing
from tests.channels.contract import PlatformContract, listening, until
from tests.channels.slack_side import BOT_TOKEN, SECRET, SlackSide
from tests.channels.web_server import serving

QUICK = Timing(ack=0.5, retries=(0.0, 0.1, 0.2, 0.4, 0.8))


class HttpSide(SlackSide):
    """Maria, and a channel that is told by HTTP."""

    url = ""

    async def connected(self) -> None:
        await self.server.use_http(self.url)


@pytest.fixture
async def side() -> AsyncIterator[HttpSide]:
    """Maria, and the channel's address known to Slack."""
    async with SlackServer(timing=QUICK) as server:
        desk = server.channel("support-desk").id
        api = f"{server.url}/api/"
        channel = SlackChannel(BOT_TOKEN, desk, signing_secret=SECRET, api_url=api)
        async with serving(channel.routes()) as url:
            side = HttpSide(server, channel)
            side.url = url + EVENTS_PATH
            yield side
        await channel.close()


class TestContract(PlatformContract):
    """Slack keeps the contract over HTTP."""

    platform = "slack"
    limit = 3000

    def parser(self) -> Channel:
        return SlackChannel(BOT_TOKEN, "CDESK", signing_secret=SECRET)

    def at(self, url: str) -> Channel:
        api = f"{url}/api/"
        return SlackChannel(BOT_TOKEN, "CDESK", signing_secret=SECRET, api_url=api, patience=1)


EVENT = json.dumps(
    {
        "type": "event_callback",
        "authorizations": [{"user_id": "U0DESKBOT", "is_bot": True}],
        "event": {"type": "message", "channel": "D1", "user": "U1", "ts": "1.5", "text": "Hi"},
    }
)


async def answer(side: HttpSide, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
    kind = {"Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(side.url, data=body.encode(), headers={**kind, **headers}) as response,
    ):
        return response.status, await response.text()


async def test_the_signature_decides(side: HttpSide) -> None:
    """Only what Slack has signed just now is taken; everything else is 401 and leaves no trace."""
    now = time.time()
    right = signature_headers(SECRET, EVENT, now)
    stamp, sign = "X-Slack-Request-Timestamp", "X-Slack-Signature"
    async with listening(side.channel) as received:
        await until(lambda: side.channel.is_alive(datetime.now(UTC)))
        for wrong in (
            {},
            signature_headers("another secret", EVENT, now),
            signature_headers(SECRET, EVENT + " ", now),
            signature_headers(SECRET, EVENT, now - 600),
            {**right, stamp: "yesterday"},
            {**right, stamp: str(int(now) + 1)},
            {**right, sign: ""},
            {**right, sign: "v0=ÿ"},
            {stamp: right[stamp]},
        ):
            assert (await answer(side, EVENT, wrong))[0] == 401
        assert received.events == []
        assert (await answer(side, EVENT, right))[0] == 200
        assert received.texts == ["Hi"]
        assert (await answer(side, EVENT, {**right, "X-Slack-Retry-Num": "1"}))[0] == 200
    assert received.events[0] == received.events[1]


async def test_slack_verifies_the_address(side: HttpSide) -> None:
    """Saving the address in the app's settings asks for a challenge back."""
    await side.server.use_http(side.url)
    challenge = json.dumps({"type": "url_verification", "challenge": "c7", "token": "t"})
    status, text = await answer(side, challenge, signature_headers(SECRET, challenge, time.time()))
    assert status == 200
    assert "c7" in text


async def test_before_listening_nothing_is_acknowledged(side: HttpSide) -> None:
    """The server is up a moment before the channel listens: Slack is asked to come again."""
    status, _ = await answer(side, EVENT, signature_headers(SECRET, EVENT, time.time()))
    assert status == 503


async def test_clicks_forms_and_commands_are_acknowledged(side: HttpSide) -> None:
    """Interactivity comes as a form; it is stored and acknowledged all the same."""
    async with listening(side.channel):
        await side.connected()
        side.say("Hello")
        await until(side.acknowledged)
        assert (await side.maria.command("/help")).acked
        assert (await side.maria.shortcut("ask")).acked


async def test_silence_is_no_illness(side: HttpSide) -> None:
    """Over HTTP nothing is heard while nobody writes; that alone is not an alarm."""
    assert not side.channel.is_alive(datetime.now(UTC))
    async with listening(side.channel):
        await until(lambda: side.channel.is_alive(datetime.now(UTC) + timedelta(days=1)))


@pytest.mark.parametrize(
    ("body", "kind"), [(b"{}", "text/plain; charset=nope"), (b"\xff\xfe", "application/json")]
)
async def test_bytes_that_are_no_text_are_refused_quietly(
    side: HttpSide, body: bytes, kind: str
) -> None:
    """Whoever has no signature gets 401, never an error of ours in the log."""
    headers = {
        "X-Slack-Request-Timestamp": str(int(time.time())),
        "X-Slack-Signature": "v0=a",
        "Content-Type": kind,
    }
    async with (
        aiohttp.ClientSession() as http,
        http.post(side.url, data=body, headers=headers) as response,
    ):
        assert response.status == 401
