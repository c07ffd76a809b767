"""The commands about complaints and their remedies."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_setup import JsonFlag, fail, settings_in_use
from bot.config import SettingsError

codes_app = typer.Typer(
    help="The shop's codes for credits and coupons.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@codes_app.callback()
def codes(context: typer.Context, as_json: JsonFlag = False) -> None:
    """How many codes are left and given, by kind and amount."""
    if context.invoked_subcommand:
        return
    from bot.commands.codes import as_rows, as_words, codes_there
    from bot.storage.database import DatabaseError, Unavailable

    settings = settings_in_use()
    try:
        settings.check_database()
        found = codes_there(settings.database_url)
    except (SettingsError, DatabaseError) as error:
        fail(error)
    except Unavailable as error:
        fail(f"DATABASE_URL: the database cannot be reached: {str(error).splitlines()[0]}")
    typer.echo(json.dumps(as_rows(found)) if as_json else as_words(found))


@codes_app.command("import")
def codes_import(
    file: Annotated[Path, typer.Argument(help="A CSV file: kind,amount,currency,code.")],
    as_json: JsonFlag = False,
) -> None:
    """Import a CSV file of codes.

    Import as often as you like: each code counts once. If a line is wrong nothing is imported.

    Columns: kind (credit or coupon), amount, currency, code."""
    from bot.commands.codes import WrongCodes, import_codes
    from bot.commands.csv_rows import WrongCsv
    from bot.storage.database import DatabaseError, Unavailable

    settings = settings_in_use()
    try:
        settings.check_database()
        new, known = import_codes(settings.database_url, file)
    except WrongCodes as error:
        for fault in error.faults:
            typer.echo(f"{file}: {fault}", err=True)
        typer.echo("nothing was imported", err=True)
        raise typer.Exit(1) from None
    except (SettingsError, DatabaseError, WrongCsv) as error:
        fail(error)
    except Unavailable as error:
        fail(f"DATABASE_URL: the database cannot be reached: {str(error).splitlines()[0]}")
    typer.echo(json.dumps({"new": new, "known": known}) if as_json else f"{new} new, {known} known")


def complaints(
    overdue: Annotated[bool, typer.Option(help="List only those whose date has passed.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="List the closed ones, too.")] = False,
    cause: Annotated[str, typer.Option(help="Only of this cause, by its short name.")] = "",
    since: Annotated[str, typer.Option(help="30d, or a day as in 2026-10-01.")] = "",
    file: Annotated[Path | None, typer.Option("--csv", help="Write the list to a file.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show complaints: open, overdue, by cause, and what comes back.

    What the customer says is settled and what is only assumed to be are counted apart. Changes
    nothing, and may be asked while `frontdesk run` is running. --cause none: of no cause yet."""
    from bot.commands.complaints import NO_CAUSE, cause_labels, read_records, survey
    from bot.commands.complaints_report import COLUMNS, as_rows, as_words
    from bot.commands.complaints_report import as_json as complaints_as_json
    from bot.commands.csv_rows import WrongCsv, write_rows
    from bot.commands.past import since_when
    from bot.storage.database import DatabaseError, Unavailable

    settings = settings_in_use()
    now = datetime.now(UTC)
    try:
        begin = since_when(since, now, settings.zone) if since else None
        settings.check_database()
        records = read_records(settings.database_url)
    except (ValueError, SettingsError, DatabaseError) as error:
        fail(error)
    except Unavailable as error:
        fail(f"DATABASE_URL: the database cannot be reached: {str(error).splitlines()[0]}")
    labels = cause_labels(settings.knowledge_base)
    known = {NO_CAUSE, *labels, *(record.cause for record in records)} - {""}
    if cause and cause not in known:
        fail(f"--cause {cause}: there is no such cause; there are {', '.join(sorted(known))}")
    found = survey(records, labels, now, begin, cause, overdue, all_)
    if as_json:
        typer.echo(json.dumps(complaints_as_json(found), ensure_ascii=False, indent=2))
    else:
        typer.echo(as_words(found, settings.zone))
    if file is not None:
        try:
            write_rows(file, COLUMNS, as_rows(found))
        except WrongCsv as error:
            fail(error)
        typer.echo(f"{len(found.listed)} written to {file}", err=as_json)
