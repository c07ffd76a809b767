"""What commands begin with: the settings, the knowledge base and what understands by it; and how
they end when one of these is not to be had."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.config import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from bot.mind import Mind
    from bot.understanding.embeddings import Vectors

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def fail(message: object) -> NoReturn:
    """End with exit code 2: it could not be tried, and this is why."""
    typer.echo(f"frontdesk: {message}", err=True)
    raise typer.Exit(2)


def settings_in_use() -> Settings:
    """Those of .env and the environment."""
    try:
        return load_settings()
    except SettingsError as error:
        fail(error)


def today_in(settings: Settings) -> date:
    """The day it is where the shop is."""
    return datetime.now(UTC).astimezone(settings.zone).date()


def mind_of(settings: Settings, vectors: Vectors | None = None) -> Mind:
    """What the bot would answer by, the embeddings included; with stand-ins for phrases that the
    folder does not have. Blocks for seconds."""
    from bot.knowledge.base import KnowledgeBaseMissing
    from bot.knowledge.stand_ins import with_words
    from bot.mind import build_mind

    try:
        mind = build_mind(
            settings.knowledge_base,
            settings.default_language,
            today_in(settings),
            vectors=vectors or vectors_of(settings),
        )
    except KnowledgeBaseMissing as error:
        fail(f"KNOWLEDGE_BASE: {error}")
    return replace(mind, kb=with_words(mind.kb))


def vectors_of(settings: Settings) -> Vectors | None:
    """The embeddings, if there are any; what is to be said of them goes to stderr."""
    if not settings.embeddings:
        return None
    import structlog

    from bot.embedding import load_vectors

    log = structlog.wrap_logger(structlog.PrintLogger(sys.stderr))
    return load_vectors(settings.embeddings, settings.vectors_folder, log)
