"""A text in, what it may mean out: its languages, the articles that fit, what was heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.domain import Article, Match, Reading
from bot.understanding.hear import Hear
from bot.understanding.index import Index
from bot.understanding.language import LanguageDetector

SURE = 0.9  # probability from which the other languages need not be searched…
PLAUSIBLE = 0.05  # …unless they still have this much
PER_LANGUAGE = 5  # matches kept of each language

HearLists = Mapping[str, Mapping[str, Sequence[str]]]


class Understanding:
    """Everything known about a knowledge base, ready to read messages.

    Building it takes some 50 ms for a hundred articles: do it off the event loop. It never changes
    afterwards and any thread may use it; a changed knowledge base gets a new one."""

    def __init__(
        self, articles: Iterable[Article], hear: HearLists, languages: Sequence[str] = ()
    ) -> None:
        """`hear`: language → intent → patterns (see hear.py). `languages`: those of the knowledge
        base, by default those of the articles. Raises hear.PatternError for a bad pattern."""
        by_language: defaultdict[str, list[Article]] = defaultdict(list)
        for article in articles:
            by_language[article.language].append(article)
        self.languages = tuple(languages) or tuple(sorted(by_language))
        self._indexes = {lang: Index(by_language[lang], lang) for lang in self.languages}
        self._hear = Hear(hear)
        self._detector = LanguageDetector(
            self.languages,
            {lang: _sample(by_language[lang], hear.get(lang, {})) for lang in self.languages},
        )

    def read(self, text: str) -> Reading:
        """What a text may mean. Any text will do, none raises; some 0.5 to 2 ms.

        `languages` covers all languages and adds up to 1, flat if the text gives nothing away.
        `matches` has up to five articles of every language the text may be in, best first."""
        languages = self._detector.detect(text)
        matches: list[Match] = []
        for language in _plausible(languages):
            matches += self._indexes[language].search(text, PER_LANGUAGE)
        matches.sort(key=lambda match: _rank(match, languages))
        return Reading(text, languages, tuple(matches), self._hear.intents(text))


def _rank(match: Match, languages: Mapping[str, float]) -> tuple[float, float, str, str]:
    article = match.article
    return -match.score, -languages[article.language], article.id, article.language


def _plausible(languages: Mapping[str, float]) -> list[str]:
    if max(languages.values(), default=0.0) < SURE:
        return list(languages)
    return [language for language, probability in languages.items() if probability >= PLAUSIBLE]


def _sample(articles: Iterable[Article], hear: Mapping[str, Sequence[str]]) -> list[str]:
    texts = [
        text for article in articles for text in (article.title, *article.questions, article.body)
    ]
    return texts + [pattern for patterns in hear.values() for pattern in patterns]
