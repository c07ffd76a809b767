"""What was written on the desk and waits to be read by somebody: the folder `review/`."""

from __future__ import annotations

from pathlib import Path

from bot.knowledge.faults import Fault
from bot.knowledge.files import shown
from bot.knowledge.new_article import REVIEW


def check_review(folder: Path) -> list[Fault]:
    """A note for each article in `review/`; nothing there is served (reads the disk)."""
    found = sorted((folder / REVIEW).glob("*/[!.]*.md"))
    return [_waits(folder, file) for file in found]


def _waits(folder: Path, file: Path) -> Fault:
    path = shown(folder, file.relative_to(folder).as_posix())
    what = "an article from the desk waits here, and nobody is answered with it"
    do = f"read it, then move it to articles/{file.parent.name}/, or delete it"
    return Fault(path, None, what, do, "note")
