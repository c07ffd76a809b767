"""The wordings an article can be asked for by: its title, its example questions, its sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.domain import Article
from bot.understanding import text as texts
from bot.understanding.strays import strays
from bot.understanding.terms import Reader

BODY_LIMIT = 6000  # characters of a body that are read
SENTENCES = 12  # of a body, at most
SENTENCE = 0.3  # how much one counts, beside titles and example questions
FEWEST_WORDS = 3  # of a sentence that says something

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"[*_`#>|]+")
_END = re.compile(r"(?<=[.!?…;:])\s+|\n+")


class Phrasing(NamedTuple):
    """One wording of article number `article`. `weight` is how much it counts in training.

    The number behind the last article's is no article: it has the wordings of what none answers."""

    article: int
    text: str
    words: tuple[str, ...]
    weight: float
    example: bool  # an example question: a customer's wording


def phrasings_of(articles: Sequence[Article], reader: Reader) -> list[Phrasing]:
    """All wordings of the articles, in their order, and then those of no article; none without
    words, none twice an article. Nothing for no articles."""
    own = [
        phrasing
        for number, article in enumerate(articles)
        for phrasing in _of(number, article, reader)
    ]
    said = {phrasing.words for phrasing in own}
    stray = [(text, tuple(reader.tokens(text))) for text in strays(reader.language) if own]
    return own + [
        Phrasing(len(articles), text, words, 1.0, False)
        for text, words in stray
        if words and words not in said
    ]


def _of(number: int, article: Article, reader: Reader) -> Iterable[Phrasing]:
    wordings = [(article.title, 1.0, False), *((text, 1.0, True) for text in article.questions)]
    wordings += [(sentence, SENTENCE, False) for sentence in sentences(article.body)]
    seen: set[tuple[str, ...]] = set()
    for text, counts, example in wordings:
        words = tuple(reader.tokens(text))
        if words and words not in seen:
            seen.add(words)
            yield Phrasing(number, text, words, counts, example)


def sentences(body: str) -> list[str]:
    """The first sentences of a body, Markdown taken off."""
    plain = _MARKS.sub(" ", _LINK.sub(r"\1", texts.normalise(body, BODY_LIMIT)))
    found = (part.strip(" -–—") for part in _END.split(plain))
    return [part for part in found if len(part.split()) >= FEWEST_WORDS][:SENTENCES]
