"""What a file may be called where people read and open it. Pure."""

from __future__ import annotations

import re
import unicodedata

LENGTH = 100  # characters of a name
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')  # on the systems on which it is kept


def safe_name(name: str) -> str:
    """A file's name without folders, signs that cannot be seen or turn the order of others, and
    what no system takes; "" if nothing is left of it."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFKC", name))[-1]
    spaced = re.sub(r"\s+", " ", last)
    shown = "".join(
        char for char in spaced if unicodedata.category(char)[0] not in "CZ" or char == " "
    )
    stem, dot, ending = _NOT_IN_NAMES.sub("_", shown).strip(" .").rpartition(".")
    return f"{stem[: max(0, LENGTH - len(ending) - 1)]}{dot}{ending}"[:LENGTH]
