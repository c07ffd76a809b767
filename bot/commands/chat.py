"""`frontdesk chat`: be the customer in a terminal, with the whole app behind it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import typer
from sqlmodel import Session, col, func, select

from bot import logs
from bot.app import App
from bot.channels.console import DESK, ConsoleChannel
from bot.config import Settings
from bot.domain import Person
from bot.knowledge.base import KnowledgeBaseMissing
from bot.mind import Mind, build_mind
from bot.storage.database import Database
from bot.storage.tables import Lane, OutboxItem

if TYPE_CHECKING:
    from bot.understanding.embeddings import Vectors

SETTLE = 0.05  # seconds between two looks whether everything has been said


def _read_line() -> str | None:
    line = sys.stdin.readline()
    return line if line else None


def _hasty_mind(settings: Settings, vectors: Vectors | None) -> Mind:
    """What answers each line at once, for itself: through a pipe they come faster than any burst.
    Raises KnowledgeBaseMissing."""
    today = datetime.now(settings.zone).date()
    mind = build_mind(settings.knowledge_base, settings.default_language, today, None, vectors)
    policy = mind.kb.policy.model_copy(update={"burst": timedelta()})
    return replace(mind, kb=replace(mind.kb, policy=policy))


async def run_chat(
    settings: Settings, name: str, language: str, vectors: Vectors | None = None
) -> None:
    """Chat until the end of the input; the conversation is forgotten afterwards."""
    logs.configure(level="ERROR")
    try:
        mind = await asyncio.to_thread(_hasty_mind, settings, vectors)
    except KnowledgeBaseMissing as error:
        typer.echo(f"frontdesk: KNOWLEDGE_BASE: {error}", err=True)
        raise typer.Exit(2) from None
    done = asyncio.Event()
    stop = asyncio.Event()
    channel = ConsoleChannel(_read_line, typer.echo, Person("you", name, language), done)
    typer.echo("You are the customer. /human brings a person, /help helps; Ctrl-D ends.")
    with tempfile.TemporaryDirectory(prefix="frontdesk-chat-") as folder:
        app = App(
            database=Database(f"sqlite:///{folder}/chat.db"),
            channels=[channel],
            desk=DESK,
            knowledge_base=settings.knowledge_base,
            default_language=settings.default_language,
            zone=settings.zone,
            mind=mind,
            vectors=vectors,
        )
        running = asyncio.ensure_future(app.run(stop))
        ending = asyncio.ensure_future(_said_everything(app, done))
        await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        stop.set()
        try:
            await running
        finally:
            await asyncio.to_thread(app.database.close)


async def _said_everything(app: App, done: asyncio.Event) -> None:
    """The input has ended, and every answer to it has been printed."""
    await done.wait()
    while await app.database.run(_unfinished):  # noqa: ASYNC110 - other loops change it
        await asyncio.sleep(SETTLE)


def _unfinished(session: Session) -> int:
    waiting = select(func.count()).select_from(OutboxItem)
    waiting = waiting.where(col(OutboxItem.state).in_(("queued", "sending")))
    unread = select(func.coalesce(func.sum(Lane.pending), 0)).where(Lane.queue == "in")
    return int(session.exec(waiting).one()) + int(session.exec(unread).one())
