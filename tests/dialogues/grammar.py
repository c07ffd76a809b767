"""The kinds of lines a dialogue may have, as patterns, and what one line means. Pure.

What each of them is for stands at the top of dialogue.py."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from tests.dialogues.steps import (
    Blocks,
    Closes,
    Deletes,
    Directs,
    Edits,
    FileSent,
    FillsIn,
    OpensHome,
    Passes,
    Presses,
    Reacts,
    Replies,
    Says,
    Sees,
    SeesNothing,
    SeesTyping,
    Sends,
    SendsFiles,
    Step,
    Types,
    Uses,
)

ANY = "…"
UNITS = {"B": 1, "kB": 1000, "MB": 1000_000}


class BadLine(Exception):
    """A line is not part of the language; the text says where, and what was expected."""


_WHO = r"(?P<who>[^\W\d_]\w*)(?: \((?P<about>[^()]+)\))?"
_WHERE = r"(?:(?:the thread in )?#[\w-]+|the group \w+)"
_IN = rf"(?: in (?P<place>{_WHERE}))?"
_ON = r'on (?:"(?P<which>[^"]+)" in )?(?P<place>#[\w-]+)'
_KINDS = "picture|file|voice message|sticker|location|contact"
_FILE = r"[\w.-]+\.\w+ \([\d.]+ (?:B|kB|MB)(?:, really \w+)?\)"
_VIEW = (
    rf"(?:bot|file|calendar file) → \w+(?: \(direct\))?|(?:bot|file|calendar file) in {_WHERE}|"
    rf"bot (?:changes|deletes) (?:for \w+|in {_WHERE})|bot reacts :[\w+-]+: in #\d+|"
    r"card #\d+(?: in #[\w-]+)?|receipt in #\d+|home of \w+|only \w+ sees|\w+ sees the form|"
    r"the form tells \w+"
)
_GRAMMAR: tuple[tuple[type[Step], re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.S))
    for kind, pattern in (
        (Passes, r"\+ (?P<count>\d+) (?P<unit>second|minute|hour|day)s?"),
        (Directs, r"\((?P<text>.+)\)"),
        (Sees, rf"(?P<view>{_VIEW}): (?P<text>.+)"),
        (SeesNothing, r"nobody sees anything new"),
        (SeesNothing, r"(?P<who>\w+) sees nothing new"),
        (SeesTyping, r"(?P<who>\w+) sees the bot typing"),
        (Edits, rf'{_WHO} edits "(?P<which>[^"]+)" to "(?P<text>.+)"{_IN}'),
        (Edits, rf"{_WHO} edits{_IN}: (?P<text>.+)"),
        (Deletes, rf'{_WHO} deletes "(?P<which>[^"]+)"{_IN}'),
        (Deletes, rf"{_WHO} deletes their message{_IN}"),
        (Sends, rf"{_WHO} sends an? (?P<kind>{_KINDS}){_IN}(?:: (?P<text>.+))?"),
        (SendsFiles, rf"{_WHO} sends (?P<files>{_FILE}(?:, {_FILE})*){_IN}(?:: (?P<text>.+))?"),
        (Presses, rf"{_WHO} presses \[(?P<label>[^\]]+)\]"
                  rf"(?: (?:on|in|at) (?P<place>#\d+(?: at home)?|home|the whisper|the form|"
                  rf"{_WHERE}))?"),
        (Reacts, rf"{_WHO} (?P<how>reacts|takes back) :(?P<emoji>[\w+-]+): {_ON}"),
        (Types, rf"{_WHO} types{_IN}:? (?P<text>/\w+.*)"),
        (Uses, rf'{_WHO} uses "(?P<label>[^"]+)" {_ON}'),
        (OpensHome, rf"{_WHO} opens (?:her|his|their) home"),
        (FillsIn, rf"{_WHO} fills in: (?P<text>.+)"),
        (Closes, rf"{_WHO} closes the form"),
        (Blocks, rf"{_WHO} (?P<how>blocks|unblocks) the bot"),
        (Replies, rf"{_WHO} replies{_IN}: (?P<text>.+)"),
        (Says, rf"{_WHO}{_IN}: (?P<text>.+)"),
    )
)  # fmt: skip
_NUMBERS = re.compile(r"\{(\d+) to (\d+)\}")
BUTTONS = re.compile(r"(?:\[[^\]]+\] *)+")
_ONE_FILE = re.compile(
    r"(?P<name>[\w.-]+\.(?P<ending>\w+)) \((?P<count>[\d.]+) (?P<unit>B|kB|MB)"
    r"(?:, really (?P<really>\w+))?\)"
)


def meaning_of(number: int, source: str) -> Step:
    """The step that one line is. Raises BadLine, which does not know where the line stands."""
    for kind, pattern in _GRAMMAR:
        if found := pattern.fullmatch(source):
            fields = {key: value for key, value in found.groupdict().items() if value}
            return _built(kind, number, source, fields)
    raise BadLine(f"not understood: {source}")


def _built(kind: type[Step], number: int, source: str, fields: dict[str, str]) -> Step:
    if kind is Passes:
        time = timedelta(**{f"{fields['unit']}s": int(fields["count"])})
        return Passes(number, source, time=time)
    if kind is SendsFiles:
        files = tuple(_file(each) for each in _ONE_FILE.finditer(fields.pop("files")))
        return SendsFiles(number, source, files=files, **fields)
    if kind is Sees:
        fields["view"] = fields["view"].removesuffix(" (direct)")
    elif "text" in fields:
        fields["text"] = _NUMBERS.sub(_counted, fields["text"])
    step = kind(number, source, **fields)
    return replace(step, values=_values(step.text)) if isinstance(step, FillsIn) else step


def _counted(found: re.Match[str]) -> str:
    return " ".join(map(str, range(int(found[1]), int(found[2]) + 1)))


def _values(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [each.partition("=") for each in text.split(";") if each.strip()]
    for field, sign, _ in pairs:
        if not sign:
            raise BadLine(f"a form is filled in as field = value; …, not: {field.strip()}")
    return tuple((field.strip(), value.strip()) for field, _, value in pairs)


def _file(found: re.Match[str]) -> FileSent:
    size = round(float(found["count"]) * UNITS[found["unit"]])
    return FileSent(found["name"], size, found["really"] or found["ending"].lower())
