"""One Frontdesk process of the queue benchmark: the real app between two ends that cost nothing.

`python -m benchmarks.queue_process '{"database": URL, "raws": FILE, "batch": …, "senders": …}'`"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.children import obey, silent
from benchmarks.null_channel import DESK, Feed, NullChannel
from benchmarks.questions import KNOWLEDGE_BASE
from bot.app import App
from bot.storage.database import Database


async def _serve(options: dict[str, Any]) -> None:
    channel = NullChannel(Feed(options["raws"], options["batch"], options["senders"]))
    database = Database(options["database"])
    app = App(database, [channel], DESK, KNOWLEDGE_BASE)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    running = asyncio.ensure_future(app.run(stop))
    await asyncio.wait({running, asyncio.ensure_future(app.ready.wait())},
                       return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
    orders = asyncio.ensure_future(_obey(channel))
    await running
    orders.cancel()
    database.close()


async def _obey(channel: NullChannel) -> None:
    started = 0.0

    async def go() -> None:
        nonlocal started
        started = time.process_time()
        channel.go.set()
        await channel.fed.wait()

    async def report() -> dict[str, Any]:
        cpu = time.process_time() - started
        return {"cpu": cpu, "memory": machine.memory_of(os.getpid()), "sent": channel.sent}

    await obey({"go": go, "report": report})


if __name__ == "__main__":
    silent()
    asked = json.loads(sys.argv[1])
    asked["raws"] = json.loads(Path(asked["raws"]).read_text(encoding="utf-8"))
    asyncio.run(_serve(asked))
