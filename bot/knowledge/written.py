"""Everything in the folder that customers read, with where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.domain import Option
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.buttons import leads_to
from bot.knowledge.follow_ups import SECTION
from bot.knowledge.phrases import REPLIES, Phrase

# Phrases that colleagues read, not customers.
_INSIDE = ("desk_", "reason_", "failed_", "kind_")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a file; `line` is where it begins, if known."""

    path: str
    line: int | None
    language: str
    text: str
    kind: Literal["title", "body", "button", "phrase"]

    def line_at(self, position: int) -> int | None:
        """The line of the character at a position. A phrase may stand in one line of YAML."""
        if self.line is None or self.kind != "body":
            return self.line
        return self.line + self.text.count("\n", 0, position)


def texts(kb: KnowledgeBase) -> Iterator[Text]:
    """Titles, bodies and buttons of articles and follow-ups, and what the bot says by itself."""
    for article in kb.articles.values():
        path, language = article.path, article.language
        yield Text(path, kb.line(path, "title"), language, article.title, "title")
        yield Text(path, kb.line(path, "body"), language, article.body, "body")
        yield from _labels(kb, path, language, article.buttons)
    for follow_up in kb.follow_ups.values():
        path = follow_up.path
        for language, text in follow_up.texts.items():
            yield Text(path, kb.line(path, SECTION + language, "text"), language, text, "body")
        for language, options in follow_up.buttons.items():
            yield from _labels(kb, path, language, options)
    for language, phrases in kb.phrases.items():
        path = f"{kb.folder}/phrases/{language}.yaml"
        for key, phrase in phrases.words.items():
            if not key.startswith(_INSIDE):
                for form in _forms(phrase).values():
                    yield Text(path, kb.line(path, "say", key), language, form, "phrase")
        for name, text in phrases.replies.items():
            yield Text(path, kb.line(path, REPLIES, name), language, text, "phrase")


def targets(
    kb: KnowledgeBase,
) -> Iterator[tuple[str, int | None, str, tuple[Option, ...]]]:
    """(path, line, language, buttons) of everything with buttons."""
    for article in kb.articles.values():
        if article.buttons:
            line = kb.line(article.path, "buttons")
            yield article.path, line, article.language, article.buttons
    for follow_up in kb.follow_ups.values():
        for language, options in follow_up.buttons.items():
            yield follow_up.path, kb.line(follow_up.path, "buttons"), language, options


def target(option: Option) -> str:
    """What a button leads to, as one comparable text."""
    return option.url or leads_to(option) or ""


def _labels(
    kb: KnowledgeBase, path: str, language: str, options: tuple[Option, ...]
) -> Iterator[Text]:
    for n, option in enumerate(options):
        line = kb.line(path, "buttons", n) or kb.line(path, "buttons")
        yield Text(path, line, language, option.label, "button")


def _forms(phrase: Phrase) -> Mapping[str, str]:
    return {"": phrase} if isinstance(phrase, str) else phrase
