"""Which language a message is in, among those the knowledge base speaks.

Four kinds of evidence, added up: the script; the words and the letter trigrams that the knowledge
base itself uses in each language; letters only one language has; and lingua, a library, in its
small mode. Chat messages are short and typed plainly: what the shop's own articles say helps more
there than a large general model does (measured: tests/understanding/test_language.py).
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from lingua import IsoCode639_1, LanguageDetectorBuilder
from lingua import LanguageDetector as Lingua

from bot.understanding import text as texts

WORD_FLOOR = 1 / 3000  # how common a word is taken to be that the samples do not have
GRAM_WEIGHT = 0.3  # trigrams overlap and repeat the words, so each counts for less
GRAM_FLOOR = 0.5  # occurrences that a trigram is taken to have had besides those counted
GRAM_CHOICE = 2000  # about how many different trigrams a language has
LETTER_WEIGHT = 2.0
LINGUA_WEIGHT = 0.5
LINGUA_FLOOR = 0.01

_SCRIPTS = dict.fromkeys(("be", "bg", "kk", "mk", "mn", "ru", "sr", "uk"), "CYRILLIC")
_SCRIPTS |= dict.fromkeys(("ar", "fa", "ur"), "ARABIC")
_SCRIPTS |= {"el": "GREEK", "he": "HEBREW", "hi": "DEVANAGARI", "hy": "ARMENIAN", "ka": "GEORGIAN"}
# every other language: Latin
_LETTERS = {"lv": "āčēģīķļņšūž", "pl": "ąćęłńóśźż", "tr": "çğıöşüâ"}
_ANYWHERE = frozenset(("ok", "okay", "okey", "oke", "okej", "ок", "окей", "pdf", "sms", "email"))


class LanguageDetector:
    """Knows a fixed set of languages. Built once (reads lingua's models: tens of milliseconds and
    15 MB), then usable from any thread."""

    def __init__(
        self, languages: Sequence[str], samples: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        """`samples`: text of each language, such as all articles; without any, lingua decides."""
        self.languages = tuple(dict.fromkeys(languages))
        samples = samples or {}
        self._samples = {lang: _Sample(lang, samples.get(lang, ())) for lang in self.languages}
        self._lingua = _lingua(self.languages)
        self.detect("the first call would be slow")

    def detect(self, text: str) -> dict[str, float]:
        """Language → probability, adding up to 1; all the same if the text gives nothing away."""
        clean = texts.without_references(texts.normalise(text, texts.QUESTION_LIMIT))
        words = [word for word in texts.tokens(clean) if _tells(word)]
        candidates = self._written_in(_script("".join(words)))
        if not words or not candidates:
            return dict.fromkeys(self.languages, 1 / max(1, len(self.languages)))
        scores = self._scores(words, candidates) if len(candidates) > 1 else {candidates[0]: 0.0}
        highest = max(scores.values())
        shares = {lang: math.exp(score - highest) for lang, score in scores.items()}
        total = sum(shares.values())
        return {lang: shares.get(lang, 0.0) / total for lang in self.languages}

    def _written_in(self, script: str) -> list[str]:
        return [lang for lang in self.languages if _SCRIPTS.get(lang, "LATIN") == script]

    def _scores(self, words: Sequence[str], candidates: Sequence[str]) -> dict[str, float]:
        scores = {lang: self._samples[lang].likelihood(words) for lang in candidates}
        for letter in "".join(words):
            users = [lang for lang in candidates if letter in _LETTERS.get(lang, "")]
            for lang in users:
                scores[lang] += LETTER_WEIGHT
        if self._lingua:
            for value in self._lingua.compute_language_confidence_values(" ".join(words)):
                lang = value.language.iso_code_639_1.name.lower()
                if lang in scores:
                    # lingua adds up in random order: the last digits differ from call to call
                    sure = round(value.value, 6)
                    scores[lang] += LINGUA_WEIGHT * math.log(sure + LINGUA_FLOOR)
        return scores


class _Sample:
    """How often words and trigrams are used in one language."""

    def __init__(self, language: str, samples: Iterable[str]) -> None:
        self._words = Counter(
            texts.fold(word)
            for sample in samples
            for word in texts.tokens(texts.normalise(sample, len(sample)), language)
        )
        self._grams = Counter(texts.trigrams(self._words))
        self._word_count = max(1, self._words.total())
        self._gram_count = self._grams.total() + GRAM_CHOICE

    def likelihood(self, words: Iterable[str]) -> float:
        """The logarithm of how likely these words are; comparable between languages."""
        folded = [texts.fold(word) for word in words]
        of_words = (math.log(self._words[w] / self._word_count + WORD_FLOOR) for w in folded)
        of_grams = (
            math.log((self._grams[gram] + GRAM_FLOOR) / self._gram_count)
            for gram in texts.trigrams(folded)
        )
        return sum(of_words) + GRAM_WEIGHT * sum(of_grams)


def _tells(word: str) -> bool:
    return len(word) > 1 and not any(map(str.isdigit, word)) and word not in _ANYWHERE


def _script(text: str) -> str:
    """The script most letters are of, as Unicode names it: LATIN, CYRILLIC…; "" without letters."""
    if text.isascii():
        return "LATIN" if text else ""
    scripts = Counter(unicodedata.name(letter, "").split(" ")[0] for letter in text)
    return scripts.most_common(1)[0][0]


def _lingua(languages: Iterable[str]) -> Lingua | None:
    """None if lingua knows fewer than two of the languages: there is nothing to choose then."""
    codes = {code.name.lower(): code for code in IsoCode639_1.__dict__.values() if _is_code(code)}
    known = [codes[lang] for lang in languages if lang in codes]
    if len(known) < 2:
        return None
    builder = LanguageDetectorBuilder.from_iso_codes_639_1(*known)
    return builder.with_low_accuracy_mode().with_preloaded_language_models().build()


def _is_code(value: object) -> bool:
    return isinstance(value, IsoCode639_1)
