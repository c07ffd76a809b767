"""The few accidents that can be ordered from the page, to see how the bot takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.playground.slack.server import SlackServer
from bot.playground.telegram.server import TelegramServer

DOWN_SECONDS = 10.0
RETRY_AFTER = 5


class Accidents:
    """Orders accidents by name, and ends those that last."""

    def __init__(self, telegram: TelegramServer, slack: SlackServer) -> None:
        self._telegram = telegram
        self._slack = slack
        self._down: dict[str, asyncio.Task[None]] = {}
        self._orders: dict[str, Callable[[], Awaitable[None]]] = {
            "telegram_down": self._telegram_down,
            "telegram_429": self._telegram_429,
            "telegram_lost": self._telegram_lost,
            "slack_down": self._slack_down,
            "slack_429": self._slack_429,
            "slack_lost": self._slack_lost,
        }

    @property
    def names(self) -> tuple[str, ...]:
        """What can be ordered."""
        return tuple(self._orders)

    async def order(self, name: str) -> None:
        """Let it happen: at once to a server, else to its next post. KeyError if unknown."""
        await self._orders[name]()

    async def end(self) -> None:
        """Wait no longer to bring up what is down: the page closes together with its servers."""
        for task in self._down.values():
            task.cancel()
        await asyncio.gather(*self._down.values(), return_exceptions=True)

    async def _telegram_down(self) -> None:
        await self._telegram.down()
        self._lasting("telegram", self._telegram_up)

    async def _telegram_up(self) -> None:
        await self._telegram.down(False)

    async def _slack_down(self) -> None:
        self._slack.down()
        self._lasting("slack", self._slack_up)

    async def _slack_up(self) -> None:
        self._slack.down(False)

    def _lasting(self, server: str, bring_up: Callable[[], Awaitable[None]]) -> None:
        if earlier := self._down.get(server):
            earlier.cancel()
        self._down[server] = asyncio.create_task(_after(DOWN_SECONDS, bring_up))

    async def _telegram_429(self) -> None:
        self._telegram.fail_next("sendMessage", 429, RETRY_AFTER)

    async def _telegram_lost(self) -> None:
        self._telegram.drop_after_accept("sendMessage")

    async def _slack_429(self) -> None:
        self._slack.fail_next("chat.postMessage", status=429, retry_after=RETRY_AFTER)

    async def _slack_lost(self) -> None:
        self._slack.drop_after_accept("chat.postMessage")


async def _after(seconds: float, bring_up: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(seconds)
    await bring_up()
