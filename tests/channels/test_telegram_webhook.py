"""Telegram by webhook: the contract, and who may post to us."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels import telegram
from bot.channels.telegram import WEBHOOK_HEADER, WEBHOOK_PATH, TelegramChannel
from bot.domain import Channel
from bot.playground.telegram.server import TelegramServer
from tests.channels.contract import PlatformContract, Received, listening, until
from tests.channels.telegram_side import TOKEN, TelegramSide
from tests.channels.web_server import serving

SECRET = "only-Telegram-knows-it"


class WebhookSide(TelegramSide):
    """Ada, and a channel with an address of its own."""

    url = ""

    async def connected(self) -> None:
        await until(lambda: self.server.calls("setWebhook"))


@pytest.fixture
async def side() -> AsyncIterator[WebhookSide]:
    """Ada and a channel that is told by webhook."""
    channels: list[TelegramChannel] = []

    async def forward(request: web.Request) -> web.StreamResponse:
        # The address must be known before the channel is built that is served there.
        return await channels[0]._webhook(request)

    async with (
        TelegramServer(token=TOKEN, webhook_backoff=0.05) as server,
        serving([web.post(WEBHOOK_PATH, forward)]) as url,
    ):
        channels.append(TelegramChannel(TOKEN, server.url, url, SECRET))
        side = WebhookSide(server, channels[0])
        side.url = url + WEBHOOK_PATH
        yield side
        await channels[0].close()


class TestContract(PlatformContract):
    """Telegram keeps the contract by webhook."""

    platform = "telegram"
    limit = 4096

    def parser(self) -> Channel:
        return TelegramChannel(TOKEN)

    def at(self, url: str) -> Channel:
        return TelegramChannel(TOKEN, url, patience=0.2)


async def post_update(side: WebhookSide, body: str, secret: str | None) -> int:
    headers = {} if secret is None else {WEBHOOK_HEADER: secret}
    async with (
        aiohttp.ClientSession() as http,
        http.post(side.url, data=body.encode(), headers=headers) as response,
    ):
        return response.status


UPDATE = json.dumps(
    {
        "update_id": 7,
        "message": {
            "message_id": 1,
            "date": 1_700_000_000,
            "chat": {"id": 5, "type": "private"},
            "from": {"id": 5, "is_bot": False, "first_name": "Eve"},
            "text": "Hi",
        },
    }
)


async def test_the_secret_decides(side: WebhookSide, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Telegram's secret it is 403 and nothing is stored; the comparison takes the same
    time whatever was guessed."""
    compared: list[bytes] = []

    def compare(given: bytes, right: bytes) -> bool:
        compared.append(given)
        return hmac.compare_digest(given, right)

    monkeypatch.setattr(telegram, "hmac", type("hmac", (), {"compare_digest": compare}))
    async with listening(side.channel) as received:
        await side.connected()
        for wrong in (None, "", "guess", SECRET + "x", SECRET[:-1], "ключ"):
            assert await post_update(side, UPDATE, wrong) == 403
        assert received.events == []
        assert len(compared) == 6
        assert await post_update(side, UPDATE, SECRET) == 200
        assert received.texts == ["Hi"]


async def test_what_is_no_update_is_refused(side: WebhookSide) -> None:
    """Something that is not a JSON object is a clear 400, not an accident."""
    async with listening(side.channel):
        await side.connected()
        for body in ("", "{", "[]", '"text"', "\x00"):
            assert await post_update(side, body, SECRET) == 400


async def test_what_is_not_stored_is_not_accepted(side: WebhookSide) -> None:
    """A full disk is a 500: Telegram keeps the update and delivers it again."""
    received = Received(side.channel)
    async with listening(side.channel, received):
        await side.connected()
        received.failures = 1
        assert await post_update(side, UPDATE, SECRET) == 500
        assert await post_update(side, UPDATE, SECRET) == 200


async def test_before_listening_nothing_is_accepted(side: WebhookSide) -> None:
    """The server is up a moment before the channel listens: Telegram is asked to come again."""
    assert await post_update(side, UPDATE, SECRET) == 503


async def test_the_webhook_is_set_with_its_secret(side: WebhookSide) -> None:
    """Telegram is told the address, the secret, and the kinds of updates we want; it may be silent
    for days without that being an illness."""
    async with listening(side.channel):
        await side.connected()
        call = side.server.calls("setWebhook")[0].params
        assert call["url"] == side.url
        assert call["secret_token"] == SECRET
        assert "callback_query" in str(call["allowed_updates"])
        await until(lambda: side.channel.is_alive(datetime.now(UTC) + timedelta(days=1)))
        assert side.server.calls("getUpdates") == []


async def test_presses_are_answered(side: WebhookSide) -> None:
    """The little clock on a button ends."""
    async with listening(side.channel):
        await side.connected()
        await side.channel._bot.send_message(side.ada.id, "Well?", reply_markup=_yes())
        side.ada.press("Yes")
        await until(lambda: side.server.calls("answerCallbackQuery"))


def _yes() -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])


async def test_updates_wait_while_we_are_away(side: WebhookSide) -> None:
    """While our address does not answer, Telegram keeps what was said and brings it afterwards, in
    order."""
    async with listening(side.channel):
        await side.connected()
    side.channel._receive = None  # down: every delivery is refused
    for number in range(3):
        side.say(f"message {number}")
    async with listening(side.channel) as received:
        await until(lambda: len(set(received.texts)) == 3)
    assert list(dict.fromkeys(received.texts)) == [f"message {number}" for number in range(3)]


async def test_a_secret_of_strange_bytes_is_refused_quietly(side: WebhookSide) -> None:
    """Whoever knows no secret gets 403, never an error of ours in the log."""
    address = urlsplit(side.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = f"POST {address.path} HTTP/1.1\r\nHost: x\r\n{WEBHOOK_HEADER}: "
    writer.write(head.encode() + b"\xff\r\nContent-Length: 2\r\n\r\n{}")
    assert b" 403 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()
