"""A message as comparable pieces: clean text, tokens, folded tokens, stems, trigrams."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable

from Stemmer import Stemmer as Snowball  # type: ignore[import-not-found]

QUESTION_LIMIT = 256  # characters of a message that are searched for
MESSAGE_LIMIT = 4096  # characters of a message that are listened to

_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german",
    "el": "greek", "en": "english", "es": "spanish", "et": "estonian", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "hy": "armenian", "it": "italian", "lt": "lithuanian",
    "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip

# There is no Snowball stemmer for Latvian. Endings of nouns, adjectives and verbs with diacritics
# folded away; at least three letters of a word are kept.
_LATVIAN = (
    "a e i s t u o as es is us os am em im um ai ei ie ju jas ja ji jam jai jus jos jiem iem "
    "ies ais aja ajam ajai ajas ajos ajiem ajs ajus aks aka aki akas aku akam akiem at et it "
    "ot ut st ts ta tas tu ti tie tai tam tos tiem siet su si sana sanas sanu sanai sanam sies "
    "ties jies jums juma jumu jumi jumus jumam jumiem ijums ijuma ijumu ijumi ijumus ijumam "
    "ijumiem ajums ajuma ajumu ajumi ajumus ajumam ajumiem iba ibas ibu dams dama usi usas "
    "usie usies iens ienu isu iju ija ijam ijat ijas aju"
)
_TURKISH_BEGINNING = 5  # letters
_LATVIAN_ENDINGS = tuple(sorted(_LATVIAN.split(), key=len, reverse=True))

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4\u0060\u2032", "'"))
_LOOSE_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")  # "pleeease"


class _Visible(dict[int, int | str | None]):
    """Character table: drops what nobody sees (control, format, surrogate, unassigned)."""

    def __missing__(self, code: int) -> int | str | None:
        char = chr(code)
        if char in "\u2028\u2029\x85\v\f\r\n":
            self[code] = "\n"
        elif char.isspace():
            self[code] = " "
        else:
            self[code] = None if unicodedata.category(char)[0] == "C" else code
        return self[code]


class _Folded(dict[int, str]):
    """Character table: letters without diacritics, as people type them; й stays itself."""

    def __missing__(self, code: int) -> str:
        letters = unicodedata.normalize("NFD", chr(code))
        kept = "".join(part for part in letters if unicodedata.category(part) != "Mn")
        self[code] = kept
        return kept


_VISIBLE = _Visible()
_FOLDED = _Folded({ord(a): b for a, b in zip("йłøđı", "йlodi", strict=True)} | {0xE6: "ae"})


def normalise(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """The text as it is meant to be read, at most `limit` characters, letter case and lines kept.

    NFKC; invisible, control and direction characters and piled-up accents are gone; runs of spaces
    are one space and runs of line ends one line end."""
    visible = text[: 8 * MESSAGE_LIMIT].translate(_VISIBLE)
    folded = _LINES.sub("\n", _SPACES.sub(" ", visible)).strip()[: 2 * limit]
    # One sign may stand for eighteen letters (ﷺ): what they come to has a limit of its own.
    composed = _LOOSE_MARKS.sub("", unicodedata.normalize("NFKC", folded)[: 2 * limit])
    return _LINES.sub("\n", _SPACES.sub(" ", composed.translate(_APOSTROPHES)))[:limit].strip()


def lower(text: str, language: str = "") -> str:
    """Casefolded; in Turkish and Azerbaijani I is the capital of ı, everywhere İ is that of i."""
    if language in ("tr", "az"):
        text = text.replace("I", "ı")
    return text.replace("İ", "i").casefold()


def fold(text: str) -> str:
    """Lower-case text without diacritics, as it is typed in a hurry: ą → a, ı → i, ё → е."""
    return text if text.isascii() else text.translate(_FOLDED)


def without_references(text: str) -> str:
    """The text without links, e-mail addresses and long numbers, which name but do not ask."""
    return " ".join(word for word in text.split() if not _is_reference(word))


def _is_reference(word: str) -> bool:
    if word.isalpha():  # nearly all are, and telling them costs the most
        return False
    named = "://" in word or "@" in word[1:] or word.lower().startswith("www.")
    return named or sum(char.isdigit() for char in word) >= 5


def tokens(text: str, language: str = "") -> list[str]:
    """The words and numbers of a normalised text, lower-case, diacritics kept.

    "don't" is one word; what follows any other apostrophe ("what's", "İstanbul'da") is dropped."""
    words = _TOKEN.findall(_STRETCHED.sub(r"\1", lower(text, language)))
    return [_without_apostrophe(word) if "'" in word else word for word in words]


def _without_apostrophe(word: str) -> str:
    return word.replace("'", "") if word.endswith("n't") else word.split("'")[0]


def words_of(text: str, language: str = "", limit: int = QUESTION_LIMIT) -> list[str]:
    """The tokens of a text as it was typed; links, addresses and long numbers are left out."""
    return tokens(without_references(normalise(text, limit)), language)


def typed(words: Iterable[str]) -> str:
    """The words folded and sorted, as their order says little in a chat."""
    return " ".join(sorted(map(fold, words)))


def trigrams(words: Iterable[str]) -> list[str]:
    """Every run of three characters of each word, a space put before and after the word."""
    return [
        padded[start : start + 3]
        for padded in (f" {word} " for word in words)
        for start in range(len(padded) - 2)
    ]


class Stems(threading.local):
    """Stemming for one language. Snowball stemmers must not be shared: each thread has its own."""

    def __init__(self, language: str) -> None:
        self._language = language
        name = _SNOWBALL.get(language)
        self._snowball = Snowball(name) if name else None

    def of(self, word: str) -> tuple[str, ...]:
        """The stems of a lower-case word, folded, at least one.

        A word typed with diacritics also has the stem of its plain spelling, since a stemmer misses
        endings whose diacritics were not typed. Turkish piles up more endings than a stemmer takes
        off, so there the beginning of a word counts too."""
        plain = fold(word)
        stems = [_latvian_stem(plain)] if self._language == "lv" else [self._stem(word)]
        if plain != word and self._snowball:
            stems.append(self._stem(plain))
        if self._language == "tr" and len(plain) > _TURKISH_BEGINNING:
            stems.append(plain[:_TURKISH_BEGINNING] + "-")
        return tuple(dict.fromkeys(stems))

    def _stem(self, word: str) -> str:
        return fold(str(self._snowball.stemWord(word)) if self._snowball else word)


def _latvian_stem(word: str) -> str:
    for ending in _LATVIAN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
