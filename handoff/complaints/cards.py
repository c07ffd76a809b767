"""A complaint, as the card of its ticket shows it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handoff.wording import Words, at, plain, short

REASON_LENGTH = 140
NAME_LENGTH = 60
MOST_REMEDIES = 6  # the last; the thread has all


@dataclass(frozen=True, slots=True)
class RemedyLine:
    """A remedy: `state` as of `remedy_rules.state_of`; `agent` who proposed it, and once it is
    decided who did that, for the `reason`; of a failed one the reason is why it failed."""

    kind: str
    amount: str
    state: str
    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """What is shown of a complaint. `cause` is in words; `outcome` is settled or assumed, once it
    is closed."""

    number: str
    severity: str
    due_at: datetime
    is_overdue: bool = False
    owner: str = ""
    cause: str = ""
    transfers: int = 0
    transfer_reason: str = ""
    remedies: tuple[RemedyLine, ...] = ()
    asked_at: datetime | None = None
    outcome: str = ""

    @property
    def is_open(self) -> bool:
        return not self.outcome


def complaint_text(view: ComplaintView, words: Words) -> str:
    """A line for what it is, who has it, what it is about, how it stands, and each remedy."""
    lines = [_headline(view, words), _owner(view, words)]
    if view.cause:
        lines.append(words("desk_cause", cause=_inert(view.cause)))
    if view.transfers:
        reason = _inert(view.transfer_reason)
        lines.append(words("desk_transfers", n=view.transfers, reason=reason))
    if view.outcome:
        lines.append(words(f"desk_complaint_closed_{view.outcome}"))
    elif view.asked_at:
        lines.append(words("desk_complaint_asked", date=at(view.asked_at)))
    lines += [_remedy(remedy, words) for remedy in view.remedies[-MOST_REMEDIES:]]
    return "\n".join(lines)


def _headline(view: ComplaintView, words: Words) -> str:
    parts = [f"*{words('desk_complaint', number=view.number)}*", words(f"severity_{view.severity}")]
    if view.is_open:
        parts.append(words("desk_due", date=at(view.due_at)))
    if view.is_overdue:
        parts.append(f"*{words('desk_overdue')}*")
    return " · ".join(parts)


def _owner(view: ComplaintView, words: Words) -> str:
    if not view.owner:
        return words("desk_owner_none")
    return words("desk_owner", agent=_name(view.owner))


def _remedy(remedy: RemedyLine, words: Words) -> str:
    what = " ".join(filter(None, (words(f"remedy_kind_{remedy.kind}"), remedy.amount)))
    state = words(f"remedy_state_{remedy.state}", agent=_name(remedy.agent))
    return f"• *{what}* — {state}: {_inert(remedy.reason)}"


def _name(name: str) -> str:
    return plain(short(name, NAME_LENGTH))


def _inert(text: str) -> str:
    return plain(short(" ".join(text.split()), REASON_LENGTH))
