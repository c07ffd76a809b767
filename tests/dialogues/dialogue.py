"""A conversation written down as Markdown → steps that can be played. Pure.

Only what stands between ``` fences is played; the rest is for people. Lines there:

    Jānis (Telegram, lv): hello          Jānis writes; who it is stands at the first mention:
                                         (Telegram, lv) (Slack, en, Europe/Riga) (desk)
                                         (desk in #desk-ru) (supervisor on the desk)
                                         (guest on the desk) (stranger on the desk)
    Maria in #1: hello                   in the thread of card #1
    Eva in #general: hello               in a channel; `in the thread in #general` below it
    Jānis in the group Hikers: hello     in a Telegram group; @Frontdesk calls the bot
    Jānis replies in the group Hikers: … to the bot's last message there
    Jānis edits: hello                   the last message of theirs; also with `in …`
    Jānis edits "helo…" to "hello"       one that begins so; `in #1` stands at the end
    Jānis deletes their message          or: Maria deletes "helo…" in #1
    Jānis sends a picture: look          or a file, voice message, sticker, location, contact
    Jānis sends a.jpg (12 kB): look      files as they are called, parted by commas: an album;
                                         (12 kB, really exe) is not what it is called
    Jānis presses [Yes]                  Maria presses [Claim] on #1: on the card, or in its thread;
                                         also `in the whisper`, `in the form`, `in the group …`
    Maria presses [⋯ → Snooze] on #1     an entry of a menu, which is called ⋯ or as it reads
    Maria opens her home                 and `Maria presses [Claim] on #1 at home` (or `at home`)
    Maria reacts :eyes: on #1            to the card; `on "hello…" in #1` to a message there;
                                         `takes back :eyes: …`
    Maria types /desk queue              a slash command, in the desk channel or `in #general: /…`
    Maria uses "Make an article" on "hello…" in #1
                                         an entry of a message's own menu
    Maria presses [Complaint] on #1      what opens a form opens it for Maria, who may look at it
    Maria sees the form: Complaint …     (its title, what it says, its fields), and
    Maria fills in: severity = serious; cause = Late delivery
                                         sends it: field = value, parted by `;` and called as the
                                         form's blocks are (kind, amount, reason, words, to, …);
                                         a choice by its label or value, a colleague by name, date
                                         and time as 2026-11-24 10:00
    the form tells Maria: amount: …      what is wrong with it: the form stays open
    Maria closes the form                and sends nothing
    Jānis blocks the bot                 and unblocks it
    + 4 hours                            the clock moves on: seconds, minutes, hours, days
    (the answer to … is lost)            a stage direction; the player knows a fixed set of them

    bot → Jānis: Hello, Jānis!           what Jānis sees next, with all its buttons below it
        [Yes] [No] [⋯ Snooze · Release]  (`bot → Maria (direct)` is the same, said to an agent)
    bot in #1: **Jānis:** hello          in the thread of card #1; also `bot in #general`,
                                         `bot in the thread in #general`, `bot in the group Hikers`
    file → Jānis: map.pdf (12 kB) Here   a file of the bot's and its text; also `file in …`
    calendar file → Jānis: Courier · 2026-11-24 10:00–12:00 …
    bot changes for Jānis: …             a message that Jānis has, and now sees so; also
    bot deletes for Jānis: …             `bot changes in …`, which in #1 need not be written down
    Jānis sees the bot typing            need not be written down either, nor `bot reacts :x: in #1`
    card #1: …waiting…                   how the card looks now; `card #1 in #desk-ru` on a desk
                                         besides the first
    home of Maria: …                     how her home looks now
    receipt in #1: hello                 the sign that this message has been delivered
    only Maria sees: It's yours.         an answer that nobody else in the channel sees
    Jānis sees nothing new               or: nobody sees anything new

An indented line continues the line above. `…` stands for any text, `[…]` for any further buttons;
white space counts once. In what people write, `{1 to 99}` are the numbers from 1 to 99."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tests.dialogues.grammar import BUTTONS, BadLine, meaning_of
from tests.dialogues.steps import Dialogue, Sees, Step

FENCE = "```"


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
    try:
        step = meaning_of(number, source)
    except BadLine as bad:
        raise BadLine(f"{name}:{number}: {bad}") from None
    return _with_buttons(step) if isinstance(step, Sees) else step


def _with_buttons(step: Sees) -> Sees:
    lines = step.text.split("\n")
    end = len(lines)
    while end > 1 and BUTTONS.fullmatch(lines[end - 1]):
        end -= 1
    labels = re.findall(r"\[([^\]]+)\]", " ".join(lines[end:]))
    return replace(step, text="\n".join(lines[:end]), buttons=tuple(labels))
