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
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from bot.understanding import text as texts
from bot.understanding.patterns import (
    EMOJI,
    Lexicon,
    Pattern,
    by_first_word,
    follows,
    length_of,
    parse,
    possible_in,
    spoken,
    starting,
)

LONGEST_CUE = 6  # words
SMILEYS = 32  # characters of a message that is nothing but smileys, at most
HEAD, TAIL = 700, 700  # characters that are heard of a longer message: how it begins and ends
LONG, AGAIN = 80, 3  # words of a sentence, from which on each counts three times at most
SENTENCES = 120  # of a message that are told apart; what follows is heard as one
SMALL_TALK = 16  # a message of more words says more than hello
FILLER = "filler"
CUES = frozenset({"question", "request", "continuation", "also", "vague"})
# Say how it is, not what is wanted: for the mood, for "is this settled?", and no intents.
MOODS = frozenset({"upset", "calm", "settled", "unsettled"})
# Heard in long lists of variants, which do not tell how people usually write.
FEELINGS = MOODS | {"complaint", "grievance", "threat", "emergency"}
CHATTER = "chatter"  # what emoji alone mean, and nothing beside anything else

_SENTENCE = re.compile(r"[.!?;\n…]+")
_CLAUSE = re.compile(r"[,:–—]+|\s-+\s")  # "it did not help, I need a person": the "not" ends there
_SMILEYS = re.compile(r"(?:\s*(?:[:;=]'?-?[)(DPpoO*]+|\){2,}|\^_?\^|<3))+\s*")


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
        self._meanings: Callable[[str], frozenset[str]] = lru_cache(8192)(Lexicon(words).meanings)
        self._cues = {key: by_first_word(read[key]) for key in read if key[1] in CUES}
        parsed = [p for p in parsed if p.intent not in CUES]
        said = [p for p in parsed if p.intent != FILLER]
        self._anywhere = by_first_word(p for p in said if not p.kind)
        self._never = by_first_word(p for p in said if p.kind == "!")
        self._alone = by_first_word(p for p in parsed if p.kind == "=" or p.intent == FILLER)

    def intents(self, text: str) -> frozenset[str]:
        """Everything heard in a message: of a long one, in how it begins and ends. Any text will
        do; none raises."""
        split = _SENTENCE.split(_ends_of(text), maxsplit=SENTENCES)
        sentences = [part for part in split if part.strip()]
        words = {sentence: _seldom(spoken(sentence)) for sentence in dict.fromkeys(sentences)}
        heard: set[str] = set()
        forbidden: set[str] = set()
        for sentence, said in words.items():
            never = self._forbidden(sentence, said)
            heard |= self._matching(self._anywhere, said) - never
            forbidden |= never
        whole = [word for sentence in sentences for word in words[sentence]]
        if len(whole) <= SMALL_TALK:
            small = self._small_talk([self._meanings(word) for word in whole], whole)
            heard |= (small or set()) - forbidden
            if (whole and all(map(EMOJI.match, whole))) or _SMILEYS.fullmatch(text[:SMILEYS]):
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
        found = starting(patterns, meanings[0])
        return max((length_of(pattern.steps, meanings) for pattern in found), default=0)

    def has_cue(self, cue: str, words: Sequence[str], languages: Iterable[str]) -> bool:
        """Whether such a cue of one of these languages stands where it may: those that begin with
        an equals sign at the beginning only."""
        meanings = [self._meanings(word) for word in words]
        for language in languages:
            patterns = self._cues.get((language, cue), {})
            for start, meaning in enumerate(meanings):
                for pattern in starting(patterns, meaning):
                    may_stand = not start or not pattern.kind
                    if may_stand and length_of(pattern.steps, meanings[start:]):
                        return True
        return False

    def _forbidden(self, sentence: str, words: Sequence[str]) -> set[str]:
        """What a "not" keeps from counting; it reaches to the end of its clause."""
        clauses = dict.fromkeys(_CLAUSE.split(sentence))
        if len(clauses) == 1:
            return self._matching(self._never, words)
        spoken_in = (_seldom(spoken(clause)) for clause in clauses)
        return set().union(*(self._matching(self._never, each) for each in spoken_in))

    def _matching(self, patterns: Mapping[str, list[Pattern]], words: Sequence[str]) -> set[str]:
        found: set[str] = set()
        meanings = [self._meanings(word) for word in words]
        possible = possible_in(patterns, frozenset().union(*meanings))
        for start, meaning in enumerate(meanings):
            for pattern in starting(possible, meaning):
                if pattern.intent not in found and follows(pattern.steps, meanings, start):
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
        if not meanings[0] and EMOJI.match(words[0]):
            return self._small_talk(meanings[1:], words[1:])
        return None

    def _openings(self, meanings: Sequence[frozenset[str]]) -> list[tuple[int, str]]:
        """Patterns the words begin with, the longest first: their length and their intent."""
        lengths = {
            (length, pattern.intent)
            for pattern in starting(self._alone, meanings[0])
            if (length := length_of(pattern.steps, meanings))
        }
        return sorted(lengths, key=lambda found: (-found[0], found[1] == FILLER, found[1]))


def _ends_of(text: str) -> str:
    """The text as it is meant to be read; of a long one the beginning and the end, whole words."""
    half = texts.MESSAGE_LIMIT // 2 - 1  # a line end comes between
    if len(text) > texts.MESSAGE_LIMIT:
        text = f"{text[:half]}\n{text[-half:]}"
    clean = texts.normalise(text)
    if len(clean) <= HEAD + TAIL:
        return clean
    head, tail = clean[:HEAD], clean[-TAIL:]
    return f"{head.rpartition(' ')[0] or head}\n{tail.partition(' ')[2] or tail}"


def _seldom(words: list[str]) -> list[str]:
    """A word that is said hundreds of times means no more than one said thrice."""
    if len(words) <= LONG:
        return words
    times: Counter[str] = Counter()
    kept = []
    for word in words:
        times[word] += 1
        if times[word] <= AGAIN:
            kept.append(word)
    return kept
