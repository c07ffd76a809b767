"""A customer and a desk on Slack's stand-in, and the channel that talks to it."""

from __future__ import annotations

import re

from bot.channels.slack import SlackChannel
from bot.domain import Address
from bot.playground.slack.server import Message, SlackServer
from tests.channels.contract import PlatformSide, until

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-playground", "xapp-playground", "playground-signing-secret"
_UNSEEN = re.compile("[\u2060\u200b]")


class SlackSide(PlatformSide):
    """Maria, in direct messages with the bot."""

    def __init__(self, server: SlackServer, channel: SlackChannel) -> None:
        self.server = server
        self.channel: SlackChannel = channel
        self.desk = server.channel("support-desk")
        self.maria = server.user("Maria Ozola", locale="lv-LV")
        self.address = Address("slack", self.maria.dm_channel.id)
        self.last: Message | None = None

    def _from_bot(self) -> list[Message]:
        return [m for m in self.server.dm_messages(self.maria) if m.user != self.maria.id]

    def texts(self) -> list[str]:
        return [read(message.text) for message in self._from_bot()]

    def labels(self) -> list[str]:
        rows = [b["elements"] for b in self._from_bot()[-1].blocks if b["type"] == "actions"]
        return [button["text"]["text"] for row in rows for button in row]

    async def connected(self) -> None:
        await until(lambda: self.server.sockets.count == 2)

    def say(self, text: str) -> None:
        self.last = self.maria.dm(text)

    def say_again(self) -> None:
        assert self.last is not None
        self.server.redeliver(self.last)

    def acknowledged(self) -> bool:
        assert self.last is not None
        return any(
            d.acked and d.payload.get("event", {}).get("ts") == self.last.ts
            for d in self.server.deliveries
        )

    def busy(self, retry_after: int) -> None:
        self.server.fail_next("chat.postMessage", status=429, retry_after=retry_after)

    def refuse(self, code: str) -> None:
        errors = {"blocked": "restricted_action", "gone": "channel_not_found"}
        self.server.fail_next("chat.postMessage", error=errors.get(code, "invalid_blocks"))

    def wrong_token(self) -> None:
        self.server.fail_next("chat.postMessage", error="invalid_auth")

    def server_error(self) -> None:
        self.server.fail_next("chat.postMessage", status=502)

    def lose_answer(self) -> None:
        self.server.drop_after_accept("chat.postMessage")

    async def shut_down(self) -> None:
        await self.server.stop()


def read(text: str) -> str:
    """mrkdwn as a person reads it: escapes undone, invisible joiners unseen."""
    text = _UNSEEN.sub("", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
