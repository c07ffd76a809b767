"""How the house writes, as far as a program can tell: `tone.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.knowledge.faults import Parsed
from bot.knowledge.fields import Fields
from bot.knowledge.files import decode
from bot.knowledge.languages import is_language
from bot.knowledge.plain_yaml import parse

Kind = Literal["address", "jargon", "avoid"]
KINDS: tuple[Kind, ...] = ("address", "jargon", "avoid")
MAX_WORDING = 200
MAX_INSTEAD = 200

# What is not prose: links, addresses, {placeholders} and `code`.
_NO_PROSE = re.compile(
    r"https?://[^\s)]+|(?<![\w.+-])[\w.+-]+@[\w.-]+|\{[^{}]*\}|`[^`]*`", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Wording:
    """Words the house does not write, and what it writes instead ("": nothing)."""

    kind: Kind
    pattern: re.Pattern[str]
    instead: str
    as_written: bool  # with capitals: only these are meant


@dataclass(frozen=True)
class Tone:
    """The words to avoid by language, and the bounds of what is read easily in a chat."""

    wordings: Mapping[str, tuple[Wording, ...]] = field(default_factory=dict)
    answer_words: int = 150
    sentence_words: int = 30
    emoji: bool = True

    def slips(self, text: str, language: str) -> Iterator[tuple[int, str, Wording]]:
        """(position, words as they stand there, the entry) of everything to be worded otherwise."""
        prose = without_addresses(text)
        lowered = lower(prose, language)
        for wording in self.wordings.get(language, ()):
            for found in wording.pattern.finditer(prose if wording.as_written else lowered):
                yield found.start(), text[found.start() : found.end()], wording


def without_addresses(text: str) -> str:
    """The text with blanks, as many as it takes, for what is not prose."""
    return _NO_PROSE.sub(lambda found: " " * len(found[0]), text)


def lower(text: str, language: str) -> str:
    """Lower case letter by letter, so that positions stay; in Turkish I is the capital of ı."""
    if language in ("tr", "az"):
        text = text.replace("I", "ı")
    return "".join(char.lower()[:1] for char in text)


def parse_tone(content: bytes, path: str) -> Parsed[Tone]:
    """The tone; what is left out keeps its default. None, with faults, if anything is wrong.

    Raises Broken if the file cannot be read at all."""
    document = parse(decode(content, path), path)
    fields = Fields(document)
    for name in fields.values:
        if name not in ("limits", "emoji") and not is_language(name):
            do = 'use "limits", "emoji" or the code of a language, such as en'
            fields.fault(f'"{name}" means nothing here', do, name)
    languages = [name for name in fields.values if is_language(name)]
    limits = Fields(document, fields.values.get("limits") or {}, ("limits",), fields.faults)
    limits.only("answer_words", "sentence_words")
    tone = Tone(
        {language: tuple(_wordings(fields.mapping(language), language)) for language in languages},
        _number(limits, "answer_words", Tone.answer_words),
        _number(limits, "sentence_words", Tone.sentence_words),
        _emoji(fields),
    )
    return Parsed(None if fields.faults else tone, tuple(fields.faults), document.lines)


def _wordings(language: Fields, code: str) -> Iterator[Wording]:
    language.only(*KINDS)
    for kind in KINDS:
        if kind not in language.values:
            continue
        entries = language.mapping(kind)
        for written in entries.values:
            instead = entries.text(written, MAX_INSTEAD)
            if pattern := _pattern(entries, written, code):
                yield Wording(kind, pattern, instead, written != lower(written, code))


def _pattern(entries: Fields, written: str, language: str) -> re.Pattern[str] | None:
    """From "kindly, please be *": each wording's words in order, a star standing for any ending."""
    wordings = [wording.split() for wording in written.split(",")]
    if len(written) > MAX_WORDING or not all(wordings):
        do = f'write one or more wordings, "kindly, as per", in at most {MAX_WORDING} characters'
        entries.fault(f'"{written[:40]}" is no list of wordings', do, written)
        return None
    if any("*" in word[:-1] or word == "*" for words in wordings for word in words):
        do = 'put the star at the end of a word: "utilis*"'
        entries.fault(f'in "{written}" a star does not follow a word', do, written)
        return None
    options = (r"[\s*_]+".join(map(_word, words)) for words in wordings)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(options)})(?![\w-])")


def _word(written: str) -> str:
    return re.escape(written.removesuffix("*")) + (r"\w*" if written.endswith("*") else "")


def _number(fields: Fields, key: str, default: int) -> int:
    text = fields.text(key, 20)
    if not text:
        return default
    if re.fullmatch("[1-9][0-9]{0,3}", text):
        return int(text)
    fields.fault(f'"{key}" cannot be "{text}"', "write a whole number from 1 to 9999", key)
    return default


def _emoji(fields: Fields) -> bool:
    word = fields.text("emoji", 20) or "fine"
    if word not in ("fine", "avoid"):
        fields.fault(f'"emoji: {word}" means nothing', "write fine or avoid", "emoji")
    return word == "fine"
