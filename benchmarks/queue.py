"""Messages per second through inbox → understanding → decision → outbox, and their CPU."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text

from benchmarks import databases, machine
from benchmarks.children import Child, child
from benchmarks.questions import conversations, one_conversation
from benchmarks.table import Cell, Table

_LOOK = 0.02  # seconds between two looks whether everything is done
_PATIENCE = 300.0
_PENDING = text("SELECT COALESCE(SUM(pending), 0) FROM lanes WHERE pending > 0")
_HEARD = text("SELECT COUNT(*) FROM messages WHERE author = 'contact'")
_FAILED = text("SELECT COUNT(*) FROM inbox WHERE error IS NOT NULL OR processed_at IS NULL")
_OUTCOMES = text("SELECT outcome, COUNT(*) FROM messages WHERE author = 'bot' GROUP BY outcome")


@dataclass(frozen=True, slots=True)
class Workload:
    """What customers say, per process; `batch` events are delivered at once by `senders`."""

    name: str
    customers: int
    each: int
    batch: int = 100
    senders: int = 1

    @property
    def messages(self) -> int:
        return self.customers * self.each

    def raws(self, first_id: int) -> list[dict[str, Any]]:
        """The payloads of one process."""
        now = int(time.time())
        if self.customers == 1:
            return one_conversation(self.each, first_id, now)
        return conversations(self.customers, self.each, first_id, now)


BACKLOG = Workload("200 customers × 10, in batches of 100", 200, 10)
SINGLY = Workload("200 customers × 10, one by one", 200, 10, batch=1, senders=8)
HOT = Workload("1 customer × 1,000", 1, 1000)

_COLUMNS = ("database", "processes", "workload", "messages/s", "CPU ms/message",
            "server CPU ms/message", "sends", "MiB")  # fmt: skip


async def run() -> list[Table]:
    """Measure every combination, one after the other."""
    rows = [await _sqlite(load) for load in (BACKLOG, SINGLY, HOT)]
    with databases.postgres() as server:
        for load in (BACKLOG, SINGLY, HOT):
            rows.append(await _postgres(server, load, 1))
        for load in (BACKLOG, SINGLY):
            rows.append(await _postgres(server, load, 2))
    return [Table("queue: from the inbox to the outbox, every commit on disk", _COLUMNS, rows)]


async def _sqlite(load: Workload) -> Sequence[Cell]:
    with databases.folder() as folder:
        url = f"sqlite:///{folder}/frontdesk.db"
        async with _processes(url, load, 1, folder) as children:
            return ("SQLite", 1, load.name, *await _measure(url, load, children, None))


async def _postgres(server: databases.Server, load: Workload, count: int) -> Sequence[Cell]:
    with databases.folder() as folder, databases.postgres_database(server) as url:
        async with _processes(url, load, count, folder) as children:
            figures = await _measure(url, load, children, server.pid)
            return ("PostgreSQL", count, load.name, *figures)


@contextlib.asynccontextmanager
async def _processes(
    url: str, load: Workload, count: int, folder: Path
) -> AsyncIterator[list[Child]]:
    async with contextlib.AsyncExitStack() as stack:
        children = []
        for number in range(count):
            raws = load.raws(1 + number * load.messages)
            file = folder / f"raws-{number}.json"
            file.write_text(json.dumps(raws, ensure_ascii=False), encoding="utf-8")
            options = {"database": url, "raws": str(file), "batch": load.batch,
                       "senders": load.senders}  # fmt: skip
            children.append(
                await stack.enter_async_context(child("benchmarks.queue_process", options))
            )
        yield children


async def _measure(
    url: str, load: Workload, children: Sequence[Child], server: int | None
) -> Sequence[Cell]:
    engine = create_engine(url)
    try:
        before = machine.cpu_of_tree(server) if server else None
        started = time.perf_counter()
        await asyncio.gather(*(each.ask("go") for each in children))
        async with asyncio.timeout(_PATIENCE):
            while _ask(engine, _PENDING):  # noqa: ASYNC110 - in another process
                await asyncio.sleep(_LOOK)
        seconds = time.perf_counter() - started
        after = machine.cpu_of_tree(server) if server else None
        reports = [await each.ask("report") for each in children]
        count = load.messages * len(children)
        _check(engine, count)
    finally:
        engine.dispose()
    return _figures(count, seconds, reports, None if after is None else after - (before or 0))


def _ask(engine: Engine, question: Any) -> int:
    with engine.connect() as connection:
        return int(connection.execute(question).scalar() or 0)


def _check(engine: Engine, count: int) -> None:
    """A fast bot that loses something is no use: everything was heard, and nothing failed."""
    heard, failed = _ask(engine, _HEARD), _ask(engine, _FAILED)
    if heard != count or failed:
        raise RuntimeError(f"{count} messages were sent, {heard} heard, {failed} not dealt with")


def _figures(
    count: int, seconds: float, reports: Sequence[dict[str, Any]], server: float | None
) -> Sequence[Cell]:
    cpu = sum(report["cpu"] for report in reports)
    sends = sum(report["sent"] for report in reports)
    memory = max(report["memory"] or 0.0 for report in reports) or None
    per_message = None if server is None else 1000 * server / count
    return (count / seconds, 1000 * cpu / count, per_message, sends, memory)
