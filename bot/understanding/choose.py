"""Which index a knowledge base needs: the default one, or the one for very many phrasings."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

from bot.domain import Article
from bot.understanding.calibration import UNANSWERABLE
from bot.understanding.index import Index

if TYPE_CHECKING:
    from bot.understanding.embeddings import Vectors
    from bot.understanding.large import LargeIndex

AnyIndex: TypeAlias = "Index | LargeIndex"

INSTALL = "install frontdesk-bot[search]"
LARGE = 20_000  # phrasings of a language, above which the default index is slow to build


def choose_index(
    articles: Sequence[Article],
    language: str,
    vectors: Vectors | None = None,
    unanswerable: float = UNANSWERABLE,
    previous: AnyIndex | None = None,
) -> AnyIndex:
    """The index of one language's articles, by how many phrasings there are. `previous`: the one
    that answers now; what it shares with a large one is not indexed again. Above `LARGE` phrasings
    there are no embeddings, and without the extra `search` the default index goes on: see
    `advice`. Blocks, for half a minute at 100,000 phrasings."""
    if phrasings(articles) <= LARGE or not _installed():
        return Index(articles, language, vectors, unanswerable)
    from bot.understanding.large import LargeIndex

    if isinstance(previous, LargeIndex):
        return previous.updated(articles, unanswerable)
    return LargeIndex(articles, language, unanswerable)


def advice(articles: Sequence[Article]) -> str:
    """What is wrong with the size of one language's articles, mended by `INSTALL`; empty if
    nothing is."""
    number = phrasings(articles)
    if number <= LARGE or _installed():
        return ""
    return f"{number:,} titles and example questions are more than the default index is made for"


def phrasings(articles: Sequence[Article]) -> int:
    """Titles and example questions."""
    return sum(1 + len(article.questions) for article in articles)


def _installed() -> bool:
    return find_spec("tantivy") is not None
