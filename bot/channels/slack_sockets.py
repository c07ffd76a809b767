"""Slack's sockets, kept open: two, so that one stays open while Slack renews the other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack_errors import brief, code_of
from bot.channels.slack_start import NO_APP_TOKEN, app_token_wrong

log = structlog.get_logger(__name__)

CONNECTIONS = 2  # the SDK closes a socket before it opens the next: with two, one is always open
DEAD_AFTER = timedelta(seconds=15)
LONGEST_PAUSE = 30.0  # seconds before a socket is opened again
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(eq=False)
class _Socket:
    """One of the connections: when it was last opened, and last seen open (None: never yet)."""

    handler: AsyncSocketModeHandler
    open_at: datetime | None
    opened_at: datetime | None = None

    def covers(self, closed_at: datetime | None) -> bool:
        """Whether it was already open when another was still seen open, so none was missed."""
        return self.opened_at is not None and (closed_at is None or self.opened_at < closed_at)


class Sockets:
    """The connections, each opened again whenever it has been closed for longer than the SDK
    needs; `gap` is called when something may have been missed, `heard` with when one was open."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        client: AsyncWebClient,
        gap: Callable[[], None],
        heard: Callable[[datetime], None],
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._client = client
        self._gap = gap
        self._heard = heard
        self.kept: list[_Socket] = []

    async def run(self) -> None:
        """Keep them open until cancelled; raises SettingsError if the token is not accepted."""
        try:
            await asyncio.gather(*(self._keep_connected() for _ in range(CONNECTIONS)))
        finally:
            for socket in self.kept:
                with contextlib.suppress(Exception):
                    await socket.handler.close_async()  # type: ignore[no-untyped-call]

    async def _keep_connected(self) -> None:
        pause, open_at = 1.0, None
        while True:
            handler = AsyncSocketModeHandler(self._app, self._app_token, web_client=self._client)
            handler.client.message_listeners.append(self.greeted)
            socket, open_at = _Socket(handler, open_at), _LONG_AGO
            self.kept.append(socket)
            try:
                await handler.connect_async()  # type: ignore[no-untyped-call]
                pause = 1.0
                await self._while_connected(socket)
            except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
                if isinstance(error, SlackApiError) and code_of(error) in NO_APP_TOKEN:
                    raise app_token_wrong(error) from None
                log.warning("slack_unavailable", detail=brief(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            finally:
                self.kept.remove(socket)
                with contextlib.suppress(Exception):
                    await handler.close_async()  # type: ignore[no-untyped-call]

    async def _while_connected(self, socket: _Socket) -> None:
        deaf_since: datetime | None = None
        while True:
            now = datetime.now(UTC)
            if await socket.handler.client.is_connected():
                self._heard(now)
                deaf_since = None
                socket.open_at = now if socket.opened_at else socket.open_at
            else:
                deaf_since = deaf_since or now
                if now - deaf_since > DEAD_AFTER:
                    log.warning("slack_socket_dead")
                    return
            await asyncio.sleep(1.0)

    async def greeted(self, client: Any, message: Mapping[str, Any], _raw: Any = None) -> None:
        """A socket has been opened: fetch what was said while there was none. Slack renews each
        of them every few hours; the other one stays open then."""
        if message.get("type") != "hello":
            return
        now = datetime.now(UTC)
        self._heard(now)
        opened = [socket for socket in self.kept if socket.handler.client is client]
        closed_at = opened[0].open_at if opened else _LONG_AGO
        others = [other for other in self.kept if other not in opened]
        if not any([o.covers(closed_at) and await o.handler.client.is_connected() for o in others]):
            self._gap()
        for socket in opened:
            socket.opened_at = socket.open_at = now
