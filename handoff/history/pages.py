"""Everything said with a customer → the Slack blocks of one page of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handoff.buttons import Block, button
from handoff.facts import Customer, customer_lines
from handoff.wording import Words, cut, plain, short

PER_PAGE = 40  # Slack takes 100 blocks in a form
TEXT_LENGTH, VERSION_LENGTH, NAME_LENGTH = 2000, 300, 80
SECTION_LENGTH, CONTEXT_LENGTH = 2900, 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as it reads now; `before` are its earlier versions, the oldest first, and
    `taken_back` is when its author deleted it. Nothing in it is ready to show yet."""

    at: datetime
    who: str
    channel: str
    text: str
    before: tuple[str, ...] = ()
    taken_back: datetime | None = None


def page_count(entries: Sequence[Entry]) -> int:
    """How many pages there are; at least one."""
    return max(1, -(-len(entries) // PER_PAGE))


def blocks(
    ticket_id: int,
    customer: Customer,
    entries: Sequence[Entry],
    page: int,
    zone: ZoneInfo,
    words: Words,
) -> list[Block]:
    """The page (1 is the oldest; what is out of range is the nearest there is): who the customer
    is, then what was said, the newest last, and the buttons for the pages beside it."""
    last = page_count(entries)
    page = min(max(page, 1), last)
    made = []
    if known := "\n".join(customer_lines(customer, words)):
        made.append(_context(known))
    if not entries:
        return [*made, _section(words("desk_history_empty"))]
    shown = entries[(page - 1) * PER_PAGE : page * PER_PAGE]
    made += [_section(_entry(each, zone, words)) for each in shown]
    if last > 1:
        made.append(_context(words("desk_history_page", page=page, pages=last)))
        made.append({"type": "actions", "elements": _buttons(ticket_id, page, last, words)})
    return made


def _entry(entry: Entry, zone: ZoneInfo, words: Words) -> str:
    head = f"*{plain(short(entry.who, NAME_LENGTH))}* · {entry.channel} · {_time(entry.at, zone)}"
    if entry.taken_back is not None:
        head += f" · {words('desk_history_deleted', time=_time(entry.taken_back, zone))}"
    lines = [head, plain(short(entry.text, TEXT_LENGTH))]
    if entry.before:
        list_ = " · ".join(f"“{plain(short(text, VERSION_LENGTH))}”" for text in entry.before)
        lines.append(f"_{words('desk_history_versions', list=list_)}_")
    return "\n".join(lines)


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _buttons(ticket_id: int, page: int, last: int, words: Words) -> list[Block]:
    beside = (("earlier", page - 1), ("later", page + 1))
    return [
        button(f"history:{name}", words(f"desk_history_{name}"), f"{ticket_id}:{number}")
        for name, number in beside
        if 1 <= number <= last
    ]


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, SECTION_LENGTH)}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": cut(text, CONTEXT_LENGTH)}]}
