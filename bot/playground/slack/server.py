"""A local stand-in of Slack that speaks its wire protocols, so that Bolt runs against it unchanged.

    async with SlackServer() as slack:
        desk = slack.channel("support-desk")
        maria = slack.user("Maria Ozola", tz="Europe/Riga", locale="lv-LV")
        maria.dm("The ventilation is loud")
        await slack.wait_for(lambda: slack.messages(desk))

Point the app at it with `AsyncWebClient(base_url=f"{slack.url}/api/")`. Socket Mode works from
there; `await slack.use_http(events_url)` switches to signed HTTP. Run on its own it also serves
the page's routes (see `play`): `python -m bot.playground.slack --port 8082`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

from bot.playground.slack import play as slack_play
from bot.playground.slack.calls import Desk
from bot.playground.slack.events import Courier, Delivery, HttpLine, Kind, Timing
from bot.playground.slack.limits import Limits
from bot.playground.slack.manifest import ALL_SCOPES, Manifest
from bot.playground.slack.socket import SocketHub
from bot.playground.slack.state import Change, Workspace
from bot.playground.slack.troubles import Troubles
from bot.playground.slack.user import SlackUser
from bot.playground.slack.values import (
    BOT_USER_ID,
    TEAM_ID,
    Channel,
    Json,
    Message,
    SlackError,
    User,
    View,
)
from bot.playground.slack.views import ResponseUrls, Triggers, Views
from bot.playground.slack.web import ApiRequest, WebApi

__all__ = ["Message", "SlackError", "SlackServer", "SlackUser", "Timing", "View"]

Found = TypeVar("Found")


class Changes:
    """A number that grows with every change, and a way to wait for the next one."""

    def __init__(self) -> None:
        self.version = 0
        self._next = asyncio.Event()

    def bump(self) -> None:
        self.version += 1
        # Whoever waits holds the old event; whoever comes later gets the new one.
        passed, self._next = self._next, asyncio.Event()
        passed.set()

    async def after(self, version: int) -> None:
        """Returns once the number is greater than `version`."""
        while self.version <= version:
            await self._next.wait()


class SlackServer(Troubles):
    """The workspace, its server on 127.0.0.1, and the faults tests order.

    With a `manifest` people and app can do what that names, and no more; without one everything
    but the `scopes` is open. `rate_limits` enforces one message a second in a channel, `tiers` the
    calls a minute of every other method (see `limits`)."""

    def __init__(
        self,
        bot_token: str = "xoxb-playground",  # noqa: S107 - nothing real to protect
        app_token: str = "xapp-playground",  # noqa: S107
        signing_secret: str = "playground-signing-secret",  # noqa: S107
        port: int = 0,
        *,
        scopes: Iterable[str] = ALL_SCOPES,
        manifest: Manifest | None = None,
        rate_limits: bool = False,
        tiers: bool = False,
        timing: Timing | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.bot_token = bot_token
        self.app_token = app_token
        self.signing_secret = signing_secret
        self.timing = timing or Timing()
        self.changes = Changes()
        self._port = port
        self._clock = clock
        self._users: dict[str, SlackUser] = {}
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self.sockets = SocketHub(self.timing.ack, self.changes.bump)
        self._courier = Courier(self.sockets, self.timing.retries, clock, self.changes.bump)
        self.workspace = Workspace(clock, self._happened)
        self.desk = Desk(
            workspace=self.workspace,
            views=Views(self.workspace.new_id),
            triggers=Triggers(clock, self.timing.trigger),
            response_urls=ResponseUrls(clock, self.timing.response_url),
            app=manifest or Manifest(frozenset(scopes)),
            clock=clock,
            ticket=self.sockets.ticket,
            changed=self.changes.bump,
        )
        limits = Limits(clock, posting=rate_limits, tiers=tiers)
        self.api = WebApi(self.desk, bot_token, app_token, limits)
        self.withheld: list[str] = []
        """Why Slack told the app nothing of some event: not subscribed to, or no scope."""

    # --- life ---

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listens on 127.0.0.1; `url` is known from here on."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes([*self.api.routes(), *slack_play.routes(self)])
        app.router.add_get("/link/", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.desk.url = f"http://127.0.0.1:{self._port}"
        self._session = aiohttp.ClientSession()
        self._courier.running = True

    async def stop(self) -> None:
        """Ends every delivery and connection; what was written stays readable."""
        await self._courier.close()
        await self.sockets.close()
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        return self.desk.url

    @property
    def requests(self) -> list[ApiRequest]:
        """Every Web API call so far, with what it was answered."""
        return self.api.requests

    def calls(self, method: str) -> list[ApiRequest]:
        """The calls of one method."""
        return [each for each in self.requests if each.method == method]

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self.api.faults.down:
            return web.Response(status=503)
        return await self.sockets.serve(request)

    # --- the cast ---

    def channel(self, name: str, *, joined: bool = True, private: bool = False) -> Channel:
        """The channel of this name, created on first mention with the bot inside if `joined`."""
        with contextlib.suppress(SlackError):
            return self.workspace.channel(name)
        members = [BOT_USER_ID] if joined else []
        return self.workspace.add_channel(name, "group" if private else "channel", members)

    def user(
        self,
        name: str,
        *,
        tz: str = "Europe/Riga",
        locale: str = "en-US",
        is_guest: bool = False,
        in_channels: Iterable[str | Channel] = (),
        team: str = TEAM_ID,
        email: str = "",
    ) -> SlackUser:
        """The person of this name, created on first mention. Being in channels from the start
        is not told as joining them; another `team` makes a stranger from a shared channel."""
        user = self._users.get(name) or self._new_user(name, tz, locale, is_guest, team, email)
        for each in in_channels:
            channel = self.channel(each) if isinstance(each, str) else each
            self.workspace.admit(channel, user.id)
        return user

    def _new_user(
        self, name: str, tz: str, locale: str, is_guest: bool, team: str, email: str
    ) -> SlackUser:
        handle = name.lower().replace(" ", ".")
        offset = datetime.now(ZoneInfo(tz)).utcoffset() or timedelta()
        value = User(
            id=self.workspace.new_id("U"),
            handle=handle,
            real_name=name,
            tz=tz,
            tz_offset=int(offset.total_seconds()),
            locale=locale,
            team=team,
            is_guest=is_guest,
            email=email or f"{handle}@example.org",
        )
        self.workspace.add_user(value)
        self._users[name] = SlackUser(value.id, self.desk, self._courier.tell)
        return self._users[name]

    def person(self, user_id: str) -> SlackUser:
        """The person with this id; `user_not_found` when there is none."""
        for user in self._users.values():
            if user.id == user_id:
                return user
        raise SlackError("user_not_found")

    def other_bot(
        self, channel: str | Channel, text: str, *, name: str = "pager", thread_ts: str = ""
    ) -> Message:
        """A message by another app's bot, which reaches this app's handlers too."""
        fields = {"subtype": "bot_message", "bot_id": "B0OTHER01", "username": name}
        where = self._channel(channel)
        draft = self.workspace.draft(where, "", text, thread_ts=thread_ts, **fields)
        return self.workspace.post(draft)

    # --- reading ---

    def messages(self, channel: str | Channel) -> list[Message]:
        """What the channel shows, oldest first; replies are in `thread`."""
        return self.workspace.history(self._channel(channel))

    def thread(self, channel: str | Channel, ts: str) -> list[Message]:
        """The root and its replies, oldest first; empty when there is no such message."""
        try:
            return self.workspace.thread(self._channel(channel), ts)
        except SlackError:
            return []

    def dm_messages(self, user: SlackUser) -> list[Message]:
        """All that was said between the user and the bot, replies included."""
        return self.workspace.everything(user.dm_channel)

    def ephemerals(self, user: SlackUser) -> list[Message]:
        """What only this user sees."""
        return [each for each in self.workspace.ephemerals if each.ephemeral_to == user.id]

    async def wait_for(self, condition: Callable[[], Found], timeout: float = 5) -> Found:
        """The condition's value once it is true. It is asked again whenever anything changes
        here (a call, a message, a delivery, a connection), so let it look at this server."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    version = self.changes.version
                    if found := condition():
                        return found
                    await self.changes.after(version)
        except TimeoutError:
            if found := condition():
                return found
            last = [(each.method, each.result.get("error", "ok")) for each in self.requests[-5:]]
            raise TimeoutError(f"not so within {timeout} s; the last calls were {last}") from None

    # --- telling the app ---

    @property
    def events(self) -> list[Json]:
        """Every event told so far, in its envelope."""
        return self._courier.events

    @property
    def deliveries(self) -> list[Delivery]:
        """Every finished attempt at delivering something."""
        return self._courier.deliveries

    async def use_http(self, events_url: str, interactivity_url: str = "") -> None:
        """Delivers by signed HTTP from now on, once the url has answered its challenge."""
        if self._session is None:
            raise RuntimeError("the server is not running")
        other = interactivity_url or events_url
        urls: dict[Kind, str] = {
            "events_api": events_url,
            "interactive": other,
            "slash_commands": other,
        }
        line = HttpLine(self._session, self.signing_secret, urls, self.timing.ack, self._clock)
        await line.verify()
        self._courier.line = line

    def redeliver(self, event: Json | Message, *, delay: float = 0.0) -> None:
        """Delivers an event once more, the duplicate Slack sometimes sends: an entry of
        `events`, or the message it told of. `KeyError` when no such event was sent."""
        self._courier.redeliver(event, delay)

    def _happened(self, change: Change) -> None:
        """An app hears of what happens where its bot is a member, if it asked to."""
        if BOT_USER_ID in change.channel.members:
            if why := self.desk.app.deaf_to(change.event, change.channel):
                self.withheld.append(why)
            else:
                self._courier.send(change.event, shared=change.channel.is_shared)
        self.changes.bump()
