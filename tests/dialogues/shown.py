"""What somebody sees, and whether it is what a dialogue says. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.dialogues.grammar import ANY
from tests.dialogues.steps import Sees


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that somebody sees: its text, bold as `**bold**`, and the labels of its buttons.
    `key` tells it from all others that are to be seen in the same place."""

    text: str
    buttons: tuple[str, ...] = ()
    key: str = field(default="", compare=False)

    def line(self, view: str) -> str:
        """How it would stand in a dialogue."""
        text = self.text.replace("\n", "\n    ")
        buttons = " ".join(f"[{label}]" for label in self.buttons)
        return f"{view}: {text}" + (f"\n    {buttons}" if buttons else "")


def fits(expected: Sees, shown: Shown) -> bool:
    """Whether this is what the dialogue says: the whole text and every button, but for `…`."""
    return _fits(_once(expected.text), _once(shown.text)) and _fits(
        _labels(expected.buttons), _labels(shown.buttons)
    )


def fits_text(expected: str, text: str) -> bool:
    """Whether the whole text is this, but for `…` and white space."""
    return _fits(_once(expected), _once(text))


def _fits(expected: str, seen: str) -> bool:
    parts = (re.escape(part) for part in expected.split(ANY))
    return re.fullmatch(".*".join(parts), seen, re.S) is not None


def _once(text: str) -> str:
    spaced = " ".join(text.split())
    return re.sub(rf" ?{ANY} ?", ANY, spaced)


def _labels(labels: tuple[str, ...]) -> str:
    return "".join(ANY if label == ANY else f"[{_once(label)}]" for label in labels)
