"""How common a word is in a language at large, whatever the knowledge base says.

Counted in public collections of chat and film lines: data/README.md says which, and how. There is
a table for en, ru, tr, lv and pl; a knowledge base in another language does without.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

TABLE = Path(__file__).parent / "data" / "common-words.txt"
NOTHING: Mapping[str, float] = MappingProxyType({})


def commonness(word: str, language: str) -> float:
    """How many of a million words of the language are this one: 32,000 for "the", 100 for "store".

    `word` as `text.fold` leaves it: lower-case, without diacritics, ё written е; an inflected form,
    not a stem. 0.0 for a word that is not among the 4,000 commonest of its language (so it occurs
    less often than about 30 times in a million), and for a language without a table.

    The first call reads the file (some 10 ms); afterwards it is a look-up, from any thread."""
    return common_words(language).get(word, 0.0)


def common_words(language: str) -> Mapping[str, float]:
    """Every word of the table of one language → occurrences in a million words."""
    return _tables().get(language, NOTHING)


@cache
def _tables() -> Mapping[str, Mapping[str, float]]:
    tables: dict[str, dict[str, float]] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        language, frequency, *words = line.split()
        tables.setdefault(language, {}).update(dict.fromkeys(words, float(frequency)))
    return tables
