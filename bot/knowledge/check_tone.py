"""Whether what customers read sounds like the house: its words, no shouting, nothing shrill."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faults import Fault
from bot.knowledge.tone import Tone, Wording, lower, without_addresses
from bot.knowledge.written import Text, texts

_MARKS = re.compile(r"[!?]{2,}")
_WORD = re.compile(r"[^\W\d_]+")
_CAPITALS = re.compile(r"(?<![\w-])[^\W\d_]{3,}(?![\w-])")
_EMOJI = re.compile(
    "[\u2600-\u26ff\u2705\u2728\u274c\u2753-\u2757\u2764\u2b50\U0001f1e6-\U0001f1ff\U0001f300-\U0001f64f"
    "\U0001f680-\U0001f6ff\U0001f900-\U0001faff]"
)
_WHAT = {
    "address": "“{}” does not address customers as the house does",
    "jargon": "“{}” is not a word customers use",
    "avoid": "“{}” does not sound like the house",
}


def check_tone(kb: KnowledgeBase) -> Iterator[Fault]:
    """A warning for every slip, by file and line. The customers' own words (`questions:`) and what
    only colleagues read are left alone."""
    written = list(texts(kb))
    ordinary = _ordinary_words(written)
    for text in written:
        yield from _slips(text, kb.tone)
        yield from _shrill(text, ordinary)
        if not kb.tone.emoji:
            yield from _emoji(text)


def _slips(text: Text, tone: Tone) -> Iterator[Fault]:
    for position, words, wording in tone.slips(text.text, text.language):
        what = _WHAT[wording.kind].format(" ".join(words.split()))
        yield Fault(text.path, text.line_at(position), what, _otherwise(wording), "warning")


def _otherwise(wording: Wording) -> str:
    return f"write “{wording.instead}” instead" if wording.instead else "leave it out"


def _shrill(text: Text, ordinary: Mapping[str, frozenset[str]]) -> Iterator[Fault]:
    prose = without_addresses(text.text)
    for marks in _MARKS.finditer(prose):
        what = f"“{marks[0]}” is louder than it need be"
        do = "one mark is enough"
        yield Fault(text.path, text.line_at(marks.start()), what, do, "warning")
    for word in _CAPITALS.finditer(prose):
        if word[0].isupper() and lower(word[0], text.language) in ordinary[text.language]:
            what = f"“{word[0]}” in capitals reads as shouting"
            do = "write it in small letters, in **bold** if it matters"
            yield Fault(text.path, text.line_at(word.start()), what, do, "warning")


def _emoji(text: Text) -> Iterator[Fault]:
    if found := _EMOJI.search(text.text):
        what = f"there is an emoji ({found[0]})"
        do = "leave it out (or write emoji: fine in tone.yaml)"
        yield Fault(text.path, text.line_at(found.start()), what, do, "warning")


def _ordinary_words(written: Iterable[Text]) -> Mapping[str, frozenset[str]]:
    """By language, the words that the shop itself writes in small letters. An abbreviation (IBAN,
    SMS) is none of them, so it may keep its capitals."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for text in written:
        words = _WORD.findall(without_addresses(text.text))
        found[text.language].update(word for word in words if word.islower())
    return {language: frozenset(words) for language, words in found.items()}
