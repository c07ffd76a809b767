"""The gaps of the knowledge base on a page, as JSON, and as files to be edited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from bot.commands.kb_gaps import Gap, Gaps
from bot.domain import Match

SHOWN = 20  # gaps on the page; --json has all
EXAMPLES_SHOWN = 3
REPLIES_SHOWN = 1
WIDTH = 88  # of a wording on the page

# How it ended, in the words of the page.
_ENDINGS = {
    "handed_over": "handed over",
    "unanswered": "left without an answer",
    "unhelpful": "not helped (👎)",
    "worked_out": "answered at the second try",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What came of writing the drafts: new files, and those that were there already and stay."""

    new: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()


def as_json(found: Gaps) -> dict[str, Any]:
    """Everything, with people's data masked. Times are ISO 8601; work is counted in handovers."""
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "questions": found.questions,
        "not_well_answered": found.unanswered,
        "answered_today": found.mended,
        "gaps": [_gap_as_json(rank, gap) for rank, gap in enumerate(found.gaps, 1)],
    }


def _gap_as_json(rank: int, gap: Gap) -> dict[str, Any]:
    return {
        "rank": rank,
        "language": gap.language,
        "title": gap.title,
        "count": gap.count,
        "customers": gap.customers,
        "work": gap.work,
        "handovers": gap.handovers,
        "saves_in_30_days": gap.saves,
        "endings": dict(gap.endings),
        "examples": list(gap.examples),
        "nearest": _nearest_as_json(gap.nearest),
        "answered_in_vain_by": list(gap.in_vain),
        "replies": list(gap.replies),
        "first_asked": gap.first_asked.isoformat(),
        "last_asked": gap.last_asked.isoformat(),
        "file": gap.file,
        "draft": gap.draft,
    }


def _nearest_as_json(match: Match | None) -> dict[str, Any] | None:
    if match is None:
        return None
    article = match.article
    return {"article": article.id, "language": article.language, "score": round(match.score, 3)}


def as_words(found: Gaps, zone: tzinfo) -> str:
    """The same for a person, the first twenty."""
    day = f"{found.since.astimezone(zone):%Y-%m-%d}"
    if not found.questions:
        return f"Nobody has asked anything since {day}."
    head = f"{_count(found.questions, 'question')} since {day}; "
    head += f"{found.unanswered} not well answered"
    if found.mended:
        head += f", {found.mended} of them would be answered today"
    lines = [f"{head}."]
    for rank, gap in enumerate(found.gaps[:SHOWN], 1):
        lines += ["", *_gap_in_words(rank, gap, found.until, zone)]
    if len(found.gaps) > SHOWN:
        lines += ["", f"{len(found.gaps) - SHOWN} more, with less to save: --json shows all."]
    return "\n".join(lines)


def _gap_in_words(rank: int, gap: Gap, now: datetime, zone: tzinfo) -> Iterable[str]:
    yield f"{rank}. {_short(gap.title)} ({gap.language})"
    if gap.saves:
        yield f"   would have saved about {gap.saves:g} {_handovers(gap.saves)} in 30 days"
    customers = _count(gap.customers, "customer")
    last = f"{gap.last_asked.astimezone(zone):%Y-%m-%d %H:%M}"
    yield f"   asked {_times(gap.count)} by {customers}, last on {last}"
    endings = (f"{number} {_ENDINGS.get(name, name)}" for name, number in gap.endings.items())
    yield f"   {', '.join(endings)}"
    for example in gap.examples[:EXAMPLES_SHOWN]:
        yield f"   - {_short(example)}"
    if gap.nearest is not None:
        article = gap.nearest.article
        only = "" if article.language == gap.language else f", only in {article.language}"
        yield f"   nearest: {article.id} ({gap.nearest.score:.2f}{only})"
    if gap.in_vain:
        yield f"   was shown, and did not settle it: {', '.join(gap.in_vain)}"
    for reply in gap.replies[:REPLIES_SHOWN]:
        yield f"   a colleague answered: {_short(reply)}"


def write_drafts(gaps: Iterable[Gap], folder: Path, articles: Path) -> Written:
    """Write a draft for each gap to `folder/<language>/`; what is there already is left as it is,
    for somebody may have begun to edit it.

    Raises ValueError if that is the folder of the articles, OSError if it cannot be written."""
    if folder.resolve().is_relative_to(articles.resolve()):
        raise ValueError(
            f"--write {folder}: drafts do not belong among the articles; name another folder, "
            f"and move a draft to {articles} when its answer is written"
        )
    done = Written()
    for gap in gaps:
        file = folder / gap.file
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with file.open("x", encoding="utf-8", newline="\n") as opened:
                opened.write(gap.draft)
        except FileExistsError:
            done = replace(done, kept=(*done.kept, file))
        else:
            done = replace(done, new=(*done.new, file))
    return done


def written_in_words(written: Written, folder: Path) -> str:
    """What to do with the files."""
    new, kept = len(written.new), len(written.kept)
    said = f"{_count(new, 'new draft')} in {folder}"
    if kept:
        said += f", {kept} there already and left as {'it is' if kept == 1 else 'they are'}"
    return f"{said}. Write the answer, delete the line draft:, move the file to articles/."


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WIDTH else line[: WIDTH - 1].rstrip() + "…"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _handovers(number: float) -> str:
    return "handover" if number == 1 else "handovers"
