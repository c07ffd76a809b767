"""Patterns as admins write them (see hear.py): how they are read, and whether words fit them."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz.distance import OSA

from bot.understanding import text as texts

GAP = 3  # other words that may stand between two words of a pattern
REMEMBERED = 20_000  # patterns: each is read again whenever the folder changes, and rarely differs
TYPO_FROM = 6  # letters of a word in which one typo is forgiven
EMOJI = re.compile(r"[\u2600-\u27bf\U0001f300-\U0001f3fa\U0001f400-\U0001faff]")


class Step(NamedTuple):
    """One place in a pattern: its alternatives, each one or more words standing side by side."""

    parts: tuple[tuple[str, ...], ...]
    firsts: frozenset[str]  # first words of the alternatives: most places are told apart by these


class PatternError(ValueError):
    """A pattern cannot be understood: which one and why, and what to do, without full stops."""

    def __init__(self, intent: str, what: str, what_to_do: str) -> None:
        super().__init__(f"hear, {intent}: {what}; {what_to_do}.")
        self.what, self.what_to_do = what, what_to_do


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern. A word of it that ends in `*` stands for any word that begins like it."""

    intent: str
    steps: tuple[Step, ...]
    kind: str  # "" | "=" | "!"


@functools.lru_cache(maxsize=REMEMBERED)
def parse(intent: str, written: str) -> Pattern:
    """Read one pattern as an admin wrote it. Raises PatternError."""
    kind = written.strip()[:1] if written.strip()[:1] in ("=", "!") else ""
    places = written.strip().removeprefix(kind).split()
    steps = tuple(
        Step(parts, frozenset(part[0] for part in parts))
        for place in places
        if (parts := tuple(_joined(part, written, intent) for part in place.split("|")))
    )
    if not steps:
        raise PatternError(intent, f"{written!r} has no words", "write at least one")
    return Pattern(intent, steps, kind)


def _joined(part: str, written: str, intent: str) -> tuple[str, ...]:
    words: list[str] = []
    for piece in part.split("-"):
        named = spoken(piece.removesuffix("*"))
        if not named or "*" in piece[:-1]:
            what = f"{written!r} has a word without letters or with a * inside"
            do = "write words, a|b for one of several, and a * only at the end of a word"
            raise PatternError(intent, what, do)
        words += [*named[:-1], named[-1] + "*" * piece.endswith("*")]
    return tuple(words)


def spoken(sentence: str) -> list[str]:
    """Words as they are compared, folded, and emoji, which can say yes or thanks too."""
    parts = texts.normalise(EMOJI.sub(r" \g<0> ", sentence)).split()
    return [
        texts.fold(word)
        for part in parts
        for word in ([part] if EMOJI.match(part) else texts.tokens(part))
    ]


class Lexicon:
    """The words of all patterns, to find those that a word of a message may stand for."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._longest = max(map(len, self._words), default=0)
        self._alike: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for word in sorted(self._words):
            if len(word.removesuffix("*")) >= TYPO_FROM:
                self._alike["begins", word[:3]].append(word)
                self._alike[word[0], word[4:6]].append(word)

    def meanings(self, word: str) -> frozenset[str]:
        """The pattern words that a folded word stands for, typos forgiven if it is none itself."""
        lengths = range(1, min(len(word), self._longest) + 1)
        beginnings = (word[:length] + "*" for length in lengths)
        found = [w for w in (word, *beginnings) if w in self._words]
        if not found and len(word) >= TYPO_FROM - 1:
            found = [other for other in self._like(word) if _typo(word, other)]
        return frozenset(found)

    def _like(self, word: str) -> set[str]:
        """Those that one typo may lead to, which leaves the first letter: it either leaves the
        first three, or the fifth and sixth, which it may have moved by one."""
        keys = [("begins", word[:3]), *((word[0], word[at : at + 2]) for at in (3, 4, 5))]
        return {other for key in keys for other in self._alike.get(key, ())}


def _typo(word: str, other: str) -> bool:
    if not other.endswith("*"):
        return len(word) >= TYPO_FROM and OSA.distance(word, other, score_cutoff=1) <= 1
    stem = other[:-1]
    lengths = (len(stem), len(stem) - 1, len(stem) + 1)
    return any(OSA.distance(word[:length], stem, score_cutoff=1) <= 1 for length in lengths)


def by_first_word(patterns: Iterable[Pattern]) -> dict[str, list[Pattern]]:
    index: defaultdict[str, list[Pattern]] = defaultdict(list)
    for pattern in patterns:
        for first in pattern.steps[0].firsts:
            index[first].append(pattern)
    return dict(index)


def possible_in(
    index: Mapping[str, list[Pattern]], present: frozenset[str]
) -> dict[str, list[Pattern]]:
    """What of the patterns a sentence with these words may match: little, however long it is."""
    return {
        word: [left for pattern in index[word] if (left := _left_of(pattern, present))]
        for word in present & index.keys()
    }


def _left_of(pattern: Pattern, present: frozenset[str]) -> Pattern | None:
    """The pattern with the alternatives whose words are all present; None if a place has none."""
    if any(step.firsts.isdisjoint(present) for step in pattern.steps):
        return None
    places = [[part for part in step.parts if present.issuperset(part)] for step in pattern.steps]
    if not all(places):
        return None
    steps = tuple(Step(tuple(parts), frozenset(part[0] for part in parts)) for parts in places)
    return Pattern(pattern.intent, steps, pattern.kind)


def starting(index: Mapping[str, list[Pattern]], meaning: Iterable[str]) -> list[Pattern]:
    return [pattern for word in sorted(meaning) for pattern in index.get(word, ())]


def follows(steps: Sequence[Step], meanings: Sequence[frozenset[str]], start: int) -> bool:
    """Whether the first step stands exactly at `start` and the others follow, gaps allowed."""
    ends = _ends(steps[0], meanings, start)
    if len(steps) == 1:
        return bool(ends)
    return any(
        follows(steps[1:], meanings, following)
        for end in ends
        for following in range(end, min(end + GAP + 1, len(meanings)))
    )


def length_of(steps: Sequence[Step], meanings: Sequence[frozenset[str]]) -> int:
    """How many words the pattern takes from the start without gaps; 0 if it does not fit."""
    position = 0
    for step in steps:
        position = max(_ends(step, meanings, position), default=0)
        if not position:
            return 0
    return position


def _ends(step: Step, meanings: Sequence[frozenset[str]], start: int) -> list[int]:
    """Where each alternative that stands at `start` ends."""
    if start >= len(meanings) or step.firsts.isdisjoint(meanings[start]):
        return []
    return [
        start + len(part)
        for part in step.parts
        if start + len(part) <= len(meanings)
        and all(word in meanings[start + offset] for offset, word in enumerate(part))
    ]
