"""The command about what customers were promised."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli_setup import JsonFlag, fail, settings_in_use
from bot.config import SettingsError


def promises(
    all_: Annotated[bool, typer.Option("--all", help="List those that are over, too.")] = False,
    since: Annotated[str, typer.Option(help="Made since: 30d, or a day as in 2026-10-01.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Show promises: open, overdue, and by agent how many were kept.

    Changes nothing, and may be asked while `frontdesk run` is running."""
    from bot.commands.past import since_when
    from bot.commands.promises import as_json as promises_as_json
    from bot.commands.promises import as_words, read_promises
    from bot.storage.database import DatabaseError, Unavailable

    settings = settings_in_use()
    now = datetime.now(UTC)
    try:
        begin = since_when(since, now, settings.zone) if since else None
        settings.check_database()
        found = read_promises(settings.database_url, now, begin)
    except (ValueError, SettingsError, DatabaseError) as error:
        fail(error)
    except Unavailable as error:
        fail(f"DATABASE_URL: the database cannot be reached: {str(error).splitlines()[0]}")
    if as_json:
        typer.echo(json.dumps(promises_as_json(found, now, all_), ensure_ascii=False, indent=2))
    else:
        typer.echo(as_words(found, settings.zone, all_))
