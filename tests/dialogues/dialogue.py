"""A conversation written down as Markdown → steps that can be played. Pure.

Only what stands between ``` fences is played; the rest is for people. Lines there:

    Jānis (Telegram, lv): hello          Jānis writes; who it is stands at the first mention:
                                         (Telegram, lv) (Slack, en, Europe/Riga) (desk)
                                         (supervisor on the desk) (guest on the desk)
    Maria in #1: hello                   in the thread of card #1
    Eva in #general: hello               in a channel; `in the thread in #general` below it
    Jānis edits: hello                   the last message of theirs; also with `in …`
    Jānis deletes their message
    Jānis sends a picture: look          or a file, voice message, sticker, location, contact
    Jānis presses [Yes]                  Maria presses [Claim] on #1: on the card, or in its thread
    Maria presses [Complaint] on #1      what opens a form opens it for Maria, who may look at it
    Maria sees the form: Complaint …     (its title, what it says, its fields), and
    Maria fills in: severity = serious; cause = Late delivery
                                         sends it: field = value, parted by `;` and called as the
                                         form's blocks are (kind, amount, reason, words, to, …);
                                         a choice by its label or value, a colleague by name
    the form tells Maria: amount: …      what is wrong with it: the form stays open
    Maria closes the form                and sends nothing
    Jānis blocks the bot                 and unblocks it
    + 4 hours                            the clock moves on: minutes, hours, days
    (the answer to … is lost)            a stage direction; the player knows a fixed set of them

    bot → Jānis: Hello, Jānis!           what Jānis sees next, with all its buttons below it
        [Yes] [No]
    bot in #1: **Jānis:** hello          in the thread of card #1; also `bot in #general`
    card #1: …waiting…                   how the card looks now
    receipt in #1: hello                 the sign that this message has been delivered
    only Maria sees: It's yours.         an answer that nobody else in the channel sees
    Jānis sees nothing new               or: nobody sees anything new

An indented line continues the line above. `…` stands for any text, `[…]` for any further buttons;
white space counts once. In what people write, `{1 to 99}` are the numbers from 1 to 99."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

FENCE = "```"
ANY = "…"


class BadLine(Exception):
    """A line is not part of the language; the text says where, and what was expected."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line: `line` is its number, `source` how it is written, `who` acts or sees."""

    line: int
    source: str
    who: str = ""
    about: str = ""  # who they are, at their first mention: "Telegram, lv"
    place: str = ""  # "#1", "#general", "the thread in #general", or nothing: the chat with the bot
    text: str = ""


@dataclass(frozen=True, slots=True)
class Says(Step):
    pass


@dataclass(frozen=True, slots=True)
class Edits(Step):
    pass


@dataclass(frozen=True, slots=True)
class Deletes(Step):
    pass


@dataclass(frozen=True, slots=True)
class Sends(Step):
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Presses(Step):
    label: str = ""


@dataclass(frozen=True, slots=True)
class FillsIn(Step):
    """Somebody sends the form that is open for them, with these values by field."""

    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Closes(Step):
    """Somebody closes the form that is open for them."""


@dataclass(frozen=True, slots=True)
class Blocks(Step):
    how: Literal["blocks", "unblocks"] = "blocks"


@dataclass(frozen=True, slots=True)
class Passes(Step):
    time: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Directs(Step):
    pass


@dataclass(frozen=True, slots=True)
class Sees(Step):
    """Something is to be seen at `view`: "bot → Jānis", "card #1", "only Maria sees", …"""

    view: str = ""
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeesNothing(Step):
    """Nothing new is to be seen by `who`, or by anybody."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One file: what it is called, why it is there, and what happens."""

    title: str
    why: str
    steps: tuple[Step, ...]
    name: str  # of the file, for what there is to complain about


_WHO = r"(?P<who>[^\W\d_]\w*)(?: \((?P<about>[^()]+)\))?"
_PLACE = r"(?: in (?P<place>(?:the thread in )?#[\w-]+))?"
_KINDS = "picture|file|voice message|sticker|location|contact"
_GRAMMAR: tuple[tuple[type[Step], re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.S))
    for kind, pattern in (
        (Passes, r"\+ (?P<count>\d+) (?P<unit>minute|hour|day)s?"),
        (Directs, r"\((?P<text>.+)\)"),
        (Sees, r"(?P<view>(?:bot → \w+|bot in (?:the thread in )?#[\w-]+|card #\d+|"
               r"receipt in #\d+|only \w+ sees|\w+ sees the form|"
               r"the form tells \w+)): (?P<text>.+)"),
        (SeesNothing, r"nobody sees anything new"),
        (SeesNothing, r"(?P<who>\w+) sees nothing new"),
        (Edits, rf"{_WHO} edits{_PLACE}: (?P<text>.+)"),
        (Deletes, rf"{_WHO} deletes their message{_PLACE}"),
        (Sends, rf"{_WHO} sends an? (?P<kind>{_KINDS}){_PLACE}(?:: (?P<text>.+))?"),
        (Presses, rf"{_WHO} presses \[(?P<label>[^\]]+)\](?: on (?P<place>#\d+))?"),
        (FillsIn, rf"{_WHO} fills in: (?P<text>.+)"),
        (Closes, rf"{_WHO} closes the form"),
        (Blocks, rf"{_WHO} (?P<how>blocks|unblocks) the bot"),
        (Says, rf"{_WHO}{_PLACE}: (?P<text>.+)"),
    )
)  # fmt: skip
_BUTTONS = re.compile(r"(?:\[[^\]]+\] *)+")
_NUMBERS = re.compile(r"\{(\d+) to (\d+)\}")


def parse(text: str, name: str = "dialogue") -> Dialogue:
    """Read a dialogue. Raises BadLine, which names file and line."""
    lines = text.splitlines()
    if not lines or not lines[0].startswith("# "):
        raise BadLine(f"{name}:1: a dialogue begins with a title: # In a few words")
    opening = next((n for n, line in enumerate(lines) if line.startswith(FENCE)), len(lines))
    why = " ".join(line.strip() for line in lines[1:opening] if line.strip())
    if not why:
        raise BadLine(f"{name}:2: one sentence below the title says why this must be so")
    steps = tuple(_step(number, source, name) for number, source in _sources(lines, name))
    if not steps:
        raise BadLine(f"{name}:{len(lines)}: nothing happens; write lines between {FENCE} fences")
    return Dialogue(lines[0].removeprefix("# ").strip(), why, steps, name)


def _sources(lines: list[str], name: str) -> Iterator[tuple[int, str]]:
    """The lines between fences with their numbers, those that are continued put together."""
    inside, begun = False, None
    for number, line in enumerate(lines, 1):
        if line.startswith(FENCE) or (inside and line and not line[0].isspace()):
            if begun is not None:
                yield begun
            begun = None
        if line.startswith(FENCE):
            inside = not inside
        elif inside and line.strip():
            if begun is None and line[0].isspace():
                raise BadLine(f"{name}:{number}: an indented line continues one, but there is none")
            begun = (number, line.rstrip()) if begun is None else _continued(begun, line)
    if inside:
        raise BadLine(f"{name}:{len(lines)}: the last {FENCE} is never closed")


def _continued(begun: tuple[int, str], line: str) -> tuple[int, str]:
    return begun[0], f"{begun[1]}\n{line.strip()}"


def _step(number: int, source: str, name: str) -> Step:
    for kind, pattern in _GRAMMAR:
        if found := pattern.fullmatch(source):
            fields = {key: value for key, value in found.groupdict().items() if value}
            if kind is Passes:
                time = timedelta(**{f"{fields['unit']}s": int(fields["count"])})
                return Passes(number, source, time=time)
            step = kind(number, source, **fields)
            if isinstance(step, FillsIn):
                return replace(step, values=_values(_with_numbers(step).text, f"{name}:{number}"))
            return _with_buttons(step) if isinstance(step, Sees) else _with_numbers(step)
    raise BadLine(f"{name}:{number}: not understood: {source}")


def _values(text: str, where: str) -> tuple[tuple[str, str], ...]:
    pairs = [each.partition("=") for each in text.split(";") if each.strip()]
    for field, sign, _ in pairs:
        if not sign:
            raise BadLine(f"{where}: a form is filled in as field = value; …, not: {field.strip()}")
    return tuple((field.strip(), value.strip()) for field, _, value in pairs)


def _with_buttons(step: Sees) -> Sees:
    lines = step.text.split("\n")
    end = len(lines)
    while end > 1 and _BUTTONS.fullmatch(lines[end - 1]):
        end -= 1
    labels = re.findall(r"\[([^\]]+)\]", " ".join(lines[end:]))
    return replace(step, text="\n".join(lines[:end]), buttons=tuple(labels))


def _with_numbers(step: Step) -> Step:
    def counted(found: re.Match[str]) -> str:
        return " ".join(map(str, range(int(found[1]), int(found[2]) + 1)))

    return replace(step, text=_NUMBERS.sub(counted, step.text))
