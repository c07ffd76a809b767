"""One running Frontdesk as whoever operates it sees it: health, stopping, crashing, logs, and a
knowledge base that changes while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import aiohttp
import numpy as np
import pytest
import structlog
import typer
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot import app as bot_app
from bot import cli, logs, outbox
from bot.app import App
from bot.channels.console import ConsoleChannel
from bot.channels.slack import SlackChannel
from bot.config import SettingsError
from bot.domain import Address, Channel, Outgoing, Person, Receive, Reply
from bot.health import Health
from bot.knowledge.base import load
from bot.mind import Mind
from bot.outbox import Draft
from bot.playground.slack.server import SlackServer
from bot.playground.telegram.server import TelegramServer
from bot.stage import MovableClock, build_stage, servers
from bot.storage.database import Database
from bot.storage.upgrade import upgrade
from bot.understanding import choose
from bot.understanding.embeddings import Array, Vectors
from bot.understanding.reading import Understanding
from tests.conftest import KNOWLEDGE_BASE, ROOT, shipped_mind
from tests.small_shop import write_small_shop

TOKEN = "1000001:playground-token-of-no-real-bot"
SECRET_WORDS = "my-card-is-4929-and-nobody-may-read-this"


@pytest.fixture(scope="module")
def mind() -> Mind:
    """The shipped knowledge base, ready; building it takes a while."""
    return shipped_mind(date.today())  # noqa: DTZ011 - any day will do


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """What a test sets up for the log ends with it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def until(condition: Callable[[], object], timeout: float = 40) -> None:
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 - the condition has no event of its own
            await asyncio.sleep(0.02)


# --- a real process ------------------------------------------------------------------------------


@dataclass
class Process:
    """`frontdesk run`, and what it wrote to standard error."""

    process: asyncio.subprocess.Process
    port: int
    lines: list[str] = field(default_factory=list)
    reading: asyncio.Task[None] | None = None

    async def read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(line.decode())

    async def end(self, timeout: float) -> int:
        """The exit code, once it has ended and everything it wrote has been read."""
        assert self.reading is not None
        code = await asyncio.wait_for(self.process.wait(), timeout)
        await self.reading
        return code

    async def health(self) -> tuple[int, dict[str, Any]]:
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{self.port}/healthz") as response,
        ):
            return response.status, await response.json()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def frontdesk(
    telegram: TelegramServer, slack: SlackServer, database_url: str, folder: Path
) -> AsyncIterator[Process]:
    """The command as it is run in production, against the stand-ins, on a small knowledge base."""
    port = _free_port()
    shop = await asyncio.to_thread(write_small_shop, folder / "knowledge_base")
    settings = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": telegram.url,
        "SLACK_BOT_TOKEN": "xoxb-playground",
        "SLACK_APP_TOKEN": "xapp-playground",
        "SLACK_API_URL": f"{slack.url}/api/",
        "SLACK_DESK_CHANNEL": slack.channel("support-desk").id,
        "DATABASE_URL": database_url,
        "KNOWLEDGE_BASE": str(shop),
        "HTTP_PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
    }
    command = (sys.executable, "-m", "bot.cli", "run")
    process = await asyncio.create_subprocess_exec(
        *command, env=settings, cwd=folder, stderr=asyncio.subprocess.PIPE
    )
    running = Process(process, port)
    running.reading = asyncio.ensure_future(running.read())
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await running.end(20)


async def test_a_process_from_its_start_to_its_end(sqlite_url: str, tmp_path: Path) -> None:
    """It becomes healthy, works through trouble, refuses a second process on its file, and on
    SIGTERM finishes the send in flight and ends with 0; its log is one JSON line per event and
    holds neither a token nor a word of what people wrote."""
    async with (
        TelegramServer(token=TOKEN) as telegram,
        SlackServer() as slack,
        frontdesk(telegram, slack, sqlite_url, tmp_path) as running,
    ):
        await telegram.polled(40)
        await until(lambda: slack.sockets.count == 2)
        status, report = await running.health()
        assert (status, report["status"]) == (200, "ok")
        assert report["channels"] == {"slack": True, "telegram": True, "folder": True}

        async with frontdesk(telegram, slack, sqlite_url, tmp_path) as second:
            assert await second.end(40) == 2
        (line,) = second.lines
        assert line.startswith("frontdesk: DATABASE_URL:")
        assert "in use by another frontdesk process" in line

        ada = telegram.customer(first_name="Ada Secretname")
        await _through_trouble(telegram, slack, ada.id)
        await until(lambda: any("not_accepted" in x or "unreadable" in x for x in running.lines))

        seen = len(ada.seen)
        telegram.hang("sendMessage", 1.0, accepted=True)
        ada.say(f"one more: {SECRET_WORDS}")
        await until(lambda: len(ada.seen) > seen)  # it has arrived, and its answer has not
        stopped_at = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert await running.end(30) == 0
        assert time.monotonic() - stopped_at < 10

    database = Database(sqlite_url)
    states = database.transact(lambda s: s.connection().exec_driver_sql(
        "SELECT DISTINCT state, doubtful FROM outbox").all())  # fmt: skip
    database.close()
    assert ("sending", 0) not in [tuple(row) for row in states]
    assert ("queued", 0) not in [tuple(row) for row in states]
    _is_clean(running.lines)


async def _through_trouble(telegram: TelegramServer, slack: SlackServer, chat_id: int) -> None:
    """Everything that makes a program talkative."""
    ada = telegram.customer(chat_id)
    petra = slack.user("Petra Secretname")
    telegram.fail_next("sendMessage", 429, retry_after=1)
    ada.say(f"return {SECRET_WORDS}")
    await ada.wait_for(lambda message: True, 40)
    telegram.fail_next("getUpdates", 502)
    telegram.drop_after_accept("getUpdates")
    said = telegram.updates[-1]["message"]
    telegram.push_raw({"message": {**said, "text": SECRET_WORDS, "date": SECRET_WORDS}})
    telegram.push_raw({"message": {**said, "text": SECRET_WORDS, "chat": SECRET_WORDS}})
    slack.fail_next("users.info", status=503)
    slack.fail_next("chat.postMessage", status=500)
    petra.dm(f"hello {SECRET_WORDS}")
    slack.disconnect_sockets("refresh_requested")
    await until(lambda: [m for m in slack.dm_messages(petra) if m.user != petra.id])
    ada.block()
    telegram.world.updates.push("message", {**said, "message_id": 99, "text": SECRET_WORDS})
    await until(lambda: 403 in {call.status for call in telegram.calls("sendMessage")})
    ada.unblock()


def _is_clean(lines: Sequence[str]) -> None:
    for line in lines:
        assert json.loads(line)["event"]
        for secret in (TOKEN, "xoxb-playground", "xapp-playground", SECRET_WORDS, "Secretname"):
            assert secret not in line
    events = {json.loads(line)["event"] for line in lines}
    assert {"started", "received", "processed", "send_ended", "unreadable_event", "stopped"} <= (
        events
    )


def test_a_broken_answer_is_not_quoted(capfd: pytest.CaptureFixture[str]) -> None:
    """Half an answer of Telegram's may hold what customers wrote; the log only says that it was
    broken."""
    logs.configure()
    with pytest.raises(TelegramError):
        HTTPXRequest.parse_json_payload(f'{{"result": [{{"text": "{SECRET_WORDS}'.encode())
    assert SECRET_WORDS not in capfd.readouterr().err


# --- crashing ------------------------------------------------------------------------------------


class BrokenChannel(ConsoleChannel):
    """A channel of which one part fails."""

    def __init__(self, fault: str) -> None:
        super().__init__(lambda: None, lambda text: None, Person("you"), asyncio.Event())
        self.fault = fault

    async def listen(self, receive: Receive) -> None:
        if self.fault == "raises":
            raise RuntimeError("the connection's loop broke")
        if self.fault == "ends":
            return
        await asyncio.Event().wait()

    @property
    def rate(self) -> float:  # type: ignore[override]
        if self.fault == "outbox":
            raise RuntimeError("the outbox's loop broke")
        return 0.0


@pytest.mark.parametrize("fault", ["raises", "ends", "outbox"])
def test_a_crash_of_any_loop_ends_the_process(
    fault: str, mind: Mind, sqlite_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Better dead, and started again, than half alive: the exit code is 1 and the log says why."""
    database = Database(sqlite_url)

    def build() -> App:
        logs.configure()
        desk = Address("console", "desk")
        broken = cast(Channel, BrokenChannel(fault))
        return App(database, [broken], desk, KNOWLEDGE_BASE, mind=mind)

    with pytest.raises(typer.Exit) as ended:
        cli._run_app(build)
    database.close()
    assert ended.value.exit_code == 1
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    (crash,) = (line for line in lines if line["event"] == "crashed")
    assert crash["level"] == "error"
    assert "broke" in crash["exception"] or "should run for ever" in crash["exception"]


# --- health --------------------------------------------------------------------------------------


class Sick(ConsoleChannel):
    """A channel that says itself how it is."""

    alive = True

    def __init__(self) -> None:
        super().__init__(lambda: None, lambda text: None, Person("you"), asyncio.Event())

    def is_alive(self, now: datetime) -> bool:
        return self.alive


async def test_health_follows_the_connections(sqlite_url: str) -> None:
    """Green while connected; a minute's grace after the start; then red while a connection has
    been dead for a minute, and green again afterwards."""
    now = [datetime.now(UTC)]
    database = Database(sqlite_url)
    upgrade(database)
    channel = Sick()
    health = Health(database, [channel], lambda: now[0])
    channel.alive = False
    assert (await health.look())[0]
    now[0] += timedelta(seconds=61)
    well, report = await health.look()
    assert not well and report["status"] == "failing" and report["channels"] == {"console": False}
    channel.alive = True
    assert (await health.look())[0]
    database.close()


async def test_health_is_red_while_the_desk_hears_nothing(sqlite_url: str) -> None:
    """A card that could not be posted for a minute is a customer whom nobody helps."""
    now = [datetime.now(UTC)]
    database = Database(sqlite_url)
    upgrade(database)
    channel = SlackChannel("xoxb-1", "C1", signing_secret=SECRET_WORDS)
    channel.heard_at = now[0]
    card = Outgoing("post", Address("slack", "C1"), Reply("#1"))
    customer = Outgoing("post", Address("slack", "D1"), Reply("Hello"))
    database.transact(outbox.put, [Draft(card), Draft(customer)], now[0])
    health = Health(database, [channel], lambda: now[0])
    assert (await health.look())[0]
    channel.heard_at = now[0] = now[0] + timedelta(seconds=61)
    well, report = await health.look()
    assert not well and report["desk_late"] == 1
    database.close()


async def test_health_is_red_without_a_database(tmp_path: Path) -> None:
    """No database, no service; the report says so, without an address or a password."""
    database = Database(f"sqlite:///{tmp_path}/empty.db")  # without tables, so every query fails
    well, report = await Health(database, []).look()
    assert not well
    assert report["database"] == "OperationalError"
    database.close()


async def test_health_over_http(mind: Mind, sqlite_url: str) -> None:
    """What a supervisor asks: 200 or 503, and which part it is."""
    channel = Sick()
    channels: list[Channel] = [channel]
    desk = Address("console", "desk")
    app = App(
        Database(sqlite_url), channels, desk, KNOWLEDGE_BASE, mind=mind, http=("127.0.0.1", 0)
    )
    stop = asyncio.Event()
    running = asyncio.ensure_future(app.run(stop))
    await until(lambda: app.http_port or running.done())
    async with aiohttp.ClientSession() as http:
        address = f"http://127.0.0.1:{app.http_port}/healthz"
        async with http.get(address) as response:
            assert response.status == 200
            body: Mapping[str, Any] = await response.json()
    assert body["channels"] == {"console": True}
    assert (body["database"], body["quarantined"], body["to_send"]) == ("ok", 0, 0)
    stop.set()
    await running
    app.database.close()


# --- the knowledge base, live --------------------------------------------------------------------

KAYAKS = """---
title: Do you rent out kayaks?
questions: [can I hire a kayak, kayak rental]
---
Yes: kayaks are **20 euros** a day.
"""


async def test_a_new_article_is_served_while_running(sqlite_url: str, tmp_path: Path) -> None:
    """An article that is saved is answered from soon after; a broken one beside it takes nothing
    away; a removed one is not served any more."""
    folder = write_small_shop(tmp_path / "knowledge_base")
    async with servers(lambda: datetime.now(UTC)) as (telegram, slack):  # type: ignore[arg-type]
        stage = build_stage(telegram, slack, sqlite_url, folder)
        for channel in stage.app.channels:
            channel.pace = channel.rate = 0.0
        await stage.start()
        others = served(stage.app)
        try:
            article = folder / "articles" / "en" / "kayaks.md"
            article.write_text(KAYAKS)
            await until(lambda: ("kayaks", "en") in served(stage.app))
            ada = telegram.customer(first_name="Ada")
            ada.say("kayak rental")
            await ada.wait_for("20 euros", 30)
            (folder / "articles" / "en" / "broken.md").write_text("---\ntitle: [\n---\nNo.")
            article.write_text(KAYAKS.replace("20", "25"))
            await until(lambda: "25" in served(stage.app).get(("kayaks", "en"), ""))
            article.unlink()
            await until(lambda: ("kayaks", "en") not in served(stage.app))
            assert served(stage.app) == others != {}
        finally:
            await stage.end()


def served(app: App) -> dict[tuple[str, str], str]:
    """The text of each article, by id and language."""
    assert app.mind is not None
    return {(a.id, a.language): a.body for a in app.mind.kb.articles.values()}


async def test_customers_are_heard_before_they_are_understood(
    mind: Mind, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start listens at once; what is said while the knowledge base is still being learned is
    kept, and answered when it is."""
    learned = threading.Event()

    def slowly(*_: object) -> Understanding:
        assert learned.wait(40)
        return mind.understanding

    monkeypatch.setattr(bot_app, "understanding_of", slowly)
    async with servers(MovableClock()) as (telegram, slack):
        stage = build_stage(telegram, slack, sqlite_url, KNOWLEDGE_BASE)
        starting = asyncio.ensure_future(stage.start())
        try:
            await telegram.polled(40)
            ada = telegram.customer(first_name="Ada")
            ada.say("/help")
            await until(lambda: not telegram.pending)
            assert not starting.done() and not ada.seen
            learned.set()
            await ada.wait_for(lambda message: True, 40)
            await starting
        finally:
            learned.set()
            await stage.end()


async def test_changes_are_taken_up_while_the_sentence_model_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may take minutes the first time; what admins write meanwhile must not wait for it, and is
    understood with the model once it is there."""
    loaded, articles = threading.Event(), tmp_path / "kb" / "articles" / "en"
    articles.mkdir(parents=True)
    (articles / "tents.md").write_text("---\ntitle: Do you sell tents?\n---\nYes.\n")

    class Model:
        name, dimension = "tiny", 2

        def embed(self, texts: Sequence[str]) -> Array:
            return np.ones((len(texts), 2), np.float32)

    def slowly(*_: object) -> Vectors:
        assert loaded.wait(40)
        return Vectors(Model())

    monkeypatch.setattr("bot.embedding.load_vectors", slowly)
    app = App(None, (), Address("slack", "C1"), tmp_path / "kb", embeddings=("tiny", tmp_path))  # type: ignore[arg-type]
    app.kb = load(tmp_path / "kb", "en", date(2026, 11, 22))
    watching = asyncio.ensure_future(app._watch())
    try:
        await asyncio.wait_for(app.ready.wait(), 40)
        (articles / "stoves.md").write_text("---\ntitle: Do you sell stoves?\n---\nNo.\n")
        await until(lambda: ("stoves", "en") in served(app))
        loaded.set()
        await until(lambda: "embeddings" in app.mind.read("stoves?").matches[0].signals)  # type: ignore[union-attr]
        assert ("stoves", "en") in served(app)
    finally:
        loaded.set()
        watching.cancel()


async def test_a_very_large_folder_is_told_of_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra it goes on, more slowly; whoever reads the log learns what to install."""
    monkeypatch.setattr(choose, "LARGE", 1)
    monkeypatch.setattr(choose, "find_spec", lambda name: None)
    folder = tmp_path / "kb" / "articles" / "en"
    folder.mkdir(parents=True)
    for name in ("tents", "stoves"):
        (folder / f"{name}.md").write_text(f"---\ntitle: Do you sell {name}?\n---\nYes.\n")
    app = App(None, (), Address("slack", "C1"), tmp_path / "kb")  # type: ignore[arg-type]
    app.kb = load(tmp_path / "kb", "en", date(2026, 11, 22))
    with structlog.testing.capture_logs() as said:
        await app._learn()
    (line,) = [each for each in said if each["event"] == "knowledge_base_large"]
    assert "install frontdesk-bot[search]" in line["detail"]


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_a_wrong_host_is_named_as_such(mind: Mind, sqlite_url: str, host: str) -> None:
    """The port is not to blame for an address that is not this machine's."""
    desk = Address("console", "desk")
    app = App(Database(sqlite_url), [Sick()], desk, KNOWLEDGE_BASE, mind=mind, http=(host, 0))
    with pytest.raises(SettingsError, match="HTTP_HOST"):
        await app.run(asyncio.Event())
    app.database.close()
