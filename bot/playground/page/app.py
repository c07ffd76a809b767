"""The page of `make demo`: a customer's telephone and the agents' workspace, side by side.

    app = page_app(telegram, slack, controls, desk_channel="support-desk")
    runner = web.AppRunner(app, access_log=None)         # listen on 127.0.0.1 only

It plays on the stand-ins' own state, so what a test does by Python shows on the page and the other
way round. Give the stand-ins the clock of `controls`: what is written after skipping ahead should
bear the new time. Nothing is built and nothing is fetched from elsewhere.

    GET  /                  the page; its styles and modules beside it
    GET  /play/stage        {"desk": channel id, "now": ISO time, "faults": [name]}
    GET  /play/changes      ?telegram=N&slack=M: {"telegram", "slack", "now"} as soon as a version
                            differs from the given one, or when 25 seconds are over
    GET  /play/clock        {"now": ISO time}
    POST /play/skip         {"seconds"} → {"now"}, once everything due until then has been begun
    POST /play/faults       {"fault": name} → {}
    GET  /play/decisions    the bot's last decisions, newest first, as `Controls.decisions` has them
    …    /play/telegram/…   see `control`;  /play/slack/… see `play`

A request that is not understood is a 400 with {"error": text}; see `guard` for who may ask.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from bot.playground.page.cast import bring_cast
from bot.playground.page.faults import Accidents
from bot.playground.page.guard import guard
from bot.playground.slack import play as slack_play
from bot.playground.slack.server import SlackServer
from bot.playground.telegram.control import control_app
from bot.playground.telegram.server import TelegramServer

Json = dict[str, Any]

WAIT_SECONDS = 25.0
LONGEST_SKIP = 366 * 24 * 3600.0
_HERE = Path(__file__).parent / "static"
_KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


class Controls(Protocol):
    """What the page asks of the running bot."""

    def now(self) -> datetime:
        """The time the scheduler goes by, with its zone."""

    async def skip(self, seconds: float) -> None:
        """Move that time on; what has become due by then is begun when this returns."""

    async def decisions(self) -> list[dict[str, Any]]:
        """The last decisions, newest first: {"at", "customer", "text", "outcome", "language",
        "why": [text], "matches": [{"article", "score", "evidence", "precision", "precision_asked",
        "share"}]}; for some also "signals": {name: value}, "rule", "second": {"article", "behind"},
        "parts": [{"text", "matches"}] and "in_context": the same of one; "mood": {"level", "score",
        "reasons": [text]} or null."""


def page_app(
    telegram: TelegramServer, slack: SlackServer, controls: Controls, desk_channel: str
) -> web.Application:
    """The page as an application of its own, with a cast to play with (see `cast`).

    `desk_channel` is the desk's name or id. The servers have to be running while it is used."""
    page = _Page(telegram, slack, controls, bring_cast(telegram, slack, desk_channel))
    app = web.Application(client_max_size=32 * 1024 * 1024)
    guard(app)
    app.add_routes(page.routes())
    app.add_routes(slack_play.routes(slack))
    app.add_subapp("/play/telegram", control_app(telegram))
    app.on_shutdown.append(page.close)
    return app


class _Page:
    """The handlers behind the routes."""

    def __init__(
        self, telegram: TelegramServer, slack: SlackServer, controls: Controls, desk: str
    ) -> None:
        self._pulse = telegram.world.pulse
        self._changes = slack.changes
        self._controls = controls
        self._desk = desk
        self._accidents = Accidents(telegram, slack)
        self._closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", _file),
            web.get(r"/{name:page(_[a-z]+)?\.(css|js|svg)}", _file),
            web.get("/play/stage", self.stage),
            web.get("/play/changes", self.changes),
            web.get("/play/clock", self.clock),
            web.post("/play/skip", self.skip),
            web.post("/play/faults", self.fault),
            web.get("/play/decisions", self.decisions),
        ]

    async def close(self, app: web.Application) -> None:
        self._closing.set()
        await self._accidents.end()

    async def stage(self, request: web.Request) -> web.Response:
        setting = {"desk": self._desk, "faults": self._accidents.names}
        return web.json_response(setting | self._now())

    async def changes(self, request: web.Request) -> web.Response:
        try:
            known = int(request.query["telegram"]), int(request.query["slack"])
        except (KeyError, ValueError):
            return _unclear("telegram and slack have to be the versions known, as numbers")
        if known == self._versions():
            await self._next_change()
        telegram, slack = self._versions()
        return web.json_response({"telegram": telegram, "slack": slack} | self._now())

    async def clock(self, request: web.Request) -> web.Response:
        return web.json_response(self._now())

    async def skip(self, request: web.Request) -> web.Response:
        seconds = (await _body(request)).get("seconds")
        if not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_SKIP:
            return _unclear("seconds has to be a number above 0, and a year at most")
        await self._controls.skip(float(seconds))
        return web.json_response(self._now())

    async def fault(self, request: web.Request) -> web.Response:
        name = (await _body(request)).get("fault")
        if name not in self._accidents.names:
            return _unclear(f"fault has to be one of {', '.join(self._accidents.names)}")
        await self._accidents.order(name)
        return web.json_response({})

    async def decisions(self, request: web.Request) -> web.Response:
        return web.json_response(await self._controls.decisions())

    def _now(self) -> Json:
        return {"now": self._controls.now().isoformat()}

    def _versions(self) -> tuple[int, int]:
        return self._pulse.version, self._changes.version

    async def _next_change(self) -> None:
        telegram, slack = self._versions()
        waits = [
            asyncio.ensure_future(self._pulse.after(telegram)),
            asyncio.ensure_future(self._changes.after(slack)),
            asyncio.ensure_future(self._closing.wait()),
        ]
        try:
            await asyncio.wait(waits, timeout=WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


async def _file(request: web.Request) -> web.Response:
    path = _HERE / request.match_info.get("name", "page.html")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise web.HTTPNotFound from None
    return web.Response(text=text, content_type=_KINDS[path.suffix])


async def _body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def _unclear(text: str) -> web.Response:
    return web.json_response({"error": text}, status=400)
