"""The shipped shop: its articles, what it listens for, and what understands it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from bot.domain import Article, Match
from bot.understanding.choose import AnyIndex
from bot.understanding.reading import Understanding
from tests.conftest import KNOWLEDGE_BASE as FOLDER
from tests.conftest import shipped_mind

LANGUAGES = ("en", "ru", "tr", "lv", "pl")
HERE = Path(__file__).parent


@cache
def articles(language: str) -> tuple[Article, ...]:
    """All articles of one language, in the order of their ids."""
    return shipped_mind(date.min).kb.articles_in(language)


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
    """The whole shop, ready to read, with the indexes that other tests have had built."""
    shop = [article for language in LANGUAGES for article in articles(language)]
    return Understanding(shop, hear(), LANGUAGES, previous=shipped_mind(date.min).understanding)


def index(language: str) -> AnyIndex:
    """The index of one language of the shop, built once for all tests."""
    return understanding()._indexes[language]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file beside this one."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ids(matches: Sequence[Match]) -> list[str]:
    return [match.article.id for match in matches]
