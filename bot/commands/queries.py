"""Questions whose right article is known, from a CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.commands.csv_rows import Row, WrongCsv, language_code, read_rows
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faults import closest


@dataclass(frozen=True, slots=True)
class Query:
    """A question, the id of the article that answers it ("" if none), and the conversation's
    language ("": to be found out from the question)."""

    text: str
    expected: str
    language: str = ""


def read_queries(path: Path, kb: KnowledgeBase) -> tuple[Query, ...]:
    """The questions of a CSV file with the columns text, article and perhaps lang.

    Raises WrongCsv for a file that is not that, an article that the knowledge base does not have,
    and a language that it does not speak."""
    return tuple(_query(path, row, kb) for row in read_rows(path, ("text", "article"), ("lang",)))


def _query(path: Path, row: Row, kb: KnowledgeBase) -> Query:
    article, language = row["article"].strip(), _language(row["lang"].strip(), kb)
    if article and not kb.languages_of(article):
        what, do = _unknown(article, kb)
        raise WrongCsv(path, row.line, what, do)
    if language and language not in kb.languages:
        what = f'no article is in the language "{language}"'
        raise WrongCsv(path, row.line, what, f"write one of {', '.join(kb.languages)}")
    return Query(row["text"], article, language)


def _language(written: str, kb: KnowledgeBase) -> str:
    """The knowledge base's language that is meant by "EN" or "en-GB"; as written if none is."""
    named = {language.lower(): language for language in kb.languages}
    exact = named.get(written.lower().replace("_", "-"))
    return exact or named.get(language_code(written), written)


def _unknown(article: str, kb: KnowledgeBase) -> tuple[str, str]:
    what = f'the knowledge base has no article "{article}"'
    if any(each.id == article for each in kb.expired):
        what = f'the article "{article}" has expired'
        return what, "change its valid_until, or leave the row out"
    broken = [fault for fault in kb.faults if fault.level == "error"]
    if here := next((fault for fault in broken if f"/{article}." in fault.path), None):
        return f"{what}: {here.what} ({here.path}:{here.line or 1})", here.what_to_do
    close = closest(article, {each.id for each in kb.articles.values()})
    do = f"write {' or '.join(close)} if that is meant" if close else "write an article's id"
    return what, f"{do}; leave it empty where nothing fits"
