"""A ticket → the Slack blocks of its card. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

MESSAGE_LENGTH = 280  # of each quoted message; the thread and the archive have the whole
LINE_LENGTH = 80  # of what the bot said
SECTION_LENGTH = 2900  # Slack takes 3,000 characters in a section
FIELD_LENGTH = 2000
NAME_LENGTH = 80

Block = Mapping[str, Any]


class Words(Protocol):
    """The desk's phrases, in the desk's language."""

    def __call__(self, key: str, **values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the story. `who` is a name that is ready to show."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article that may fit."""

    title: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows."""

    ticket_id: int
    name: str
    channel: str
    language: str
    reason: str
    opened_at: datetime
    lines: tuple[Line, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    came_from: str = ""
    claimed_by: str = ""
    resolved_by: str = ""
    score: int | None = None


def escape(text: str) -> str:
    """Text that means nothing to Slack: no mention, no link, no channel alarm."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """Escaped, and without the signs that would make bold or code of a customer's words."""
    return re.sub(r"([*_~`])", "\u2060\\1\u2060", escape(text))


def without_marks(markdown: str) -> str:
    """Our own Markdown as plain words, to be quoted: **bold** → bold, [label](link) → label."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"\\(\W)", r"\1", re.sub(r"(?<!\\)[*`]+", "", text))


def at(moment: datetime) -> str:
    """A time that Slack shows in the zone of whoever looks."""
    fallback = f"{moment:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def summary(card: Card, words: Words) -> str:
    """The card in one line, for notifications."""
    who = escape(_short(card.name, NAME_LENGTH)) or words("desk_no_name")
    return f"#{card.ticket_id} {who} · {_status(card, words)}"


def blocks(card: Card, words: Words) -> tuple[Block, ...]:
    """The card's blocks: who and why, the last messages, what may answer, and the buttons."""
    parts: list[Block] = [_section(_headline(card, words)), _facts(card, words)]
    if card.lines:
        story = "\n".join(_quote(line) for line in card.lines)
        parts.append(_section(f"*{words('desk_last_messages')}*\n{story}"))
    if card.suggestions:
        rows = "\n".join(f"• *{plain(s.title)}* — {plain(s.excerpt)}" for s in card.suggestions)
        parts.append(_section(f"*{words('desk_suggestions')}*\n{rows}"))
    if not card.resolved_by:
        parts.append(_buttons(card, words))
        parts.append(_context(_hint(card, words)))
    return tuple(parts)


def _hint(card: Card, words: Words) -> str:
    if not card.claimed_by:
        return words("desk_hint")
    return words("desk_hint_claimed", agent=escape(_short(card.claimed_by, NAME_LENGTH)))


def first_line(text: str) -> str:
    """How a message begins: enough to see what the bot said."""
    line, _, more = text.strip().partition("\n")
    if len(line) > LINE_LENGTH:
        line = line[:LINE_LENGTH].rpartition(" ")[0] or line[:LINE_LENGTH]
        more = "…"
    return line.rstrip(" .,…:") + "…" if more else line


def bare_blocks(card: Card, words: Words) -> tuple[Block, ...]:
    """The card without anything that Slack might refuse: one plain line, and the buttons."""
    line = {"type": "plain_text", "text": _cut(summary(card, words), SECTION_LENGTH)}
    line_block: Block = {"type": "section", "text": line}
    return (line_block,) if card.resolved_by else (line_block, _buttons(card, words))


def is_bare(made: Sequence[Block]) -> bool:
    """Whether these are `bare_blocks`."""
    return bool(made) and made[0].get("text", {}).get("type") == "plain_text"


def _status(card: Card, words: Words) -> str:
    if card.resolved_by:
        return words("desk_resolved", agent=escape(_short(card.resolved_by, NAME_LENGTH)))
    if card.claimed_by:
        return words("desk_claimed", agent=escape(_short(card.claimed_by, NAME_LENGTH)))
    return words("desk_waiting")


def _headline(card: Card, words: Words) -> str:
    mark = "✅" if card.resolved_by else "💬" if card.claimed_by else "🔔"
    name = plain(_short(card.name, NAME_LENGTH)) or words("desk_no_name")
    line = f"{mark} *#{card.ticket_id} · {name}*"
    line += f" · {_status(card, words)}"
    if card.score is not None:
        line += f"\n{words('desk_rating')}: {'★' * card.score}{'☆' * (5 - card.score)}"
    return line


def _facts(card: Card, words: Words) -> Block:
    facts = [
        (words("desk_why"), plain(card.reason)),
        (words("desk_since"), at(card.opened_at)),
        (words("desk_channel"), card.channel),
        (words("desk_language"), card.language),
    ]
    if card.came_from:
        facts.append((words("desk_came_from"), plain(card.came_from)))
    fields = [
        {"type": "mrkdwn", "text": _cut(f"*{name}*\n{value}", FIELD_LENGTH)}
        for name, value in facts
    ]
    return {"type": "section", "fields": fields}


def _quote(line: Line) -> str:
    who, text = _short(line.who, NAME_LENGTH), _short(line.text, MESSAGE_LENGTH)
    return f"> *{plain(who)}:* " + plain(text).replace("\n", "\n> ")


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"


def _cut(text: str, most: int) -> str:
    """At most so many characters of escaped text; half an escape at the end goes, too."""
    return text if len(text) <= most else re.sub(r"&\w*$", "", text[: most - 1]) + "…"


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, SECTION_LENGTH)}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def _buttons(card: Card, words: Words) -> Block:
    buttons: list[Block] = []
    if not card.claimed_by:
        buttons.append(_button("claim", words("desk_button_claim"), card, style="primary"))
    buttons.append(_button("resolve", words("desk_button_resolve"), card))
    return {"type": "actions", "elements": buttons}


def _button(action: str, label: str, card: Card, **style: str) -> Block:
    text = {"type": "plain_text", "text": label, "emoji": True}
    return {
        "type": "button",
        "action_id": action,
        "text": text,
        "value": str(card.ticket_id),
        **style,
    }
