"""The shipped shop, read with a few lines of its own so that these tests stand alone."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.domain import Article, Match
from bot.understanding.choose import AnyIndex
from bot.understanding.reading import Understanding

LANGUAGES = ("en", "ru", "tr", "lv", "pl")
HERE = Path(__file__).parent
FOLDER = HERE.parent.parent / "knowledge_base"


@cache
def articles(language: str) -> tuple[Article, ...]:
    """All articles of one language, in the order of their ids."""
    return tuple(_article(path) for path in sorted((FOLDER / "articles" / language).glob("*.md")))


def _article(path: Path) -> Article:
    _, front, body = path.read_text("utf-8").split("---\n", 2)
    fields: dict[str, Any] = yaml.load(front, yaml.CBaseLoader)
    questions = tuple(fields.get("questions") or ())
    return Article(path.stem, path.parent.name, fields["title"], body, questions)


@cache
def hear() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """language → intent → patterns."""
    return {language: _hear(language) for language in LANGUAGES}


def _hear(language: str) -> Mapping[str, Sequence[str]]:
    draft = FOLDER / "phrases" / "hear-draft" / f"{language}.yaml"
    path = draft if draft.exists() else FOLDER / "phrases" / f"{language}.yaml"
    heard: dict[str, list[str]] = yaml.load(path.read_text("utf-8"), yaml.CBaseLoader)["hear"]
    return heard


@cache
def understanding() -> Understanding:
    """The whole shop, ready to read."""
    shop = [article for language in LANGUAGES for article in articles(language)]
    return Understanding(shop, hear(), LANGUAGES)


def index(language: str) -> AnyIndex:
    """The index of one language of the shop, built once for all tests."""
    return understanding()._indexes[language]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file beside this one."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ids(matches: Sequence[Match]) -> list[str]:
    return [match.article.id for match in matches]
