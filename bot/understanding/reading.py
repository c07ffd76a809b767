"""A text in, what it may mean out: its languages, the articles that fit, what was heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.domain import Article, Match, Reading
from bot.understanding.calibration import UNANSWERABLE
from bot.understanding.choose import AnyIndex, choose_index
from bot.understanding.embeddings import Vectors
from bot.understanding.hear import MOODS, Hear
from bot.understanding.language import detector_of
from bot.understanding.mood import MoodModel
from bot.understanding.questions import VAGUE, Builder, in_context

SURE = 0.9  # probability from which the other languages need not be searched…
PLAUSIBLE = 0.05  # …unless they still have this much
PROBABLE = 0.15  # …and to which its words are taken to belong
PER_LANGUAGE = 5  # matches kept of each language

HearLists = Mapping[str, Mapping[str, Sequence[str]]]


class _Source(NamedTuple):
    """All that the index of one language follows from."""

    articles: list[Article]
    vectors: Vectors | None
    unanswerable: float


class Understanding:
    """Everything known about a knowledge base, ready to read messages.

    Building it takes a second for a hundred articles: do it off the event loop. It never changes
    afterwards and any thread may use it; a changed knowledge base gets a new one."""

    def __init__(
        self,
        articles: Iterable[Article],
        hear: HearLists,
        languages: Sequence[str] = (),
        vectors: Vectors | None = None,
        unanswerable: float = UNANSWERABLE,
        previous: Understanding | None = None,
    ) -> None:
        """`hear`: language → intent → patterns (see hear.py). `languages`: those of the knowledge
        base, by default those of the articles. `vectors`: embeddings, if there are any.
        `unanswerable`: the share of questions without an answer. `previous`: what answers now; its
        indexes are taken over where nothing has changed. Raises hear.PatternError for a bad
        pattern."""
        by_language: defaultdict[str, list[Article]] = defaultdict(list)
        for article in sorted(articles, key=lambda article: (article.id, article.path)):
            by_language[article.language].append(article)
        self.languages = tuple(languages) or tuple(sorted(by_language))
        self._sources = {
            lang: _Source(by_language[lang], vectors, unanswerable) for lang in self.languages
        }
        self._indexes = {
            lang: _index(lang, source, previous) for lang, source in self._sources.items()
        }
        self._hear = Hear(hear)
        self._mood = MoodModel.load()
        of_all = (article for own in by_language.values() for article in own)
        self._detector = detector_of(of_all, hear, self.languages)

    def read(self, text: str, before: str = "") -> Reading:
        """What a text may mean. Any text will do, none raises; some 0.5 to 2 ms.

        `languages` covers all languages and their neighbours and adds up to 1; flat if the text
        gives nothing away.
        `matches` has up to five articles of every language the text may be in, best first.
        `parts` are its questions if it says more than one thing, and what is told between them;
        heard of each is whether it is a "question" (one "listed" between commas) or a "request".
        `before` is the question that the text may continue; if it looks as if it did, `in_context`
        is what it then means."""
        languages = self._detector.detect(text)
        heard = self._hear.intents(text)
        return Reading(
            text,
            languages,
            self._matches(text, languages),
            heard - MOODS,
            self._parts(text, languages),
            self._continued(text, before, languages) if before else None,
            self._mood.read(self._detector.as_meant(text, languages), languages, heard),
            "unsettled" not in heard if heard & {"settled", "unsettled"} else None,
        )

    def _matches(self, text: str, languages: Mapping[str, float]) -> tuple[Match, ...]:
        matches: list[Match] = []
        for language in _plausible(languages, self.languages):
            asked = self._detector.cyrillic(text) if language == "ru" else None
            matches += self._indexes[language].search(asked or text, PER_LANGUAGE)
        matches.sort(key=lambda match: _rank(match, languages))
        return tuple(matches)

    def _parts(self, text: str, languages: Mapping[str, float]) -> tuple[Reading, ...]:
        parts: list[Reading] = []
        for piece in self._builder(languages).said(text):
            heard = {piece.kind, "listed" if piece.is_listed else ""} - {""}
            parts.append(
                Reading(
                    piece.text,
                    languages,
                    self._matches(piece.text, languages),
                    frozenset(heard),
                    in_context=self._after(parts[-1], piece.text) if parts and heard else None,
                )
            )
        return tuple(parts)

    def _after(self, earlier: Reading, text: str) -> Reading | None:
        """A question after another one, or after what is told: "It broke. What should I do?"."""
        languages = earlier.languages
        if earlier.intents:
            return self._continued(text, earlier.text, languages)
        whole = f"{earlier.text} {text}"
        heard = frozenset({VAGUE} & {self._builder(languages).continues(text)})
        return Reading(whole, languages, self._matches(whole, languages), heard)

    def _builder(self, languages: Mapping[str, float]) -> Builder:
        """What sees the build of a text that is probably in these languages."""
        probable = (code for code, share in languages.items() if share >= PROBABLE)
        return Builder(self._hear, tuple(probable))

    def _continued(self, text: str, before: str, languages: Mapping[str, float]) -> Reading | None:
        """The text as it goes on with the question before it, if it looks as if it did; heard in
        it is "continuation" if it says so, "vague" if it means nothing without it."""
        says_so = self._builder(languages).continues(text)
        if says_so is None:
            return None
        whole = in_context(text, before)
        heard = frozenset({says_so} - {""})
        return Reading(whole, languages, self._matches(whole, languages), heard)


def _index(language: str, source: _Source, previous: Understanding | None) -> AnyIndex:
    """The index of one language: the one that answers now, if it is made of the same."""
    earlier = previous._indexes.get(language) if previous else None
    if previous and earlier and previous._sources[language] == source:
        return earlier
    return choose_index(source.articles, language, source.vectors, source.unanswerable, earlier)


def _rank(match: Match, languages: Mapping[str, float]) -> tuple[float, float, str, str]:
    article = match.article
    return -match.score, -languages[article.language], article.id, article.language


def _plausible(languages: Mapping[str, float], known: Sequence[str]) -> list[str]:
    """The languages to search: of a text in a neighbour's, the known ones nearest to that."""
    own = {language: languages.get(language, 0.0) for language in known}
    total = sum(own.values())
    if max(own.values(), default=0.0) < SURE * total or not total:
        return list(own)
    return [language for language, share in own.items() if share >= PLAUSIBLE * total]
