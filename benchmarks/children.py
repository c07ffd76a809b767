"""Processes to measure: each is told what to do by lines, and answers with lines of JSON."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.questions import ROOT
from bot import logs

_LONGEST_LINE = 2**20


def environment(**more: str) -> dict[str, str]:
    """This process's, but as an installation has it: with compiled modules kept on disk."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | more


class Child:
    """One running process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.pid = process.pid

    def tell(self, word: str) -> None:
        """Give an order; it is carried out soon."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n".encode())

    async def answer(self) -> Any:
        """The next line it writes; raises RuntimeError if it has ended instead."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the measured process has ended; what it said is above")
        return json.loads(line)

    async def ask(self, word: str) -> Any:
        self.tell(word)
        return await self.answer()

    async def end(self) -> None:
        """Stop it as a service is stopped, and wait."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()


@contextlib.asynccontextmanager
async def child(module: str, options: Mapping[str, Any]) -> AsyncIterator[Child]:
    """`python -m module OPTIONS` from when it says that it is ready until the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, json.dumps(options), cwd=ROOT, env=environment(),
        stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE,
    )  # fmt: skip
    running = Child(process)
    try:
        await running.answer()
        yield running
    finally:
        await running.end()


async def obey(orders: Mapping[str, Callable[[], Awaitable[Any]]]) -> None:
    """In the child: say that it is ready, then answer each line on standard input, for ever."""
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    _write("ready")
    while line := await lines.readline():
        _write(await orders[line.decode().strip()]())


async def cpu() -> float:
    """An order's answer: the seconds of CPU that this process has used so far."""
    return time.process_time()


def silent() -> None:
    """Log as in production, to nowhere: what a line costs to make belongs to the figures."""
    logs.configure(stream=Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for ever


def _write(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
