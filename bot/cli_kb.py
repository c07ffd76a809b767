"""`frontdesk kb …` and `frontdesk language …`: what the knowledge base holds, lacks and is worth.

Exit codes as in cli.py."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli_setup import JsonFlag, fail, mind_of, settings_in_use, today_in, vectors_of
from bot.config import Settings, SettingsError

kb_app = typer.Typer(help="The knowledge base.", no_args_is_help=True, rich_markup_mode=None)
language_app = typer.Typer(
    help="Languages of messages.", no_args_is_help=True, rich_markup_mode=None
)


@kb_app.command("check")
def kb_check(
    links: Annotated[bool, typer.Option("--links", help="Ask the servers, too.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Check every file of the knowledge base.

    Each fault with its file, its line, and what to do; exit code 1 if there is an error. Warnings
    are worth mending, notes are good to know."""
    from bot.commands.kb_check import as_rows, as_words, examine, indexes_of
    from bot.knowledge.base import KnowledgeBaseMissing, load
    from bot.knowledge.check_review import check_review

    settings = settings_in_use()
    try:
        kb = load(settings.knowledge_base, settings.default_language, today_in(settings))
    except KnowledgeBaseMissing as error:
        for fault in error.faults:
            typer.echo(str(fault))
        fail(f"KNOWLEDGE_BASE: {error}")
    faults = examine(kb, indexes_of(kb, vectors_of(settings)))
    faults += check_review(settings.knowledge_base)
    if links:
        from bot.commands.kb_links import ask_servers, links_of

        faults += asyncio.run(ask_servers(links_of(kb)))
    if as_json:
        typer.echo(json.dumps(as_rows(faults), ensure_ascii=False, indent=2))
    else:
        typer.echo(as_words(kb, faults))
    raise typer.Exit(1 if any(fault.level == "error" for fault in faults) else 0)


@kb_app.command("eval")
def kb_eval(
    queries: Annotated[Path, typer.Argument(help="CSV with the columns text, article (, lang).")],
    kb: Annotated[Path | None, typer.Option(help="The folder; by default KNOWLEDGE_BASE.")] = None,
    predictions: Annotated[Path | None, typer.Option(help="Write a CSV row a question.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask questions whose right article is known.

    How many are answered, how many of those rightly, how fast. An empty article means that nothing
    fits; without a column lang the language is found out."""
    from bot.commands.csv_rows import WrongCsv
    from bot.commands.kb_eval import as_words, evaluate
    from bot.knowledge.base import KnowledgeBaseMissing

    settings = settings_in_use()
    folder, today = kb or settings.knowledge_base, today_in(settings)
    try:
        found, faults = evaluate(
            queries, folder, predictions, settings.default_language, today, vectors_of(settings)
        )
    except WrongCsv as error:
        fail(error)
    except KnowledgeBaseMissing as error:
        for fault in error.faults:
            typer.echo(str(fault), err=True)
        fail(f"{'--kb' if kb else 'KNOWLEDGE_BASE'}: {error}")
    for fault in faults:
        typer.echo(f"{fault.level}: {fault}", err=True)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else as_words(found))


@language_app.command("eval")
def language_eval(
    file: Annotated[Path, typer.Argument(help="CSV with the columns text, lang.")],
    kb: Annotated[Path | None, typer.Option(help="The folder; by default KNOWLEDGE_BASE.")] = None,
    predictions: Annotated[Path | None, typer.Option(help="Write a CSV row a text.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Tell the language of texts whose language is known.

    How many are told rightly, what is taken for what, how fast. The knowledge base's languages and
    their neighbours can be told; each text alone, without a conversation."""
    from bot.commands.csv_rows import WrongCsv
    from bot.commands.language_eval import as_words, evaluate
    from bot.knowledge.base import KnowledgeBaseMissing

    settings = settings_in_use()
    folder, today = kb or settings.knowledge_base, today_in(settings)
    try:
        found = evaluate(file, folder, predictions, settings.default_language, today)
    except WrongCsv as error:
        fail(error)
    except KnowledgeBaseMissing as error:
        fail(f"{'--kb' if kb else 'KNOWLEDGE_BASE'}: {error}")
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else as_words(found))


SinceOption = Annotated[str, typer.Option(help="30d, 12h, or a day as in 2026-10-01.")]


def _asked(settings: Settings, since: str, now: datetime) -> tuple[datetime, Any]:
    """Since when, and every question since then."""
    from bot.commands.past import asked_since, since_when
    from bot.storage.database import DatabaseError, Unavailable

    try:
        begin = since_when(since, now, settings.zone)
        settings.check_database()
        return begin, asked_since(settings.database_url, begin)
    except (ValueError, SettingsError, DatabaseError) as error:
        fail(error)
    except Unavailable as error:
        fail(f"DATABASE_URL: the database cannot be reached: {str(error).splitlines()[0]}")


@kb_app.command("gaps")
def kb_gaps(
    since: SinceOption = "30d",
    write: Annotated[Path | None, typer.Option(help="Write the drafts to this folder.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what customers asked in vain.

    Questions that were not answered well, alike ones together, those first whose answer would
    save most; each with a draft of the article that is missing."""
    from bot.commands.gap_report import as_json as gaps_as_json
    from bot.commands.gap_report import as_words, write_drafts, written_in_words
    from bot.commands.kb_gaps import Gaps, find_gaps

    settings = settings_in_use()
    now = datetime.now(UTC)
    begin, questions = _asked(settings, since, now)
    found = Gaps(begin, now)
    if questions:
        found = find_gaps(questions, mind_of(settings), begin, now)
    if as_json:
        typer.echo(json.dumps(gaps_as_json(found), ensure_ascii=False, indent=2))
    else:
        typer.echo(as_words(found, settings.zone))
    if write is not None:
        try:
            written = write_drafts(found.gaps, write, settings.knowledge_base)
        except ValueError as error:
            fail(error)
        except OSError as error:
            fail(f"--write {write}: {error.strerror}")
        typer.echo(written_in_words(written, write), err=as_json)


@kb_app.command("suggest")
def kb_suggest(
    article: Annotated[str, typer.Argument(help="The article's id.")],
    lang: Annotated[str, typer.Option(help="Only this language.")] = "",
    since: SinceOption = "30d",
    as_json: JsonFlag = False,
) -> None:
    """Propose wordings for an article.

    Out of what customers asked and it should have answered; lines to paste into its file."""
    from bot.commands.kb_suggest import UnknownArticle, articles_named, suggest
    from bot.commands.suggest_report import as_json as suggestions_as_json
    from bot.commands.suggest_report import as_words

    settings = settings_in_use()
    vectors = vectors_of(settings)
    mind = mind_of(settings, vectors)
    try:
        articles = articles_named(mind.kb, article, lang)
    except UnknownArticle as error:
        fail(error)
    now = datetime.now(UTC)
    begin, questions = _asked(settings, since, now)
    found = suggest(questions, articles, mind, now, vectors)
    if as_json:
        typer.echo(json.dumps(suggestions_as_json(found, begin), ensure_ascii=False, indent=2))
    else:
        typer.echo(as_words(found))
