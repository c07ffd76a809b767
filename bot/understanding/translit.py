"""Russian typed in Latin letters, as where there is no Cyrillic keyboard: "4to s moim zakazom".

Everybody writes it in their own way, so words are compared by a key in which the ways agree: "moj",
"moi" and мой have one key, and so have "4to", "chto" and что. A text is taken to be Russian if it
is likelier to be that, its words by their keys and its letters as they stand, than to be in any of
the languages that really are written in Latin letters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from bot.understanding import text as texts
from bot.understanding.common import common_words
from bot.understanding.usage import Usage, frequencies_of, listed_words, neighbour_usage, usage

NEEDED = 2.2  # by how much (natural logarithm) Russian must be likelier than every other language
GRAM_WEIGHT = 0.5
KNOWN = 0.2  # of the letters must be in words known to be Russian…
LETTERS = 4  # …and at least so many: "da" and "net" may be anything
LISTED_LESS = 2.0  # of a neighbour few words are known, so its words count for that much more
OTHERS = ("en", "tr", "lv", "pl")
NEIGHBOURS = ("cs", "sk", "lt", "es", "de", "fr")

_PLAIN = dict(zip("абвгдезиклмнопрстуфцъь", [*"abvgdeziklmnoprstuf", "ts", "", ""], strict=True))
_PLAIN |= {"ж": "zh", "ч": "ch", "ш": "sh", "щ": "sch", "ы": "y", "э": "e"}
# The two ways most people write the rest.
_ENGLISH = str.maketrans(_PLAIN | {"й": "y", "ю": "yu", "я": "ya", "х": "kh"})
_GERMAN = str.maketrans(_PLAIN | {"й": "j", "ю": "ju", "я": "ja", "х": "h"})

_SAME = {
    "shch": "sh", "sch": "sh", "kh": "h", "tz": "ts", "ch": "ch", "c": "ts", "x": "h", "j": "i",
    "y": "i", "w": "v", "q": "k", "4": "ch", "6": "sh", "'": "",
}  # fmt: skip
_SAME_WAY = re.compile("|".join(_SAME))
_SOFT_E = re.compile("i[eo]")  # tvoego, tvoyego; eshe, eschyo
_DOUBLE = re.compile(r"(.)\1+")
_ALSO = (("j", "zh"), ("w", "sh"))  # letters that stand for another one as often

# Letter by letter, for words that no table has.
_LETTERS = {
    "shch": "щ", "sch": "щ", "zh": "ж", "kh": "х", "ch": "ч", "sh": "ш", "ts": "ц", "tz": "ц",
    "ya": "я", "ja": "я", "yu": "ю", "ju": "ю", "yo": "е", "jo": "е", "ye": "е", "je": "е",
    "yj": "ый", "yi": "ый", "a": "а", "b": "б", "c": "ц", "d": "д",
    "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и", "j": "ж", "k": "к", "l": "л", "m": "м",
    "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в",
    "w": "ш", "x": "х", "y": "ы", "z": "з", "4": "ч", "6": "ш", "'": "ь",
}  # fmt: skip
_LETTER = re.compile("|".join(_LETTERS))
_AFTER_VOWEL = re.compile("(?<=[aeiou])[yj](?![aeiou])")  # it is й there
_FOREIGN = re.compile(r"[^\W\d_a-z]")  # a letter that is not of the English alphabet
_WORD = re.compile(r"[a-z46]*[a-z][a-z46]*(?:'[a-z46]+)*'?")


class Romanised:
    """Knows Russian written in Latin letters from languages that are. It never changes; any thread
    may use it."""

    def __init__(
        self, russian: Mapping[str, float], others: Iterable[Usage], neighbours: Iterable[Usage]
    ) -> None:
        """`russian`: folded word → share of all words. `others`: languages of which as much is
        known; `neighbours`: those of which only a list of words is."""
        spellings: dict[str, tuple[float, str]] = {}
        keys: dict[str, float] = {}
        words = dict(russian)
        for word, share in listed_words("ru").items():
            words[word] = max(share, words.get(word, 0.0))
        for word, frequency in words.items():
            if not word.isascii():
                key = _key(word.translate(_ENGLISH))
                keys[key] = keys.get(key, 0.0) + frequency
                spellings[key] = max(spellings.get(key, (0.0, "")), (frequency, word))
        self._spellings = spellings
        self._russian = Usage(keys, _grams(words))
        self._others = tuple(others)
        self._neighbours = tuple(neighbours)

    def cyrillic(self, text: str) -> str | None:
        """See the function of this name."""
        clean = texts.lower(texts.without_references(texts.normalise(text, texts.QUESTION_LIMIT)))
        if _FOREIGN.search(clean) or not self._is_russian(_WORD.findall(clean)):
            return None
        return _WORD.sub(lambda found: self._spelled(found.group()), clean)

    def _is_russian(self, words: Sequence[str]) -> bool:
        keys = [self._key_of(word) for word in words]
        known = sum(len(key) for key in keys if key in self._spellings)
        if known < max(LETTERS, KNOWN * sum(map(len, keys))):
            return False
        grams = texts.trigrams(words)
        by_words = self._russian.of_words(keys)
        russian = by_words + GRAM_WEIGHT * self._russian.of_grams(grams)
        others = (u.of_words(words) + GRAM_WEIGHT * u.of_grams(grams) for u in self._others)
        neighbours = (u.of_words(words) for u in self._neighbours)
        return (
            russian - max(others, default=russian - 2 * NEEDED) > NEEDED
            and by_words - max(neighbours, default=by_words) > NEEDED - LISTED_LESS
        )

    def _key_of(self, word: str) -> str:
        """The key of a typed word, in the reading that is a Russian word if one is."""
        keys = [_key(word), *(_key(word.replace(a, b)) for a, b in _ALSO if a in word)]
        return max(keys, key=lambda key: self._spellings.get(key, (0.0, "")))

    def _spelled(self, word: str) -> str:
        known = self._spellings.get(self._key_of(word))
        if known:
            return known[1]
        if common_words("en").get(word):
            return word
        return _LETTER.sub(lambda part: _LETTERS[part.group()], _AFTER_VOWEL.sub("й", word))


def cyrillic(text: str) -> str | None:
    """A Russian text in Latin letters as it would be in Cyrillic, lower-case, ё written е; None if
    it does not look like Russian, or is not in Latin letters.

    Known words are spelled as they should be, others letter by letter; what is neither (numbers,
    English words, punctuation) stays. This knows only the words of the table of common words:
    `LanguageDetector.cyrillic` knows those of the knowledge base, too."""
    return _of_tables().cyrillic(text)


@cache
def _of_tables() -> Romanised:
    others = tuple(usage(lang, frequencies_of(lang, ())) for lang in OTHERS)
    neighbours = (neighbour_usage(lang, others) for lang in NEIGHBOURS)
    return Romanised(frequencies_of("ru", ()), others, neighbours)


def _key(word: str) -> str:
    """What all ways of writing a word in Latin letters have in common."""
    same = _SAME_WAY.sub(lambda found: _SAME[found.group()], word)
    return _DOUBLE.sub(r"\1", _SOFT_E.sub("e", same))


def _grams(words: Iterable[str]) -> Counter[str]:
    return Counter(texts.trigrams(w.translate(way) for w in words for way in (_ENGLISH, _GERMAN)))
