"""How well moods are told, in figures. Pure: judged rows in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.commands import figures as usual


@dataclass(frozen=True, slots=True)
class Felt:
    """A text's language, its score (0 to 1), and whether its writer was upset; None: not known."""

    language: str
    score: float
    upset: bool | None = None


def figures(rows: Sequence[Felt], threshold: float) -> dict[str, Any]:
    """What `_figures` gives of all rows, and under `languages` of those of each language."""
    codes = sorted({row.language for row in rows})
    by_language = {
        code: _figures([row for row in rows if row.language == code], threshold) for code in codes
    }
    return {**_figures(rows, threshold), "languages": by_language}


def _figures(rows: Sequence[Felt], threshold: float) -> dict[str, float | int | None]:
    """rows; needs_human (from the threshold on); labelled and upset (rows); and of the labelled
    auroc, precision, recall, f1, and false_alarms (the share of those who are not upset that are
    taken for it). None where there are no rows to say it of."""
    labelled = [row for row in rows if row.upset is not None]
    upset = [row for row in labelled if row.upset]
    found = [row for row in labelled if row.score >= threshold]
    right = sum(row.upset is True for row in found)
    calm = len(labelled) - len(upset)
    return {
        "rows": len(rows),
        "needs_human": sum(row.score >= threshold for row in rows),
        "labelled": len(labelled),
        "upset": len(upset),
        "auroc": _rounded(_auroc(labelled)),
        "precision": _share(right, len(found)),
        "recall": _share(right, len(upset)),
        "f1": _share(2 * right, len(found) + len(upset)) if upset else None,
        "false_alarms": _share(len(found) - right, calm),
    }


def _auroc(rows: Sequence[Felt]) -> float | None:
    return usual.auroc(
        usual.Judged("upset" if row.upset else usual.NONE, (), row.score, False) for row in rows
    )


def _share(part: int, whole: int) -> float | None:
    return _rounded(part / whole) if whole else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
