"""The playground with its page, for its tests: both stand-ins, a fake bot, a tab of a browser."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient
from telegram import Bot

from bot.playground.page.app import page_app
from bot.playground.slack.manifest import Manifest
from bot.playground.slack.server import SlackServer
from bot.playground.telegram.server import TelegramCustomer, TelegramServer
from tests.browser import Tab, new_tab

Json = dict[str, Any]
TOKEN = "4242:test"
MANIFEST = Manifest(
    commands={"/desk": "queue | mine"}, shortcuts={"Make an article": "make_article"}
)


@dataclass
class FakeControls:
    """A bot whose clock moves only when it is skipped ahead."""

    time: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    made: list[Json] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    async def skip(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    async def decisions(self) -> list[Json]:
        return self.made


@dataclass
class Playground:
    """Everything behind the page, and the page's address."""

    telegram: TelegramServer
    slack: SlackServer
    controls: FakeControls
    url: str

    @property
    def anna(self) -> TelegramCustomer:
        """The first customer, whom the page shows to begin with."""
        return next(iter(self.telegram.customers.values()))


@contextlib.asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@pytest.fixture
async def play(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Playground]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    async with TelegramServer(TOKEN) as telegram, SlackServer(manifest=MANIFEST) as slack:
        controls = FakeControls()
        async with served(page_app(telegram, slack, controls, "support-desk")) as url:
            yield Playground(telegram, slack, controls, url)


@pytest.fixture
async def http(play: Playground) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(play.url) as session:
        yield session


@pytest.fixture
async def bot_(play: Playground) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=f"{play.telegram.url}/bot") as bot:
        yield bot


@pytest.fixture
async def client(play: Playground) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            play.slack.bot_token,
            base_url=f"{play.slack.url}/api/",
            session=session,
            retry_handlers=[],
        )


@dataclass
class App:
    """The Slack app at the other end: everything told to it, all of it acknowledged."""

    events: list[Json] = field(default_factory=list)
    gestures: list[Json] = field(default_factory=list)
    react: Callable[[Json], Any] | None = None

    async def handle(self, request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            body = await request.json()
            if body["type"] == "url_verification":
                return web.Response(text=body["challenge"])
            self.events.append(body["event"])
            return web.Response()
        form = {key: value[0] for key, value in parse_qs(await request.text()).items()}
        gesture = json.loads(form["payload"]) if "payload" in form else form
        self.gestures.append(gesture)
        if self.react is not None:
            answer = await self.react(gesture)
            return web.json_response(answer) if answer else web.Response()
        return web.Response()


@pytest.fixture
async def app(play: Playground) -> AsyncIterator[App]:
    app, site = App(), web.Application()
    site.router.add_post("/", app.handle)
    async with served(site) as url:
        await play.slack.use_http(url)
        yield app


@pytest.fixture
async def tab(browser: str, play: Playground) -> AsyncIterator[Tab]:
    """A new tab, while the playground is open."""
    async with new_tab(browser) as opened:
        yield opened


def card(*buttons: Json) -> list[Json]:
    text = {"type": "mrkdwn", "text": "*#7 Anna* wants a person"}
    return [{"type": "section", "text": text}, {"type": "actions", "elements": list(buttons)}]


def button(action: str, label: str) -> Json:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "action_id": action, "text": text, "value": "7"}
