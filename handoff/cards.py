"""A ticket → the Slack blocks of its card. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.engine.feelings import DANGER
from handoff.buttons import button as button
from handoff.buttons import row
from handoff.complaints.cards import ComplaintView, complaint_text
from handoff.facts import Customer, customer_lines, stars
from handoff.gist import Gist, gist_text
from handoff.moods import Feelings, mood_fact
from handoff.wording import Words, at, cut, escape, plain, short

MESSAGE_LENGTH = 280  # of each quoted message; the thread and the archive have the whole
LINE_LENGTH = 80  # of what the bot said
SECTION_LENGTH = 2900  # Slack takes 3,000 characters in a section
FIELD_LENGTH = 2000
CONTEXT_LENGTH = 2000
NAME_LENGTH = 80
_URGENT = {1: "🔴", 2: "🆘"}  # upset or complaining; somebody may be in danger

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the story. `who` is a name that is ready to show."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article that may fit; without an `id` it can only be read here."""

    title: str
    excerpt: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows. `clock`, `escalated_to` and `before` are ready to show, but for escaping
    names; `snoozed_until` is when a snoozed ticket wakes, None if only the customer wakes it."""

    ticket_id: int
    name: str
    reason: str
    opened_at: datetime
    customer: Customer = field(default_factory=Customer)
    gist: Gist | None = None
    clock: str = ""
    is_snoozed: bool = False
    snoozed_until: datetime | None = None
    escalated_to: str = ""
    suggested_to: str = ""
    lines: tuple[Line, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    came_from: str = ""
    claimed_by: str = ""
    resolved_by: str = ""
    is_cancelled: bool = False  # the customer needed nobody any more
    score: int | None = None
    urgency: int = 0
    feelings: Feelings | None = None
    complaint: ComplaintView | None = None
    before: tuple[str, ...] = ()  # lines, ready to show, of what should be taken first


def without_marks(markdown: str) -> str:
    """Our own Markdown as plain words, to be quoted: **bold** → bold, [label](link) → label."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"\\(\W)", r"\1", re.sub(r"(?<!\\)[*`]+", "", text))


def summary(card: Card, words: Words) -> str:
    """The card in one line, for notifications."""
    who = escape(short(card.name, NAME_LENGTH)) or words("desk_no_name")
    line = f"#{card.ticket_id} {who} · {_status(card, words)}"
    sign = "" if card.resolved_by else _URGENT.get(card.urgency, "")
    return f"{sign} {line}" if sign else line


def blocks(card: Card, words: Words) -> tuple[Block, ...]:
    """The card's blocks: who and why, the last messages, what may answer, and the buttons."""
    parts: list[Block] = [_section(_headline(card, words))]
    if card.before:
        list_ = " · ".join(card.before)
        parts.append(_context(cut(words("desk_before_this", list=list_), CONTEXT_LENGTH)))
    if known := "\n".join(customer_lines(card.customer, words)):
        parts.append(_context(cut(known, CONTEXT_LENGTH)))
    if card.gist:
        parts.append(_section(gist_text(card.gist, words)))
    parts.append(_facts(card, words))
    if card.complaint:
        parts.append(_section(complaint_text(card.complaint, words)))
    if card.lines:
        story = "\n".join(_quote(line) for line in card.lines)
        parts.append(_section(f"*{words('desk_last_messages')}*\n{story}"))
    parts += _suggestions(card, words)
    parts.append(_buttons(card, words))
    if not card.resolved_by:
        parts.append(_context(_hint(card, words)))
    return tuple(parts)


def _hint(card: Card, words: Words) -> str:
    if not card.claimed_by:
        return words("desk_hint")
    return words("desk_hint_claimed", agent=escape(short(card.claimed_by, NAME_LENGTH)))


def first_line(text: str) -> str:
    """How a message begins: enough to see what the bot said."""
    line, _, more = text.strip().partition("\n")
    if len(line) > LINE_LENGTH:
        line = line[:LINE_LENGTH].rpartition(" ")[0] or line[:LINE_LENGTH]
        more = "…"
    return line.rstrip(" .,…:") + "…" if more else line


def bare_blocks(card: Card, words: Words) -> tuple[Block, ...]:
    """The card without anything that Slack might refuse: one plain line, and the buttons."""
    line = {"type": "plain_text", "text": cut(summary(card, words), SECTION_LENGTH)}
    line_block: Block = {"type": "section", "text": line}
    return (line_block, _buttons(card, words))


def is_bare(made: Sequence[Block]) -> bool:
    """Whether these are `bare_blocks`."""
    return bool(made) and made[0].get("text", {}).get("type") == "plain_text"


def _status(card: Card, words: Words) -> str:
    if card.is_cancelled:
        return words("desk_cancelled")
    if card.resolved_by:
        return words("desk_resolved", agent=escape(short(card.resolved_by, NAME_LENGTH)))
    if card.claimed_by:
        return words("desk_claimed", agent=escape(short(card.claimed_by, NAME_LENGTH)))
    return words("desk_waiting")


def mark(urgency: int, is_claimed: bool, is_resolved: bool = False) -> str:
    """How a ticket stands, in one sign."""
    if is_resolved:
        return "✅"
    return _URGENT.get(urgency) or ("💬" if is_claimed else "🔔")


def _headline(card: Card, words: Words) -> str:
    sign = mark(card.urgency, bool(card.claimed_by), bool(card.resolved_by))
    name = plain(short(card.name, NAME_LENGTH)) or words("desk_no_name")
    line = f"{sign} *#{card.ticket_id} · {name}*"
    line += f" · {_status(card, words)}"
    if card.score is not None:
        line += f"\n{words('desk_rating')}: {stars(card.score)}"
    return line


def _facts(card: Card, words: Words) -> Block:
    facts = [("desk_why", plain(card.reason)), ("desk_since", at(card.opened_at))]
    if card.clock:
        facts.append(("desk_clock", card.clock))
    # A cry for help may be in calm words; that they are calm would play it down.
    is_cry = card.urgency == DANGER and card.feelings and card.feelings.levels[-1] == "calm"
    if card.feelings and not is_cry:
        facts.append(("desk_mood", mood_fact(card.feelings, words)))
    if card.is_snoozed:
        facts.append(("desk_snoozed", _until(card.snoozed_until, words)))
    if card.escalated_to:
        facts.append(("desk_escalated_to", plain(short(card.escalated_to, NAME_LENGTH))))
    if card.suggested_to and not card.claimed_by:
        facts.append(("desk_suggested_to", plain(short(card.suggested_to, NAME_LENGTH))))
    if card.came_from:
        facts.append(("desk_came_from", plain(card.came_from)))
    fields = [
        {"type": "mrkdwn", "text": cut(f"*{words(name)}*\n{value}", FIELD_LENGTH)}
        for name, value in facts
    ]
    return {"type": "section", "fields": fields}


def _until(moment: datetime | None, words: Words) -> str:
    if moment is None:
        return words("desk_snoozed_open")
    return words("desk_snoozed_until", date=at(moment))


def _suggestions(card: Card, words: Words) -> list[Block]:
    """A line for each article; what the customer would get can be looked at, and then sent.
    Whoever may be in danger is not to be sent any."""
    if not card.suggestions or card.urgency == DANGER:
        return []
    made = [_context(f"*{words('desk_suggestions')}*")]
    for one in card.suggestions:
        line = _section(f"*{plain(one.title)}* — {plain(one.excerpt)}")
        if one.id and not card.resolved_by:
            value = f"{card.ticket_id}:{one.id}"
            line = {**line, "accessory": button("preview", words("desk_button_preview"), value)}
        made.append(line)
    return made


def _quote(line: Line) -> str:
    who, text = short(line.who, NAME_LENGTH), short(line.text, MESSAGE_LENGTH)
    return f"> *{plain(who)}:* " + plain(text).replace("\n", "\n> ")


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, SECTION_LENGTH)}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def _buttons(card: Card, words: Words) -> Block:
    return row(
        card.ticket_id,
        words,
        is_claimed=bool(card.claimed_by),
        is_resolved=bool(card.resolved_by),
        is_snoozed=card.is_snoozed,
        has_complaint=card.complaint is not None and card.complaint.is_open,
    )
