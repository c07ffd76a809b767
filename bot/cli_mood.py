"""`frontdesk mood …`: how upset customers are, and how well it is told. Exit codes as in cli."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_setup import JsonFlag, fail, settings_in_use, today_in

mood_app = typer.Typer(help="Moods of messages.", no_args_is_help=True, rich_markup_mode=None)


@mood_app.callback()
def mood() -> None:
    """Moods of messages."""


@mood_app.command("eval")
def mood_eval(
    file: Annotated[Path, typer.Argument(help="CSV with the columns text (, lang, label).")],
    kb: Annotated[Path | None, typer.Option(help="The folder; by default KNOWLEDGE_BASE.")] = None,
    predictions: Annotated[Path | None, typer.Option(help="Write a CSV row a text.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Tell how upset the writers of texts are.

    With a column label (1 upset, 0 not) also how well that is told, and how fast. Each text alone,
    without a conversation; without a language, it is found out."""
    from bot.commands.csv_rows import WrongCsv
    from bot.commands.mood_eval import as_words, evaluate
    from bot.knowledge.base import KnowledgeBaseMissing

    settings = settings_in_use()
    folder, today = kb or settings.knowledge_base, today_in(settings)
    try:
        found = evaluate(file, folder, predictions, settings.default_language, today)
    except WrongCsv as error:
        fail(error)
    except KnowledgeBaseMissing as error:
        for fault in error.faults:
            typer.echo(str(fault), err=True)
        fail(f"{'--kb' if kb else 'KNOWLEDGE_BASE'}: {error}")
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else as_words(found))
