"""The command line. Each command is a few lines; what it does lives elsewhere.

Exit codes: 0 all is well, 1 something was found wrong, 2 it could not be tried."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_complaints import codes_app, complaints
from bot.cli_kb import kb_app, language_app
from bot.cli_mood import mood_app
from bot.cli_promises import promises
from bot.cli_setup import JsonFlag, fail, mind_of, settings_in_use, today_in, vectors_of
from bot.config import SettingsError, load_settings

if TYPE_CHECKING:
    from bot.app import App

app = typer.Typer(
    name="frontdesk",
    help="A self-hosted customer-support bot. Start with: frontdesk demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
db_app = typer.Typer(help="The database.", no_args_is_help=True, rich_markup_mode=None)
purchases_app = typer.Typer(help="What was bought.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(kb_app, name="kb")
app.add_typer(language_app, name="language")
app.add_typer(mood_app, name="mood")
app.add_typer(db_app, name="db")
app.add_typer(purchases_app, name="purchases")
app.add_typer(codes_app, name="codes")

STOP_WITHIN = 9.6  # seconds from the signal; supervisors kill after ten


def _stop_in_time(stop: asyncio.Event) -> None:
    """Set `stop`. If something that cannot be interrupted (a thread that waits for a database which
    has fallen silent) is in the way of the end, end without it: what counts is in the database."""
    stop.set()
    last_resort = threading.Timer(STOP_WITHIN, os._exit, [1])
    last_resort.daemon = True
    last_resort.start()


def _run_app(build: Callable[[], App]) -> None:
    """Run an app until SIGTERM or SIGINT; what it cannot start with is one line."""
    import structlog

    from bot.knowledge.base import KnowledgeBaseMissing
    from bot.storage.database import DatabaseError, Unavailable

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop_in_time, stop)
        await build().run(stop)

    try:
        asyncio.run(main())
    except (SettingsError, DatabaseError) as error:
        fail(error)
    except KnowledgeBaseMissing as error:
        fail(f"KNOWLEDGE_BASE: {error}")
    except Unavailable as error:
        fail(f"DATABASE_URL: the database cannot be reached: {str(error).splitlines()[0]}")
    except Exception:
        structlog.get_logger(__name__).exception("crashed")
        raise typer.Exit(1) from None


def _misspelt() -> str:
    """What a missing setting may have been written as."""
    from bot.commands.doctor.house import names_in_use, unknown_settings

    return "".join(f"; {f.detail}: {f.do}" for f in unknown_settings(names_in_use()))


@app.command()
def run() -> None:
    """Run in production.

    Every channel that has settings, from .env and the environment; `frontdesk doctor` checks them.
    """
    from bot import logs

    settings = settings_in_use()
    try:
        settings.check_channels()
        settings.check_database()
    except SettingsError as error:
        fail(f"{error}{_misspelt()}")
    from bot.app import build, secrets_of

    logs.configure(secrets=secrets_of(settings).values())
    _run_app(lambda: build(settings))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The page's port on this machine.")] = 8765,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Try everything on a page.

    With stand-ins of Telegram and of Slack on this machine; no account is needed."""
    from bot.commands.demo import run_demo

    settings = settings_in_use()
    vectors = vectors_of(settings)
    asyncio.run(run_demo(settings, port=port, open_browser=browser, vectors=vectors))


@app.command()
def chat(
    name: Annotated[str, typer.Option(help="Your name as a customer.")] = "",
    lang: Annotated[str, typer.Option(help="The language of your device.")] = "",
) -> None:
    """Be the customer in a terminal.

    What agents would see is printed, too; nothing is kept."""
    from bot.commands.chat import run_chat

    settings = settings_in_use()
    language = lang or settings.default_language
    asyncio.run(run_chat(settings, name, language, vectors_of(settings)))


@app.command()
def ask(
    question: str,
    lang: Annotated[str, typer.Option(help="The language of the conversation.")] = "",
    before: Annotated[str, typer.Option(help="The question asked before it.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Ask one question: what would the bot do, and why?"""
    from bot.commands.ask import as_words, ask_once

    settings = settings_in_use()
    mind = mind_of(settings)
    if lang and lang not in mind.kb.languages:
        fail(f"--lang {lang}: the knowledge base speaks {', '.join(mind.kb.languages)}")
    today = today_in(settings)
    default = mind.kb.default_language
    answer = ask_once(mind, question, lang, default, today, before, settings.zone)
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else as_words(answer))


@app.command()
def doctor(as_json: JsonFlag = False) -> None:
    """Check the set-up, and say what is missing.

    Tokens, Slack scopes and the desk channel, database, knowledge base, clock. Changes nothing;
    exit code 1 if anything is wrong."""
    from bot.commands.doctor import examine
    from bot.commands.doctor.finding import Finding

    try:
        findings = asyncio.run(examine(load_settings()))
    except SettingsError as error:
        findings = [Finding("settings", False, fault) for fault in error.faults]
    if as_json:
        rows = [{"what": f.what, "ok": f.ok, "detail": f.detail, "do": f.do} for f in findings]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            typer.echo(str(finding))
    raise typer.Exit(0 if all(finding.ok is not False for finding in findings) else 1)


app.command("complaints")(complaints)
app.command("promises")(promises)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring its tables up to date.

    `frontdesk run` does so, too, when it starts."""
    from bot.storage.database import Database, DatabaseError, Unavailable
    from bot.storage.upgrade import upgrade

    settings = settings_in_use()
    try:
        settings.check_database()
        database = Database(settings.database_url)
        with contextlib.closing(database):
            before, after = upgrade(database)
    except (SettingsError, DatabaseError) as error:
        fail(error)
    except Unavailable as error:
        fail(f"DATABASE_URL: the database cannot be reached: {str(error).splitlines()[0]}")
    typer.echo(f"at {after} already" if before == after else f"{before or 'empty'} → {after}")


@purchases_app.command("import")
def purchases_import(file: Path, as_json: JsonFlag = False) -> None:
    """Import a CSV file, and plan its follow-ups.

    Import as often as you like: each purchase counts once.

    Columns: order, contact, channel, chat_id, product, bought_at, delivered_at."""
    from bot.commands.purchases import import_purchases
    from bot.knowledge.base import KnowledgeBaseMissing
    from bot.schedule.purchases import WrongFile
    from bot.storage.database import DatabaseError, Unavailable

    settings = settings_in_use()
    try:
        settings.check_database()
        done, waiting = import_purchases(settings, file)
    except WrongFile as error:
        for fault in error.faults:
            typer.echo(f"{file}: {fault}", err=True)
        typer.echo("nothing was imported", err=True)
        raise typer.Exit(1) from None
    except (SettingsError, DatabaseError) as error:
        fail(error)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{file}: is not UTF-8; in Excel, save it as “CSV UTF-8”")
    except KnowledgeBaseMissing as error:
        fail(f"KNOWLEDGE_BASE: {error}")
    except Unavailable as error:
        fail(f"DATABASE_URL: the database cannot be reached: {str(error).splitlines()[0]}")
    if as_json:
        typer.echo(json.dumps({"new": done.new, "known": done.known, "planned": done.planned}))
    else:
        plan = "1 follow-up" if done.planned == 1 else f"{done.planned} follow-ups"
        wait = f"; {waiting} without a delivery date yet" if waiting else ""
        typer.echo(f"{done.new} new, {done.known} known; {plan} planned{wait}")


if __name__ == "__main__":
    sys.exit(app())
