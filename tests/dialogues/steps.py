"""What the lines of a dialogue mean: one frozen value for each kind of line. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Step:
    """One line: `line` is its number, `source` how it is written, `who` acts or sees.

    `place` is "#1" (a card and its thread), "#general", "the thread in #general", "the group
    Hikers", "home", "the whisper", "the form", or nothing: the chat with the bot. `which` is the
    text of the message it is about, with `…`, where that is not simply the last one."""

    line: int
    source: str
    who: str = ""
    about: str = ""  # who they are, at their first mention: "Telegram, lv"
    place: str = ""
    text: str = ""
    which: str = ""


@dataclass(frozen=True, slots=True)
class Says(Step):
    pass


@dataclass(frozen=True, slots=True)
class Replies(Step):
    """Somebody answers the bot's last message there, as Telegram has it."""


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
class FileSent:
    """A file by its name, so many bytes long; `really` is the ending of what is in it."""

    name: str
    size: int
    really: str


@dataclass(frozen=True, slots=True)
class SendsFiles(Step):
    """One message with these files; on Telegram several are an album."""

    files: tuple[FileSent, ...] = ()


@dataclass(frozen=True, slots=True)
class Presses(Step):
    """`label` is a button's, or "menu → entry"."""

    label: str = ""


@dataclass(frozen=True, slots=True)
class Reacts(Step):
    emoji: str = ""
    how: Literal["reacts", "takes back"] = "reacts"


@dataclass(frozen=True, slots=True)
class Types(Step):
    """Somebody types a slash command."""


@dataclass(frozen=True, slots=True)
class Uses(Step):
    """Somebody chooses `label` from a message's menu."""

    label: str = ""


@dataclass(frozen=True, slots=True)
class OpensHome(Step):
    """Somebody looks at the app's home, which the app is told."""


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
class SeesTyping(Step):
    """The bot shows somebody that it is writing."""


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
