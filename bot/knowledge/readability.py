"""How hard a text is to read, by the formula published for its language.

Every formula weighs the length of sentences against the length of words; what is hard differs, so
each comes with the bound beyond which it calls a text difficult."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_VOWELS = {
    "en": re.compile("[aeiouy]+"),
    "ru": re.compile("[аеёиоуыэюя]"),
    "tr": re.compile("[aeıioöuüâîû]"),
    # An i before another vowel only softens the consonant; au and eu are one syllable.
    "pl": re.compile("i(?=[aąeęoóuy])|au|eu|[aąeęioóuy]"),
}
_SOFTENING = re.compile("i(?=[aąeęoóuy])")
_LONG = 7  # letters
_HARD = 4  # syllables of a hard Polish word
# 60 is "very difficult" for Swedish, where the scale was made; where endings make the words longer,
# as in Latvian, plain prose comes out some ten points higher.
LIX_BOUND = 70


@dataclass(frozen=True, slots=True)
class Ease:
    """A text's figure on the scale of `formula`. `hard` is whether it lies beyond `bound`."""

    formula: str
    value: float
    bound: float
    hard: bool


def ease(sentences: Sequence[Sequence[str]], language: str) -> Ease | None:
    """How easily the sentences (lists of words) can be read; None if there are no words.

    English: Flesch, A new readability yardstick (1948). Russian: Oborneva's fit of the same scale
    (2006). Turkish: Ateşman's (1997). Polish: Pisarek's index (1969), the years of school a text
    asks for. Any other language: Björnsson's LIX (1968), which counts long words instead of
    syllables."""
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return None
    length = len(words) / len(sentences)
    return _FORMULAS.get(language.partition("-")[0], _lix)(words, length)


def syllables(word: str, language: str) -> int:
    """Spoken vowels of a word, at least one, as for a figure or an abbreviation.

    English counts groups of vowels without a silent e at the end."""
    letters = word.replace("İ", "i").lower()
    if language == "en":
        letters = re.sub(
            r"(?<=[^aeiouyl])e$|(?<=[^aeiouytds])ed$|(?<=[^aeiouylsxzcg])es$", "", letters
        )
    elif language == "pl":
        letters = _SOFTENING.sub("", letters)
    return max(1, len(_VOWELS[language].findall(letters)))


def _flesch(
    name: str, language: str, start: float, per_word: float, per_syllable: float, bound: float
) -> Callable[[Sequence[str], float], Ease]:
    def formula(words: Sequence[str], length: float) -> Ease:
        spoken = sum(syllables(word, language) for word in words) / len(words)
        value = start - per_word * length - per_syllable * spoken
        return Ease(name, value, bound, value < bound)

    return formula


def _pisarek(words: Sequence[str], length: float) -> Ease:
    hard = 100 * sum(syllables(word, "pl") >= _HARD for word in words) / len(words)
    value = math.hypot(length, hard) / 2
    return Ease("Pisarek", value, 15, value > 15)


def _lix(words: Sequence[str], length: float) -> Ease:
    value = length + 100 * sum(len(word) >= _LONG for word in words) / len(words)
    return Ease("LIX", value, LIX_BOUND, value > LIX_BOUND)


_FORMULAS: dict[str, Callable[[Sequence[str], float], Ease]] = {
    "en": _flesch("Flesch reading ease", "en", 206.835, 1.015, 84.6, 50),
    "ru": _flesch("Oborneva's reading ease", "ru", 206.835, 1.3, 60.1, 30),
    "tr": _flesch("Ateşman's reading ease", "tr", 198.825, 2.61, 40.175, 30),
    "pl": _pisarek,
}
