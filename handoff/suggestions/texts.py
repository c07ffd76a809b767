"""What a customer would get of an article or of a phrase kept ready, in their language, with their
name and their order in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain import Article
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.escape import escape_markdown
from bot.knowledge.placeholders import fill


@dataclass(frozen=True, slots=True)
class Reader:
    """The customer who is written to, and who writes; `order` is what it is about, or ""."""

    name: str
    language: str
    agent: str
    order: str = ""


def article_text(article: Article, reader: Reader, kb: KnowledgeBase) -> str:
    """Markdown: an opening with the name, the article, and a line for each link it has as a button;
    a colleague's message has none."""
    opening = kb.say(reader.language, "answer_from_agent", **_values(reader))
    links = [f"[{escape_markdown(each.label)}]({each.url})" for each in article.buttons if each.url]
    return "\n\n".join([opening, article.body.strip(), *links])


def phrase_text(text: str, reader: Reader) -> str:
    """Markdown: a phrase kept ready, with what is known filled in and the rest left out."""
    return fill(text, _values(reader))


def _values(reader: Reader) -> dict[str, str]:
    first = reader.name.split()[:1]
    named = {"name": " ".join(first), "agent": reader.agent, "order": reader.order}
    return {key: escape_markdown(value) for key, value in named.items()}


def order_named(said: Iterable[str], orders: Iterable[str]) -> str:
    """The order that the customer has written of: of their own the last one that stands in what was
    said, the newest of both first; "" if none does."""
    known = [(order, _bare(order)) for order in orders]
    for text in said:
        bare = _bare(text)
        for order, wanted in known:
            if wanted and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", bare):
                return order
    return ""


def _bare(text: str) -> str:
    """However it is typed: HB-1042, hb1042, #HB 1042."""
    return re.sub(r"(?<=\w)[-\s](?=\d)", "", text.casefold()).lstrip("#№ ")
