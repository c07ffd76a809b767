"""How long `frontdesk run` takes to hear customers, what it needs then, and what it burns idle."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import databases, machine
from benchmarks.children import environment
from benchmarks.questions import KNOWLEDGE_BASE, listed
from benchmarks.table import Cell, Table
from bot.channels.slack_sockets import CONNECTIONS
from bot.playground.slack.server import SlackServer
from bot.playground.telegram.server import TelegramServer

_TOKEN = "1000001:benchmark-token-of-no-real-bot"
_STARTS = 5
_CUSTOMERS = 200
_MESSAGES = 1000
_IDLE = 20.0  # seconds
_PATIENCE = 120.0
_IMPORT = re.compile(r"import time:\s*(\d+) \|\s*\d+ \|\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Servers:
    """Both stand-ins, and the settings that lead a process to them."""

    telegram: TelegramServer
    slack: SlackServer
    settings: dict[str, str]
    folder: Path  # where the process runs: far from any .env


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds from the start of the process to its first signs of life on the two platforms."""

    poll: float
    socket: float


async def run() -> list[Table]:
    """Start it several times, then keep one running."""
    with databases.folder() as folder:
        first = await _start(folder / "frontdesk.db")
        again = [await _start(folder / "frontdesk.db") for _ in range(_STARTS)]
        rows: list[list[Cell]] = [
            ["first start, tables made", first.poll, first.socket],
            ["later starts, median", *_median(again)],
        ]
        starts = Table("startup: seconds from the start of `frontdesk run`",
                       ("", "first getUpdates", "first Slack socket"), rows)  # fmt: skip
        return [starts, await _needs(folder / "frontdesk.db"), await _imports(folder / "second.db")]


def _median(starts: list[Started]) -> list[Cell]:
    middle = len(starts) // 2
    polls, sockets = sorted(s.poll for s in starts), sorted(s.socket for s in starts)
    return [polls[middle], sockets[middle]]


async def _start(database: Path) -> Started:
    async with _servers(database) as servers, _frontdesk(servers) as (_, started):
        return started


async def _needs(database: Path) -> Table:
    async with _servers(database) as servers, _frontdesk(servers) as (process, _):
        await asyncio.sleep(2.0)
        at_start = machine.memory_of(process.pid)
        before = machine.cpu_of(process.pid)
        await asyncio.sleep(_IDLE)
        after = machine.cpu_of(process.pid)
        await _talk(servers.telegram)
        at_end = machine.memory_of(process.pid)
    idle = None if before is None or after is None else 100 * (after - before) / _IDLE
    rows: list[list[Cell]] = [
        ["memory after the start, MiB", at_start],
        [f"memory after {_MESSAGES:,} messages, MiB", at_end],
        [f"idle CPU over {_IDLE:.0f} s, %", idle],
    ]
    return Table("startup: what a running process needs, both channels", ("", "value"), rows)


async def _talk(telegram: TelegramServer) -> None:
    """Many customers ask; Telegram's 28 a second decide how long that takes."""
    questions = listed()
    people = [telegram.customer(1 + number) for number in range(_CUSTOMERS)]
    for number in range(_MESSAGES):
        people[number % _CUSTOMERS].say(questions[number % len(questions)])
    async with asyncio.timeout(_PATIENCE):
        for person in people:
            while len(person.seen) < _MESSAGES // _CUSTOMERS:
                await telegram.world.pulse.after(telegram.world.pulse.version, 1.0)


async def _imports(database: Path) -> Table:
    """Python's own account of every import of a start, summed up by package."""
    async with _servers(database) as servers:
        log = database.with_suffix(".log")
        with log.open("w", encoding="utf-8") as errors:
            async with _frontdesk(servers, errors.fileno(), PYTHONPROFILEIMPORTTIME="1"):
                pass
        spent = Counter[str]()
        for found in _IMPORT.finditer(log.read_text(encoding="utf-8")):
            spent[found[2].partition(".")[0]] += int(found[1])
    rows: list[list[Cell]] = [[name, µs / 1000] for name, µs in spent.most_common(10)]
    total = sum(spent.values()) / 1000
    return Table("startup: where the time of imports goes (a first start, measured slower)",
                 ("package", "ms"), [*rows, ["everything", total]])  # fmt: skip


# --- the process and its surroundings ------------------------------------------------------------


@contextlib.asynccontextmanager
async def _servers(database: Path) -> AsyncIterator[Servers]:
    async with TelegramServer(token=_TOKEN) as telegram, SlackServer() as slack:
        settings = {
            "TELEGRAM_BOT_TOKEN": _TOKEN,
            "TELEGRAM_API_URL": telegram.url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": f"{slack.url}/api/",
            "SLACK_DESK_CHANNEL": slack.channel("support-desk").id,
            "DATABASE_URL": f"sqlite:///{database}",
            "KNOWLEDGE_BASE": str(KNOWLEDGE_BASE),
            "HTTP_PORT": "0",
        }
        yield Servers(telegram, slack, settings, database.parent)


@contextlib.asynccontextmanager
async def _frontdesk(
    servers: Servers, errors: int = DEVNULL, **more: str
) -> AsyncIterator[tuple[Process, Started]]:
    """`frontdesk run`, from its first poll and socket on until the block ends."""
    command = Path(sys.executable).with_name("frontdesk")
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        str(command), "run", cwd=servers.folder, env=environment(**servers.settings, **more),
        stdin=DEVNULL, stdout=DEVNULL, stderr=errors,
    )  # fmt: skip
    try:
        poll, socket, _ = await asyncio.gather(
            _since(started, servers.telegram.polled(_PATIENCE)),
            _since(started, _sockets(servers.slack, 1)),
            _sockets(servers.slack, CONNECTIONS),
        )
        yield process, Started(poll, socket)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _sockets(slack: SlackServer, count: int) -> None:
    await slack.wait_for(lambda: slack.sockets.count >= count, _PATIENCE)


async def _since(started: float, event: Awaitable[object]) -> float:
    await event
    return time.perf_counter() - started
