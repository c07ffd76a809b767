"""`python -m benchmarks.desk_load [--tickets N] [--rate N] [--minutes N] [--tiers]`: a busy desk.

So many tickets stand open, and their customers write on Telegram, so many messages a second, while
Slack takes one post a second in the desk's channel; with `--tiers` also no more than 50 card
updates a minute, as its documentation says. What is wrong with the threads afterwards ends it with
an error."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from benchmarks import databases, machine
from benchmarks.children import child
from benchmarks.desk_rush import Rush
from benchmarks.table import Cell, Table
from bot.playground.slack.server import SlackServer
from bot.playground.telegram.server import TelegramServer

_TOKEN = "1000001:benchmark-token-of-no-real-bot"
_SHARES = {"p50": 0.5, "p95": 0.95, "max": 1.0}
_COLUMNS = ("what", "found")


def main() -> None:
    """Measure, and print it with how busy the machine was."""
    parser = argparse.ArgumentParser(prog="benchmarks.desk_load", description=__doc__)
    parser.add_argument("--tickets", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--tiers", action="store_true", help="50 card updates a minute at most")
    options = parser.parse_args()
    load, anchor = machine.load(), machine.anchor()
    table, faults = asyncio.run(_measure(options))
    state = f"load average {load} before, {machine.load()} after; anchor loop {anchor:.2f} s"
    sys.stdout.write(f"{table}\n\n{state}\n")
    sys.exit("\n".join(faults) or 0)


async def _measure(options: argparse.Namespace) -> tuple[Table, list[str]]:
    with databases.folder() as folder:
        async with (
            TelegramServer(token=_TOKEN) as telegram,
            SlackServer(rate_limits=True, tiers=options.tiers) as slack,
        ):
            room = slack.channel("support-desk")
            where = {
                "token": _TOKEN, "telegram": telegram.url, "slack": slack.url, "desk": room.id,
                "database": f"sqlite:///{folder}/frontdesk.db",
            }  # fmt: skip
            rush = Rush(telegram, slack, room, options.tickets, options.rate)
            async with child("benchmarks.desk_bot", where) as bot:
                await telegram.polled(30)
                await rush.open()
                before = float(await bot.ask("cpu")), time.process_time(), time.time()
                await rush.write(60 * options.minutes)
                after = float(await bot.ask("cpu")), time.process_time(), time.time()
                used = tuple(b - a for a, b in zip(before, after, strict=True))
                drain = await rush.drained()
                rows = _figures(rush, used, drain, machine.memory_of(bot.pid))
    title = f"desk_load: {options.tickets} tickets, {options.rate:g} messages a second"
    return Table(title, _COLUMNS, rows), rush.faults()


def _figures(
    rush: Rush, used: Sequence[float], drain: float, memory: float | None
) -> list[list[Cell]]:
    waits = rush.until_shown()
    shown = sorted(wait for wait in waits if wait is not None)
    late = [place for place, wait in enumerate(waits) if wait is None or wait > 5]
    minutes = {int(place / rush.rate // 60) + 1 for place in late}
    cpu, around, seconds = used
    return [
        ["messages written", len(rush.said)],
        ["posts they went into", rush.posts()],
        ["refused with 429: posts", rush.refusals("chat.postMessage")],
        ["refused with 429: updates", rush.refusals("chat.update")],
        ["card updates", len(rush.slack.calls("chat.update"))],
        *_until_shown(shown),
        ["shown after more than 5 s, or never", len(late)],
        ["in the minutes", " ".join(map(str, sorted(minutes)))],
        ["s until the threads have all of it, from the last message on", drain],
        ["faults in the threads", len(rush.faults())],
        ["CPU, % of a core", 100 * cpu / seconds],
        ["CPU ms a message", 1000 * cpu / len(rush.said)],
        ["CPU of both stand-ins and the customers, % of a core", 100 * around / seconds],
        ["MiB", memory],
    ]


def _until_shown(shown: Sequence[float]) -> list[list[Cell]]:
    at = {name: shown[int((len(shown) - 1) * share)] for name, share in _SHARES.items()}
    return [[f"s until the card shows it, {name}", wait] for name, wait in at.items()]


if __name__ == "__main__":
    main()
