"""From a customer's message to the answer on the screen, next to a bare echo bot.

Each has its own stand-in of Telegram in this process, as one token has one poller; their messages
take turns, so that whatever else the machine does meets both."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks import databases
from benchmarks.children import Child, child
from benchmarks.questions import listed
from benchmarks.table import Cell, Table
from bot.playground.telegram.server import TelegramServer

_TOKEN = "1000001:benchmark-token-of-no-real-bot"
_ROUNDS = 500
_WARM_UP = 20
_CUSTOMERS = 50  # so that nobody is written to twice within the second that Telegram asks for
_PAUSE = 0.02  # seconds: both stay below Telegram's 30 messages a second
_COLUMNS = ("bot", "p50 ms", "p95 ms", "p99 ms", "CPU ms/message")


@dataclass
class Contestant:
    """One bot, the server it polls, and how long its answers took, in ms."""

    name: str
    server: TelegramServer
    process: Child
    times: list[float] = field(default_factory=list)
    cpu: float = 0.0

    async def ask(self, customer: int, text: str) -> None:
        """Say something and wait for an answer to it."""
        person = self.server.customer(customer)
        started = time.perf_counter()
        said = person.say(text)
        await person.wait_for(lambda shown: True, timeout=30, after=said.message_id)
        self.times.append(1000 * (time.perf_counter() - started))

    def figures(self) -> list[Cell]:
        ordered = sorted(self.times)
        at = [ordered[int(len(ordered) * share)] for share in (0.5, 0.95, 0.99)]
        return [self.name, *at, 1000 * self.cpu / len(ordered)]


async def run() -> list[Table]:
    """Let the two take turns."""
    with databases.folder() as folder:
        database = {"database": f"sqlite:///{folder}/frontdesk.db"}
        async with (
            _contestant("Frontdesk on SQLite", "benchmarks.frontdesk_bot", database) as ours,
            _contestant("bare echo bot", "benchmarks.echo_bot", {}) as bare,
        ):
            await _take_turns((ours, bare))
            rows = [ours.figures(), bare.figures()]
    return [Table("roundtrip: from a message to its answer, on Telegram's stand-in",
                  _COLUMNS, rows, [f"{_ROUNDS} messages each"])]  # fmt: skip


@contextlib.asynccontextmanager
async def _contestant(
    name: str, module: str, options: Mapping[str, Any]
) -> AsyncIterator[Contestant]:
    async with TelegramServer(token=_TOKEN) as server:
        where = {"token": _TOKEN, "api": server.url, **options}
        async with child(module, where) as process:
            await server.polled(30)
            yield Contestant(name, server, process)


async def _take_turns(contestants: tuple[Contestant, ...]) -> None:
    questions = listed()
    for number in range(_WARM_UP):
        await _round(contestants, number, questions[number % len(questions)])
    for each in contestants:
        each.times.clear()
        each.cpu = -float(await each.process.ask("cpu"))
    for number in range(_ROUNDS):
        await _round(contestants, number, questions[number % len(questions)])
    for each in contestants:
        each.cpu += float(await each.process.ask("cpu"))


async def _round(contestants: tuple[Contestant, ...], number: int, text: str) -> None:
    # Who goes first changes with every round.
    for each in contestants if number % 2 else contestants[::-1]:
        await each.ask(1 + number % _CUSTOMERS, text)
        await asyncio.sleep(_PAUSE)
