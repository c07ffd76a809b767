"""The database takes every byte and never answers: a stop still comes to its end."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from bot.playground.slack.server import SlackServer
from bot.playground.telegram.server import TelegramServer
from tests.faults.gate import gate
from tests.test_app import TOKEN, frontdesk, until


async def test_a_stop_does_not_wait_for_a_silent_database(
    postgres_url: str, tmp_path: Path
) -> None:
    """Supervisors kill after ten seconds, and a kill leaves more in doubt than a stop."""
    async with (
        gate(postgres_url) as way,
        TelegramServer(token=TOKEN) as telegram,
        SlackServer() as slack,
        frontdesk(telegram, slack, way.url, tmp_path) as running,
    ):
        await telegram.polled(40)
        await until(lambda: slack.sockets.count == 2)
        way.is_silent = True
        telegram.customer().say("hello")
        await until(lambda: way.swallowed >= 4)  # every thread of the database's waits
        stopped_at = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        await running.end(30)
        assert time.monotonic() - stopped_at < 10
