"""`frontdesk demo`: the real app, the stand-ins, and a page to try everything on."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
import webbrowser
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from aiohttp import web
from sqlmodel import Session, col, select

from bot import logs
from bot.commands.ask import ask_once, felt
from bot.config import Settings
from bot.domain import Mood
from bot.playground.page.app import page_app
from bot.playground.page.cast import SUPERVISOR
from bot.playground.slack.manifest import read_manifest
from bot.stage import DESK, MovableClock, Stage, build_stage, servers
from bot.storage.tables import Contact, Conversation, Message

if TYPE_CHECKING:
    from bot.understanding.embeddings import Vectors

MANIFEST = Path(__file__).parents[2] / "docs" / "slack-app-manifest.yaml"
DECISIONS = 12
LOOK_BACK = 12  # messages before a decision


class DemoControls:
    """What the page may ask of the app."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def now(self) -> datetime:
        return self._stage.clock()

    async def skip(self, seconds: float) -> None:
        await self._stage.skip(timedelta(seconds=seconds))

    async def decisions(self) -> list[dict[str, Any]]:
        """The bot's last decisions, newest first, each with what was matched."""
        rows = await self._stage.app.database.run(_last_decisions)
        return await asyncio.to_thread(lambda: [self._explained(row) for row in rows])

    def _explained(self, row: dict[str, Any]) -> dict[str, Any]:
        mind, language = self._stage.app.mind, row["language"]
        assert mind is not None
        text, row = row["text"], {**row, "mood": felt(row["mood"], mind.kb.policy)}
        is_question = bool(text) and not text.startswith("/")
        if not is_question:
            return {**row, "matches": []}
        answer = ask_once(mind, text, language, language, mind.kb.today, row["before"])
        names = ("matches", "signals", "second", "parts", "in_context")
        shown = {name: answer[name] for name in names}
        if answer["outcome"] == row["outcome"]:  # else what was said before decided, too
            shown["rule"] = answer["rule"]
        return {**row, **shown}


def _last_decisions(session: Session) -> list[dict[str, Any]]:
    answers = session.exec(
        select(Message, Conversation, Contact)
        .join(Conversation, col(Conversation.id) == Message.conversation_id)
        .join(Contact, col(Contact.id) == Conversation.contact_id)
        .where(col(Message.outcome).is_not(None))
        .order_by(col(Message.id).desc())
        .limit(DECISIONS)
    ).all()
    rows = []
    for answer, conversation, contact in answers:
        text, before, mood = _said_before(session, answer)
        rows.append({
            "at": answer.sent_at.isoformat(),
            "customer": contact.name,
            "text": text,
            "before": before,
            "outcome": answer.outcome,
            "language": conversation.language,
            "why": answer.why,
            "mood": mood,
        })  # fmt: skip
    return rows


def _said_before(session: Session, answer: Message) -> tuple[str, str, Mood | None]:
    """What the customer wrote that this answers, what they had written before that, and how they
    felt, by all that was known then."""
    query = select(Message).where(
        Message.conversation_id == answer.conversation_id, col(Message.id) < answer.id
    )
    rows = session.exec(query.order_by(col(Message.id).desc()).limit(LOOK_BACK)).all()
    burst = list(takewhile(lambda row: row.author == "contact", rows))
    earlier = (row.text for row in rows[len(burst) :] if row.author == "contact")
    text = "\n".join(row.text for row in reversed(burst))
    return text, next(earlier, ""), _mood(burst[0]) if burst else None


def _mood(message: Message) -> Mood | None:
    if message.mood is None:
        return None
    return Mood(message.mood, tuple(message.mood_reasons or ()))


async def run_demo(
    settings: Settings, port: int, open_browser: bool, vectors: Vectors | None = None
) -> None:
    """Run until Ctrl-C, on a database of its own that is thrown away afterwards."""
    logs.configure(level="WARNING")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="frontdesk-demo-") as folder:
        clock = MovableClock()
        manifest = read_manifest(MANIFEST) if MANIFEST.is_file() else None
        async with servers(clock, manifest) as (telegram, slack):
            stage = build_stage(
                telegram,
                slack,
                f"sqlite:///{folder}/demo.db",
                settings.knowledge_base,
                settings.default_language,
                settings.zone,
                clock,
                vectors,
            )
            await stage.start()
            try:
                await _serve(stage, port, open_browser, stop)
            finally:
                await stage.end()


async def _serve(stage: Stage, port: int, open_browser: bool, stop: asyncio.Event) -> None:
    page = page_app(stage.telegram, stage.slack, DemoControls(stage), DESK)
    stage.app.supervisors = (stage.slack.user(SUPERVISOR).id,)
    runner = web.AppRunner(page, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        # Loopback only: this page can do everything, and asks nobody who they are.
        site = web.TCPSite(runner, "127.0.0.1", port)
        try:
            await site.start()
        except OSError:
            typer.echo(f"frontdesk: port {port} is taken; try: frontdesk demo --port 0", err=True)
            raise typer.Exit(2) from None
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        typer.echo(f"Frontdesk's playground is at {url}")
        typer.echo(
            "It is for trying and testing, and only this machine can open it. Ctrl-C ends it."
        )
        if open_browser:
            with contextlib.suppress(webbrowser.Error):
                await asyncio.to_thread(webbrowser.open, url)
        await _until(stop, stage)
    finally:
        await runner.cleanup()


async def _until(stop: asyncio.Event, stage: Stage) -> None:
    """Until Ctrl-C, or until the app fails."""
    stopping = asyncio.ensure_future(stop.wait())
    assert stage.running is not None
    await asyncio.wait({stopping, stage.running}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
