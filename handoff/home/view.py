"""The app's home → Slack blocks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handoff.cards import button
from handoff.wording import Words, cut, plain

# Tickets; each takes two of the 100 blocks that Slack shows.
MOST_MINE, MOST_QUEUE, MOST_OTHERS = 15, 20, 7
TEXT = 2900  # characters of a section, below Slack's limit
AT_LARGE = "0"  # the value of a button that is about no ticket

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket. `facts` are not escaped; `url` leads to its thread, where it has one."""

    ticket_id: int
    sign: str
    name: str
    facts: tuple[str, ...]
    url: str = ""
    is_mine: bool = False
    is_claimed: bool = False
    is_asleep: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """What a colleague sees. `figures` are (whose, what); `time` is when this was so."""

    duty: str
    is_on_duty: bool
    figures: Sequence[tuple[str, str]]
    mine: Sequence[Row]
    queue: Sequence[Row]  # what nobody has
    others: Sequence[Row]  # what colleagues have
    time: str


def blocks(home: Home, words: Words) -> tuple[Block, ...]:
    """How it stands with me, today's figures, what is mine, and what waits."""
    return tuple(_blocks(home, words))


def friendly(words: Words) -> tuple[Block, ...]:
    """What customers and guests see."""
    return (_section(words("home_outsider")),)


def _blocks(home: Home, words: Words) -> Iterator[Block]:
    yield _section(plain(home.duty))
    duty = "duty_off" if home.is_on_duty else "duty_on"
    buttons = [(duty, words(f"home_{duty}")), ("refresh", words("home_refresh"))]
    yield _actions([button(name, label, AT_LARGE) for name, label in buttons])
    for whose, what in home.figures:
        yield _section(f"*{plain(whose)}*\n{plain(what)}")
    yield {"type": "divider"}
    yield from _list(home.mine, MOST_MINE, "desk_mine", words)
    yield {"type": "divider"}
    yield from _list(home.queue, MOST_QUEUE, "home_queue", words)
    if home.others:
        yield {"type": "divider"}
        yield from _list(home.others, MOST_OTHERS, "desk_with_colleagues", words)
    as_of = plain(words("home_as_of", time=home.time))
    yield {"type": "context", "elements": [{"type": "mrkdwn", "text": as_of}]}


def _list(rows: Sequence[Row], most: int, key: str, words: Words) -> Iterator[Block]:
    head = words(key, n=len(rows)) if rows else words(f"{key}_empty")
    yield _section(f"*{plain(head)}*")
    for row in rows[:most]:
        facts = " · ".join(plain(fact) for fact in row.facts)
        yield _section(f"{row.sign} *#{row.ticket_id} {plain(row.name)}*\n{facts}")
        if made := _buttons(row, words):
            yield _actions(made)
    if len(rows) > most:
        yield _section(plain(words("desk_queue_more", n=len(rows) - most)))


def _buttons(row: Row, words: Words) -> list[Block]:
    ticket, made = str(row.ticket_id), []
    if not row.is_claimed:
        made.append(button("claim", words("desk_button_claim"), ticket, style="primary"))
    if row.is_mine:
        made.append(button("resolve", words("desk_button_resolve"), ticket))
        name = "wake" if row.is_asleep else "snooze"
        made.append(button(name, words(f"home_{name}"), ticket))
    if row.url:
        text = {"type": "plain_text", "text": words("home_open"), "emoji": True}
        made.append({"type": "button", "action_id": "open", "text": text, "url": row.url})
    return made


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, TEXT)}}


def _actions(elements: Sequence[Block]) -> Block:
    return {"type": "actions", "elements": list(elements)}
