"""Frontdesk with the real channels of both sides, for the busy desk.

`python -m benchmarks.desk_bot '{"token": …, "telegram": URL, "slack": URL, "desk": ID,
"database": URL}'`"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import Any

from benchmarks.children import cpu, obey, silent
from benchmarks.questions import KNOWLEDGE_BASE
from bot.app import App
from bot.channels.slack import SlackChannel
from bot.channels.telegram import TelegramChannel
from bot.domain import Address
from bot.storage.database import Database


async def _serve(options: dict[str, Any]) -> None:
    database = Database(options["database"])
    desk = options["desk"]
    slack = SlackChannel(
        "xoxb-playground", desk, app_token="xapp-playground", api_url=f"{options['slack']}/api/"
    )
    telegram = TelegramChannel(options["token"], options["telegram"])
    app = App(database, [slack, telegram], Address("slack", desk), KNOWLEDGE_BASE)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    running = asyncio.ensure_future(app.run(stop))
    await app.ready.wait()
    obeying = asyncio.ensure_future(obey({"cpu": cpu}))
    await running
    obeying.cancel()
    database.close()


if __name__ == "__main__":
    silent()
    asyncio.run(_serve(json.loads(sys.argv[1])))
