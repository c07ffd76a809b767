"""Frontdesk with the real Telegram channel, as `frontdesk run` has it, for the round trip.

`python -m benchmarks.frontdesk_bot '{"token": …, "api": URL, "database": URL}'`"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import Any

from benchmarks.children import cpu, obey, silent
from benchmarks.null_channel import DESK, Feed, NullChannel
from benchmarks.questions import KNOWLEDGE_BASE
from bot.app import App
from bot.channels.telegram import TelegramChannel
from bot.storage.database import Database


async def _serve(options: dict[str, Any]) -> None:
    database = Database(options["database"])
    desk = NullChannel(Feed([], 1))
    app = App(
        database, [TelegramChannel(options["token"], options["api"]), desk], DESK, KNOWLEDGE_BASE
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    obeying = asyncio.ensure_future(obey({"cpu": cpu}))
    await app.run(stop)
    obeying.cancel()
    database.close()


if __name__ == "__main__":
    silent()
    asyncio.run(_serve(json.loads(sys.argv[1])))
