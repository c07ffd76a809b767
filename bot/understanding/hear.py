"""What a customer says besides asking: wants a person, greets, thanks, agrees, says stop.

Patterns are written by admins who know no regular expressions:

    talk|speak to human       these words in this order, up to three others between two of them
    operator*                 any ending
    real-person               joined words stand directly side by side
    =thanks                   the message says nothing but this, other such patterns and fillers
    !human-resources          a clause with this keeps its sentence from counting for the intent

Case, diacritics and, in longer words, a typo make no difference. Some lists are no intents: the
words of `filler` say nothing of their own ("please"), and the cues tell how a message is built:
`question` and `request` what makes it one (with = at its beginning only), `continuation` how
something begins that goes on with what was said before, `vague` the words that do not say what a
question is about ("how long does it take"), `also` what stands between two questions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from bot.understanding import text as texts

GAP = 3  # other words that may stand between two words of a pattern
TYPO_FROM = 6  # letters of a word in which one typo is forgiven
LONGEST_CUE = 6  # words
SMILEYS = 32  # characters of a message that is nothing but smileys, at most
SENTENCES = 120  # of a message that are told apart; what follows is heard as one
SMALL_TALK = 16  # a message of more words says more than hello
FILLER = "filler"
CUES = frozenset({"question", "request", "continuation", "also", "vague"})
CHATTER = "chatter"  # what emoji alone mean, and nothing beside anything else

_SENTENCE = re.compile(r"[.!?;\n…]+")
_CLAUSE = re.compile(r"[,:–—]+|\s-+\s")  # "it did not help, I need a person": the "not" ends there
_EMOJI = re.compile(r"[\u2600-\u27bf\U0001f300-\U0001f3fa\U0001f400-\U0001faff]")
_SMILEYS = re.compile(r"(?:\s*(?:[:;=]'?-?[)(DPpoO*]+|\){2,}|\^_?\^|<3))+\s*")


class Step(NamedTuple):
    """One place in a pattern: its alternatives, each one or more words standing side by side."""

    parts: tuple[tuple[str, ...], ...]
    firsts: frozenset[str]  # first words of the alternatives: most places are told apart by these


class PatternError(ValueError):
    """A pattern cannot be understood; the text says which one and why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern. A word of it that ends in `*` stands for any word that begins like it."""

    intent: str
    steps: tuple[Step, ...]
    kind: str  # "" | "=" | "!"


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
        raise PatternError(f"hear, {intent}: {written!r} has no words; write at least one.")
    return Pattern(intent, steps, kind)


def _joined(part: str, written: str, intent: str) -> tuple[str, ...]:
    words: list[str] = []
    for piece in part.split("-"):
        named = spoken(piece.removesuffix("*"))
        if not named or "*" in piece[:-1]:
            raise PatternError(
                f"hear, {intent}: {written!r} has a word without letters or with a * inside; "
                "write words, a|b for one of several, and a * only at the end of a word."
            )
        words += [*named[:-1], named[-1] + "*" * piece.endswith("*")]
    return tuple(words)


def spoken(sentence: str) -> list[str]:
    """Words as they are compared, folded, and emoji, which can say yes or thanks too."""
    parts = texts.normalise(_EMOJI.sub(r" \g<0> ", sentence)).split()
    return [
        texts.fold(word)
        for part in parts
        for word in ([part] if _EMOJI.match(part) else texts.tokens(part))
    ]


class Hear:
    """Listens for the intents of all languages at once. It never changes; any thread may use it."""

    def __init__(self, patterns: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
        """`patterns`: language → intent → patterns. Raises PatternError."""
        read = {
            (language, intent): [parse(intent, written) for written in several]
            for language, intents in patterns.items()
            for intent, several in intents.items()
        }
        parsed = [pattern for several in read.values() for pattern in several]
        words = {word for p in parsed for step in p.steps for part in step.parts for word in part}
        self._meanings: Callable[[str], frozenset[str]] = lru_cache(8192)(_Lexicon(words).meanings)
        self._cues = {key: _by_first_word(read[key]) for key in read if key[1] in CUES}
        parsed = [p for p in parsed if p.intent not in CUES]
        said = [p for p in parsed if p.intent != FILLER]
        self._anywhere = _by_first_word(p for p in said if not p.kind)
        self._never = _by_first_word(p for p in said if p.kind == "!")
        self._alone = _by_first_word(p for p in parsed if p.kind == "=" or p.intent == FILLER)

    def intents(self, text: str) -> frozenset[str]:
        """Everything heard in a message. Any text will do; none raises."""
        split = _SENTENCE.split(texts.normalise(text), maxsplit=SENTENCES)
        sentences = [part for part in split if part.strip()]
        heard: set[str] = set()
        forbidden: set[str] = set()
        for sentence in sentences:
            never = self._forbidden(sentence)
            heard |= self._matching(self._anywhere, spoken(sentence)) - never
            forbidden |= never
        whole = [word for sentence in sentences for word in spoken(sentence)]
        if len(whole) <= SMALL_TALK:
            said = self._small_talk([self._meanings(word) for word in whole], whole)
            heard |= (said or set()) - forbidden
            if (whole and all(map(_EMOJI.match, whole))) or _SMILEYS.fullmatch(text[:SMILEYS]):
                heard.add(CHATTER)
        heard -= {FILLER}
        return frozenset(heard - {CHATTER} or heard)

    def cue(self, cue: str, words: Sequence[str], languages: Iterable[str], start: int = 0) -> int:
        """How many of the words (see `spoken`), from `start` on, are such a cue of one of these
        languages; 0 for none."""
        meanings = [self._meanings(word) for word in words[start : start + LONGEST_CUE]]
        return max((self._cue(cue, meanings, language) for language in languages), default=0)

    def _cue(self, cue: str, meanings: Sequence[frozenset[str]], language: str) -> int:
        patterns = self._cues.get((language, cue))
        if not patterns or not meanings:
            return 0
        found = _starting(patterns, meanings[0])
        return max((_length(pattern.steps, meanings) for pattern in found), default=0)

    def has_cue(self, cue: str, words: Sequence[str], languages: Iterable[str]) -> bool:
        """Whether such a cue of one of these languages stands where it may: those that begin with
        an equals sign at the beginning only."""
        meanings = [self._meanings(word) for word in words]
        for language in languages:
            patterns = self._cues.get((language, cue), {})
            for start, meaning in enumerate(meanings):
                for pattern in _starting(patterns, meaning):
                    may_stand = not start or not pattern.kind
                    if may_stand and _length(pattern.steps, meanings[start:]):
                        return True
        return False

    def _forbidden(self, sentence: str) -> set[str]:
        """A "not" reaches to the end of its clause."""
        clauses = _CLAUSE.split(sentence)
        return set().union(*(self._matching(self._never, spoken(clause)) for clause in clauses))

    def _matching(self, patterns: Mapping[str, list[Pattern]], words: Sequence[str]) -> set[str]:
        found: set[str] = set()
        meanings = [self._meanings(word) for word in words]
        for start, meaning in enumerate(meanings):
            for pattern in _starting(patterns, meaning):
                if pattern.intent not in found and _follows(pattern.steps, meanings, start):
                    found.add(pattern.intent)
        return found

    def _small_talk(
        self, meanings: Sequence[frozenset[str]], words: Sequence[str]
    ) -> set[str] | None:
        """What the words mean if all of them are small talk; None if anything else is said."""
        if not words:
            return set()
        for length, intent in self._openings(meanings):
            rest = self._small_talk(meanings[length:], words[length:])
            if rest is not None:
                return {intent, *rest}
        if not meanings[0] and _EMOJI.match(words[0]):
            return self._small_talk(meanings[1:], words[1:])
        return None

    def _openings(self, meanings: Sequence[frozenset[str]]) -> list[tuple[int, str]]:
        """Patterns the words begin with, the longest first: their length and their intent."""
        lengths = {
            (length, pattern.intent)
            for pattern in _starting(self._alone, meanings[0])
            if (length := _length(pattern.steps, meanings))
        }
        return sorted(lengths, key=lambda found: (-found[0], found[1] == FILLER, found[1]))


class _Lexicon:
    """The words of all patterns, to find those that a word of a message may stand for."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._long: defaultdict[str, list[str]] = defaultdict(list)
        for word in sorted(self._words):
            if len(word.removesuffix("*")) >= TYPO_FROM:
                self._long[word[0]].append(word)

    def meanings(self, word: str) -> frozenset[str]:
        """The pattern words that a folded word stands for, typos forgiven if it is none itself."""
        beginnings = (word[:length] + "*" for length in range(1, len(word) + 1))
        found = [w for w in (word, *beginnings) if w in self._words]
        if not found and len(word) >= TYPO_FROM - 1:
            found = [other for other in self._long.get(word[0], ()) if _typo(word, other)]
        return frozenset(found)


def _typo(word: str, other: str) -> bool:
    if not other.endswith("*"):
        return len(word) >= TYPO_FROM and OSA.distance(word, other, score_cutoff=1) <= 1
    stem = other[:-1]
    lengths = (len(stem), len(stem) - 1, len(stem) + 1)
    return any(OSA.distance(word[:length], stem, score_cutoff=1) <= 1 for length in lengths)


def _by_first_word(patterns: Iterable[Pattern]) -> dict[str, list[Pattern]]:
    index: defaultdict[str, list[Pattern]] = defaultdict(list)
    for pattern in patterns:
        for first in pattern.steps[0].firsts:
            index[first].append(pattern)
    return dict(index)


def _starting(index: Mapping[str, list[Pattern]], meaning: Iterable[str]) -> list[Pattern]:
    return [pattern for word in sorted(meaning) for pattern in index.get(word, ())]


def _follows(steps: Sequence[Step], meanings: Sequence[frozenset[str]], start: int) -> bool:
    """Whether the first step stands exactly at `start` and the others follow, gaps allowed."""
    ends = _ends(steps[0], meanings, start)
    if len(steps) == 1:
        return bool(ends)
    return any(
        _follows(steps[1:], meanings, following)
        for end in ends
        for following in range(end, min(end + GAP + 1, len(meanings)))
    )


def _length(steps: Sequence[Step], meanings: Sequence[frozenset[str]]) -> int:
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
