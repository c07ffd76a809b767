"""Which language a message is in, among those the knowledge base speaks and their neighbours.

Four kinds of evidence, added up: the script; words and letter trigrams, as the knowledge base and a
table of common words know them; the letters of each alphabet; and lingua, a library, in its small
mode. Chat messages are short and typed plainly: what the shop's own articles say helps more there
than a large general model does. Neighbours are there to be told apart: a Ukrainian text must not be
"certainly Russian" only because nobody asked whether it is Ukrainian.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from lingua import IsoCode639_1, LanguageDetectorBuilder
from lingua import LanguageDetector as Lingua

from bot.domain import Article
from bot.understanding import text as texts
from bot.understanding.hear import FEELINGS
from bot.understanding.translit import Romanised
from bot.understanding.usage import Usage, frequencies_of, neighbour_usage, usage

WORD_WEIGHT = 1.4
GRAM_WEIGHT = 0.2  # trigrams overlap and repeat the words, so each counts for less
LETTER_WEIGHT = 4.0
LINGUA_WEIGHT = 1.0
LINGUA_WORDS = 1.0  # this many words and lingua counts half as much: of one word it is too sure
LINGUA_FLOOR = 0.001
NEIGHBOUR = -2.0  # the logarithm of how much rarer a neighbour is than a language of the folder
ROMANISED = 0.97  # how sure it is then that Russian is meant

_NEIGHBOURS = {
    "en": ("de", "es", "fr", "nl"),
    "lv": ("lt", "et"),
    "pl": ("cs", "sk", "lt"),
    "ru": ("uk", "be", "bg", "kk"),
    "tr": ("az",),
}
_SCRIPTS = dict.fromkeys(("be", "bg", "kk", "mk", "mn", "ru", "sr", "uk"), "CYRILLIC")
_SCRIPTS |= dict.fromkeys(("ar", "fa", "ur"), "ARABIC")
_SCRIPTS |= {"el": "GREEK", "he": "HEBREW", "hi": "DEVANAGARI", "hy": "ARMENIAN", "ka": "GEORGIAN"}
# every other language: Latin
# Letters that a language has and not all others of its script.
_LETTERS = {
    "az": "çəğıöşü", "cs": "áčďéěíňóřšťúůýž", "de": "äöüß", "es": "áéíñóú", "et": "äöõüšž",
    "fi": "äö", "fr": "àâçéèêëîïôùûœ", "lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž", "nl": "éëï",
    "pl": "ąćęłńóśźż", "sk": "áäčďéíľňóôŕšťúýž", "tr": "çğıöşüâ",
    "be": "іўыэёйьюя", "bg": "иъщйьюя", "kk": "иыэёщъйьюяәғқңөұүһі", "ru": "иыэёщъйьюя",
    "uk": "иіїєґщйьюя", "sr": "иђјљњћџ", "mk": "иѓѕјљњќџ",
}  # fmt: skip
_TOLD_BY = frozenset("".join(_LETTERS.values()))
_ANYWHERE = frozenset((
    "ok", "okk", "okay", "okey", "oke", "okie", "oki", "okej", "kk", "ок", "окк", "окей", "pdf",
    "sms", "email", "lol", "lmao", "rofl", "omg", "wow", "xd", "xdd", "hm", "hmm", "mm", "mmm",
    "mhm", "aha", "uh", "uhh", "oh", "ohh", "eh",
))  # fmt: skip
_LAUGHTER = re.compile("a?(?:h[aei]){2,}h?")  # "haha", "ahahah", "hehe"


def detector_of(
    articles: Iterable[Article],
    hear: Mapping[str, Mapping[str, Sequence[str]]],
    languages: Sequence[str],
) -> LanguageDetector:
    """The detector for a knowledge base: its languages, as its articles and what it listens for
    (language → intent → patterns) use them."""
    samples: dict[str, list[str]] = {lang: [] for lang in languages}
    for article in articles:
        if article.language in samples:
            samples[article.language] += (article.title, *article.questions, article.body)
    for lang, intents in hear.items():
        if lang in samples:
            # Long lists of angry variants would outweigh how people usually write.
            usual = (patterns for intent, patterns in intents.items() if intent not in FEELINGS)
            samples[lang] += (pattern for patterns in usual for pattern in patterns)
    return LanguageDetector(languages, samples)


class LanguageDetector:
    """Knows a fixed set of languages. Built once (for five languages some 0.3 s and 50 MB, most of
    it lingua's models, which are read once a process), then usable from any thread."""

    def __init__(
        self, languages: Sequence[str], samples: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        """`samples`: text of each language, such as all articles."""
        self.languages = tuple(dict.fromkeys(languages))
        samples = samples or {}
        self.neighbours = _neighbours(self.languages)
        words = {lang: frequencies_of(lang, samples.get(lang, ())) for lang in self.languages}
        own = {lang: usage(lang, words[lang]) for lang in self.languages}
        beside = {lang: neighbour_usage(lang, own.values()) for lang in self.neighbours}
        self._usage = own | beside
        self._romanised = _romanised(words, own, beside)
        self._lingua = _lingua((*self.languages, *self.neighbours))
        self.detect("the first call would be slow")

    def detect(self, text: str) -> dict[str, float]:
        """Language → probability, adding up to 1, neighbours' own shares included; all the same
        among the folder's languages if the text gives nothing away."""
        if self.cyrillic(text) is not None:
            return self._mostly("ru", ROMANISED)
        clean = texts.without_references(texts.normalise(text, texts.QUESTION_LIMIT))
        words = [word for word in texts.tokens(clean) if _tells(word)]
        script = _script("".join(words))
        candidates = _written_in(script, self.languages)
        if not words or not candidates:
            return dict.fromkeys(self.languages, 1 / max(1, len(self.languages)))
        scores = self._scores(words, candidates, _written_in(script, self.neighbours))
        highest = max(scores.values())
        shares = {lang: math.exp(score - highest) for lang, score in scores.items()}
        total = sum(shares.values())
        known = (*self.languages, *self.neighbours)
        return {lang: shares.get(lang, 0.0) / total for lang in known}

    def cyrillic(self, text: str) -> str | None:
        """A Russian text typed in Latin letters as it would be in Cyrillic, as far as the words are
        known; None if it is none, or Russian is not among the languages. `detect` says ru then."""
        return self._romanised.cyrillic(text) if self._romanised else None

    def as_meant(self, text: str, languages: Mapping[str, float]) -> str:
        """The text, in Cyrillic where it is Russian (`languages` as `detect` gives them)."""
        is_russian = languages.get("ru", 0.0) >= 1 / 2
        return (self.cyrillic(text) if is_russian else None) or text

    def _mostly(self, language: str, share: float) -> dict[str, float]:
        others = (*self.languages, *self.neighbours)
        rest = (1 - share) / (len(others) - 1)
        return {lang: share if lang == language else rest for lang in others}

    def _scores(
        self, words: Sequence[str], own: Sequence[str], neighbours: Sequence[str]
    ) -> dict[str, float]:
        """Languages of one script → the logarithm of how likely each is, up to a constant."""
        candidates = (*own, *neighbours)
        if len(candidates) == 1:
            return {candidates[0]: 0.0}
        folded = [texts.fold(word) for word in words]
        scores = {lang: WORD_WEIGHT * self._usage[lang].of_words(folded) for lang in candidates}
        for lang in neighbours:
            scores[lang] += NEIGHBOUR
        for lang, behind in self._by_grams(folded, own).items():
            scores[lang] += behind
        for letter in "".join(words):
            if letter in _TOLD_BY:
                for lang in candidates:
                    scores[lang] += LETTER_WEIGHT * (letter in _LETTERS.get(lang, ""))
        for lang, likelihood in self._by_lingua(words).items():
            if lang in scores:
                scores[lang] += likelihood
        return scores

    def _by_grams(self, folded: Sequence[str], own: Sequence[str]) -> dict[str, float]:
        """How far each language is behind the likeliest one. Of neighbours no trigrams are known,
        so these can only decide among the languages of the folder."""
        grams = texts.trigrams(folded)
        scores = {lang: GRAM_WEIGHT * self._usage[lang].of_grams(grams) for lang in own}
        likeliest = max(scores.values())
        return {lang: score - likeliest for lang, score in scores.items()}

    def _by_lingua(self, words: Sequence[str]) -> dict[str, float]:
        if not self._lingua:
            return {}
        weight = LINGUA_WEIGHT * len(words) / (len(words) + LINGUA_WORDS)
        # lingua adds up in random order: the last digits differ from call to call
        return {
            value.language.iso_code_639_1.name.lower(): weight
            * math.log(round(value.value, 6) + LINGUA_FLOOR)
            for value in self._lingua.compute_language_confidence_values(" ".join(words))
        }


def _romanised(
    words: Mapping[str, Mapping[str, float]], own: Mapping[str, Usage], beside: Mapping[str, Usage]
) -> Romanised | None:
    """None if there is no Russian, or nothing else to answer in."""
    if "ru" not in own or len(own) < 2:
        return None
    latin, listed = (_written_in("LATIN", languages) for languages in (own, beside))
    return Romanised(words["ru"], [own[lang] for lang in latin], [beside[lang] for lang in listed])


def _neighbours(languages: Sequence[str]) -> tuple[str, ...]:
    """None for one language: whatever is written is answered in it."""
    if len(languages) < 2:
        return ()
    found = dict.fromkeys(n for lang in languages for n in _NEIGHBOURS.get(lang, ()))
    return tuple(lang for lang in found if lang not in languages)


def _written_in(script: str, languages: Iterable[str]) -> list[str]:
    return [lang for lang in languages if _SCRIPTS.get(lang, "LATIN") == script]


def _tells(word: str) -> bool:
    if len(word) < 2 or word in _ANYWHERE or any(map(str.isdigit, word)):
        return False
    return not _LAUGHTER.fullmatch(word)


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
