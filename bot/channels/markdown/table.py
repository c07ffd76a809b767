"""A table as lines of equally wide columns, for fonts in which every letter is as wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest


def aligned(rows: Sequence[Sequence[str]], sides: Sequence[str]) -> str:
    """The rows, the first one underlined, as text. `sides` holds left, right, center or "" for
    each column."""
    widths = [max(map(_width, column)) for column in zip_longest(*rows, fillvalue="")]
    lines = ["  ".join(map(_padded, row, widths, sides)).rstrip() for row in rows]
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(lines)


def _padded(cell: str, width: int, side: str) -> str:
    free = width - _width(cell)
    left = {"right": free, "center": free // 2}.get(side, 0)
    return " " * left + cell + " " * (free - left)


def _width(text: str) -> int:
    """In columns: an ideograph or an emoji takes two, a combining mark none."""
    return sum(
        0 if unicodedata.category(char) in ("Mn", "Me", "Cf") else 1 + _is_wide(char)
        for char in text
    )


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"
