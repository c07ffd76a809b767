"""All phrasings and bodies of a large knowledge base, taken apart, and on tantivy's shelves."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from bot.domain import Article
from bot.understanding import text as texts
from bot.understanding.ballot import Phrasing, Question
from bot.understanding.lexicon import Lexicon, Row
from bot.understanding.shelves import Document, Searcher, Shelves
from bot.understanding.spelling import Spelling
from bot.understanding.terms import WORDS_KEPT, Reader

CANDIDATES = 40  # phrasings compared more closely
BODIES = 10  # bodies that are considered as well
ASKED_STEMS, ASKED_GRAMS = 12, 24  # a question's rarest terms, which tantivy is asked for
BODY_LIMIT = 20_000  # characters of a body that are indexed
BODY_NUMBERS = 1 << 40  # bodies are numbered from here

Key = tuple[str, str]
Put = Callable[[Document], None]


class Filed(NamedTuple):
    """An article: the numbers of its phrasings, the stems of its body."""

    article: Article
    phrasings: tuple[int, ...]
    body: Row


class Stock:
    """What a library and those that follow it have in common; who holds the lock changes it."""

    def __init__(self, language: str) -> None:
        self.reader = Reader(language)
        self.grams = lru_cache(WORDS_KEPT)(_grams)
        self.shelves = Shelves()
        self.numbers = itertools.count()  # of articles and of phrasings, none used twice
        self.lock = threading.Lock()
        self.newest: Library | None = None


@dataclass(frozen=True, eq=False)
class Library:
    """Everything that can be found, by number. It never changes: `updated` gives the next one,
    and both go on being searched."""

    stock: Stock
    searcher: Searcher
    filed: Mapping[int, Filed] = field(default_factory=dict)
    phrasings: Mapping[int, Phrasing] = field(default_factory=dict)
    stems: Lexicon = field(default_factory=Lexicon)
    grams: Lexicon = field(default_factory=Lexicon)
    bodies: Lexicon = field(default_factory=Lexicon)
    by_typed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    spelling: Spelling = field(default_factory=lambda: Spelling(()))

    @classmethod
    def of(cls, articles: Iterable[Article], language: str) -> Library:
        """A library of these articles: some 0.1 s for 1,000 phrasings."""
        stock = Stock(language)
        stock.newest = cls(stock, stock.shelves.searcher())
        return stock.newest.updated(articles)

    def updated(self, articles: Iterable[Article]) -> Library:
        """The library of these articles; only those that are not the same in this one are taken
        apart and indexed. Where another has followed this one already, all of them are."""
        with self.stock.lock:
            if self.stock.newest is self:
                self.stock.newest = self._following({(a.id, a.path): a for a in articles})
                return self.stock.newest
        return Library.of(articles, self.stock.reader.language)

    # --- searching -------------------------------------------------------------------------------

    def question(self, text: str) -> Question:
        """The question taken apart, typos repaired; all of it is empty if it has no words."""
        words = self.stock.reader.tokens(text)
        known = [any(map(self.seen, self.stock.reader.stems(word))) for word in words]
        return self._apart(self.spelling.repaired(words, known))

    def near(self, question: Question, without: Collection[int]) -> list[Phrasing]:
        """The phrasings that share most with a question: those that say the same, then as tantivy
        ranks them. Those numbered, and those of articles numbered, in `without` are left out."""
        found = self.searcher.nearest(
            CANDIDATES + len(without),
            stems=_rarest(question.stems, self.stems, ASKED_STEMS),
            grams=_rarest(question.grams, self.grams, ASKED_GRAMS),
        )
        same = self.by_typed.get(question.typed, ())
        numbers = dict.fromkeys([*same, *(number for number, _ in found)])
        kept = [number for number in numbers if number not in without][:CANDIDATES]
        return [self.phrasings[number] for number in kept]

    def covering(self, question: Question, without: Collection[int]) -> dict[int, float]:
        """Article → the part of the question's words that its body has, for the best bodies."""
        stems = _rarest(question.stems, self.bodies, ASKED_STEMS)
        found = self.searcher.nearest(BODIES + bool(without), body=stems)
        numbers = [number - BODY_NUMBERS for number, _ in found]
        numbers = [number for number in numbers if number not in without]
        parts = self.bodies.covered(question.stems, [self.filed[n].body for n in numbers])
        return dict(zip(numbers, map(float, parts), strict=True))

    def familiarity(self, question: Question, without: Collection[int]) -> float:
        """The share of the question's words, by what they say, that was ever used, from 0 to 1."""
        absent: Counter[str] = Counter()
        for number in without:
            if number in self.phrasings:
                absent.update(self._plain(self.phrasings[number].text).stems)
            elif number in self.filed:
                absent.update(self._body(self.filed[number].article))
        rarities = {stem: self.stems.rarity(stem) for stem in question.stems}
        known = sum(rarity for stem, rarity in rarities.items() if self.seen(stem) > absent[stem])
        return known / (sum(rarities.values()) or 1.0)

    def seen(self, stem: str) -> int:
        """How many phrasings and bodies have the stem."""
        return self.stems.containing(stem) + self.bodies.containing(stem)

    # --- becoming another ------------------------------------------------------------------------

    def _following(self, wanted: Mapping[Key, Article]) -> Library:
        gone = {
            number: filed
            for number, filed in self.filed.items()
            if wanted.get((filed.article.id, filed.article.path)) != filed.article
        }
        kept = {number: filed for number, filed in self.filed.items() if number not in gone}
        there = {(filed.article.id, filed.article.path) for filed in kept.values()}
        new = [wanted[key] for key in sorted(wanted) if key not in there]
        went = {n: self.phrasings[n] for filed in gone.values() for n in filed.phrasings}
        with self.stock.shelves.changing(map(str, gone)) as put:
            filed, came = self._filed(new, put)
        old, fresh = list(went.values()), list(came.values())
        phrasings = {n: p for n, p in self.phrasings.items() if n not in went} | came
        by_typed = _by_typed(phrasings)
        return replace(
            self,
            searcher=self.stock.shelves.searcher(),
            filed=kept | filed,
            phrasings=phrasings,
            stems=self.stems.changed([p.stems for p in old], [p.stems for p in fresh]),
            grams=self.grams.changed([p.grams for p in old], [p.grams for p in fresh]),
            bodies=self.bodies.changed(
                [one.body for one in gone.values()], [one.body for one in filed.values()]
            ),
            by_typed=by_typed,
            spelling=Spelling({word for typed in by_typed for word in typed.split()}),
        )

    def _filed(
        self, articles: Iterable[Article], put: Put
    ) -> tuple[dict[int, Filed], dict[int, Phrasing]]:
        """Each article and each phrasing under a new number, and put on the shelves."""
        filed: dict[int, Filed] = {}
        phrasings: dict[int, Phrasing] = {}
        for article in articles:
            number = next(self.stock.numbers)
            own = dict(self._phrasings(number, article, put))
            body = self._body(article)
            if body:
                put(Document(str(number), BODY_NUMBERS + number, body=body))
            filed[number] = Filed(article, tuple(own), self.bodies.row(body))
            phrasings |= own
        return filed, phrasings

    def _phrasings(
        self, article_number: int, article: Article, put: Put
    ) -> Iterator[tuple[int, Phrasing]]:
        for text in dict.fromkeys((article.title, *article.questions)):
            stems, grams, typed = self._plain(text)
            if typed:
                number = next(self.stock.numbers)
                put(Document(str(article_number), number, stems, grams))
                rows = self.stems.row(stems), self.grams.row(grams)
                yield number, Phrasing(article_number, text, typed, *rows)

    def _plain(self, text: str) -> Question:
        """A phrasing taken apart, as it stands."""
        return self._apart(self.stock.reader.tokens(text))

    def _apart(self, words: Sequence[str]) -> Question:
        grams = dict.fromkeys(gram for word in words for gram in self.stock.grams(word))
        # Their order says little in a chat, so it does not count for what is typed.
        typed = texts.typed(words)
        return Question(self._stems(words), tuple(grams), typed)

    def _body(self, article: Article) -> tuple[str, ...]:
        return self._stems(self.stock.reader.tokens(article.body, BODY_LIMIT))

    def _stems(self, words: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(s for word in words for s in self.stock.reader.stems(word)))


def _grams(word: str) -> tuple[str, ...]:
    """Its runs of three characters; a sign that no word has marks where it begins and ends."""
    padded = f"_{texts.fold(word)}_"
    return tuple(padded[start : start + 3] for start in range(len(padded) - 2))


def _rarest(terms: Iterable[str], lexicon: Lexicon, limit: int) -> list[str]:
    known = [(containing, term) for term in terms if (containing := lexicon.containing(term))]
    return [term for _, term in heapq.nsmallest(limit, known)]


def _by_typed(phrasings: Mapping[int, Phrasing]) -> dict[str, tuple[int, ...]]:
    numbers: dict[str, tuple[int, ...]] = {}
    for number, phrasing in phrasings.items():
        numbers[phrasing.typed] = (*numbers.get(phrasing.typed, ()), number)
    return numbers
