"""`python -m bot.playground.slack`: the stand-in on its own, for trying things by hand."""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from bot.playground.slack.server import SlackServer


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bot.playground.slack", description=__doc__)
    parser.add_argument("--port", type=int, default=8082)
    parser.add_argument("--bot-token", default="xoxb-playground")
    parser.add_argument("--app-token", default="xapp-playground")
    parser.add_argument("--signing-secret", default="playground-signing-secret")
    parser.add_argument("--channel", action="append", default=[], help="the bot is in it")
    parser.add_argument("--user", action="append", default=[], help="is in every channel")
    parser.add_argument("--events-url", default="", help="deliver by HTTP instead of Socket Mode")
    parser.add_argument("--rate-limits", action="store_true")
    return parser.parse_args()


async def serve(arguments: argparse.Namespace) -> None:
    """Runs until cancelled."""
    server = SlackServer(
        arguments.bot_token,
        arguments.app_token,
        arguments.signing_secret,
        arguments.port,
        rate_limits=arguments.rate_limits,
    )
    async with server:
        for name in arguments.channel:
            server.channel(name)
        for name in arguments.user:
            server.user(name, in_channels=arguments.channel)
        if arguments.events_url:
            await server.use_http(arguments.events_url)
        print(f"Slack stand-in at {server.url}", flush=True)  # noqa: T201 - for whoever started it
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(_arguments()))
