"""A customer on Telegram's stand-in, and the channel that talks to it."""

from __future__ import annotations

from bot.channels.telegram import TelegramChannel
from bot.domain import Address
from bot.playground.telegram.server import TelegramServer
from tests.channels.contract import PlatformSide

TOKEN = "1000001:playground-token-of-no-real-bot"


class TelegramSide(PlatformSide):
    """Ada, in a private chat with the bot."""

    def __init__(self, server: TelegramServer, channel: TelegramChannel) -> None:
        self.server = server
        self.channel: TelegramChannel = channel
        self.ada = server.customer(first_name="Ada")
        self.ada.start()
        server.world.updates.clear()
        self.address = Address("telegram", str(self.ada.id))

    def texts(self) -> list[str]:
        return [message.text for message in self.ada.seen]

    def labels(self) -> list[str]:
        return list(self.ada.seen[-1].labels)

    def say(self, text: str) -> None:
        self.ada.say(text)

    def say_again(self) -> None:
        self.server.resend(self.server.updates[-1])

    def acknowledged(self) -> bool:
        return not self.server.pending

    def busy(self, retry_after: int) -> None:
        self.server.fail_next("sendMessage", 429, retry_after=retry_after)

    def refuse(self, code: str) -> None:
        if code == "blocked":
            self.ada.block()
        elif code == "gone":
            self.address = Address("telegram", "424242")
        else:
            self.server.fail_next("sendMessage", 400)

    def wrong_token(self) -> None:
        self.server.fail_next("sendMessage", 401)

    def server_error(self) -> None:
        self.server.fail_next("sendMessage", 502)

    def lose_answer(self) -> None:
        self.server.drop_after_accept("sendMessage")

    async def shut_down(self) -> None:
        await self.server.down()
