"""An article that is written on the desk: as a file, and what `kb check` would say of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from bot.domain import Article
from bot.knowledge.articles import parse_article
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.draft import quoted
from bot.knowledge.faults import Broken, Fault, Parsed, Where
from bot.knowledge.sources import Source, Value

REVIEW = "review"  # the folder that nothing is served from
FIELDS = ("title", "questions", "tags", "body")


@dataclass(frozen=True, slots=True)
class NewArticle:
    """What somebody has written; lines and lists without empty entries."""

    id: str
    language: str
    title: str
    questions: tuple[str, ...]
    body: str
    tags: tuple[str, ...] = ()

    def name(self, folder: str = "articles") -> str:
        """The file's, within the knowledge base."""
        return f"{folder}/{self.language}/{self.id}.md"

    def text(self) -> str:
        """The file."""
        lines = ["---", f"title: {quoted(self.title)}"]
        if self.questions:
            lines += ["questions:", *(f"  - {quoted(question)}" for question in self.questions)]
        if self.tags:
            lines.append(f"tags: [{', '.join(map(quoted, self.tags))}]")
        return "\n".join([*lines, "---", self.body.strip(), ""])


def remarks(new: NewArticle, kb: KnowledgeBase) -> list[tuple[str, Fault]]:
    """What is wrong with it, alone and beside the others of its language, with the field that it
    is about: errors and warnings, no notes."""
    # By a name that sorts behind all others: of two alike the later one is told of.
    name = new.name(REVIEW)
    parsed = _parsed(new, f"{kb.folder}/{name}")
    faults = list(parsed.faults)
    if parsed.value is not None:
        faults = list(_beside_the_others(parsed, name, kb))
    return [(_field(fault, parsed.lines), fault) for fault in faults if fault.level != "note"]


def _parsed(new: NewArticle, path: str) -> Parsed[Article]:
    try:
        return parse_article(new.text().encode(), path, new.language)
    except Broken as broken:
        return Parsed(None, (broken.fault,))


def _beside_the_others(parsed: Parsed[Article], name: str, kb: KnowledgeBase) -> Iterator[Fault]:
    from bot.knowledge.check import check

    article = parsed.value
    assert article is not None  # the caller has looked
    code = article.language
    others = {key: each for key, each in kb.articles.items() if key[0] == code}
    source = Source((0, 0, 0), cast(Parsed[Value], parsed), "")
    both = replace(
        kb,
        articles={**others, (code, article.id): article},
        phrases={key: each for key, each in kb.phrases.items() if key == code},
        follow_ups={},
        faults=(),
        sources={**kb.sources, name: source},
    )
    return (fault for fault in check(both) if fault.path == article.path)


def _field(fault: Fault, lines: Mapping[Where, int]) -> str:
    """The field that the fault's line belongs to."""
    begun = [
        (line, str(where[0]))
        for where, line in lines.items()
        if where and where[0] in FIELDS and line <= (fault.line or 0)
    ]
    return max(begun)[1] if begun else "body"
