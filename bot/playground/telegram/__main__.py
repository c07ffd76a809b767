"""`python -m bot.playground.telegram`: the stand-in on its own, for trying things by hand."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from bot.playground.telegram.server import TelegramServer


async def _serve(port: int, token: str, limits: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    async with TelegramServer(token, port, limits=limits) as server:
        sys.stdout.write(f"Telegram stand-in listening on {server.url}\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    """Run the stand-in until it is interrupted; the first line it prints tells where."""
    parser = argparse.ArgumentParser(description="A local stand-in of Telegram's Bot API.")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default="1:test")
    parser.add_argument("--limits", action="store_true", help="enforce Telegram's rate limits")
    options = parser.parse_args()
    asyncio.run(_serve(options.port, options.token, options.limits))


if __name__ == "__main__":
    main()
