"""What to compare with: the smallest python-telegram-bot program that answers.

It keeps nothing, understands nothing, and loses what it has fetched when it dies.
`python -m benchmarks.echo_bot '{"token": …, "api": URL}'`"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import Any

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from benchmarks.children import cpu, obey


async def _echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None and update.message.text is not None
    await update.message.reply_text(update.message.text)


async def _serve(options: dict[str, Any]) -> None:
    builder = Application.builder().token(options["token"]).base_url(f"{options['api']}/bot")
    application = builder.build()
    application.add_handler(MessageHandler(filters.TEXT, _echo))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with application:
        assert application.updater is not None
        await application.start()
        await application.updater.start_polling(allowed_updates=["message"])
        obeying = asyncio.ensure_future(obey({"cpu": cpu}))
        await stop.wait()
        obeying.cancel()
        await application.updater.stop()
        await application.stop()


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.argv[1])))
