"""What can be pressed on a card: the four things that are done most, the rest in a menu. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handoff.actions import OVERFLOW
from handoff.wording import Words

Block = Mapping[str, Any]
MOST_IN_MENU = 5  # as many as Slack takes


def button(action: str, label: str, value: str, **style: str) -> Block:
    """A button of the desk's: `value` says what it is about."""
    text = {"type": "plain_text", "text": label, "emoji": True}
    return {"type": "button", "action_id": action, "text": text, "value": value, **style}


def menu(ticket: str, entries: Sequence[str], words: Words) -> Block:
    """An overflow menu of what else can be done to a ticket; each entry is an action's name."""
    options = [
        {
            "text": {"type": "plain_text", "text": words(f"desk_button_{name}"), "emoji": True},
            "value": f"{name}:{ticket}",
        }
        for name in entries[:MOST_IN_MENU]
    ]
    return {"type": "overflow", "action_id": OVERFLOW, "options": options}


def row(
    ticket_id: int,
    words: Words,
    *,
    is_claimed: bool,
    is_resolved: bool,
    is_snoozed: bool,
    has_complaint: bool,
) -> Block:
    """The buttons of a ticket as it stands."""
    aside = "wake" if is_snoozed else "snooze"
    if is_resolved:
        shown, rest = ["reopen"], []
    elif has_complaint and is_claimed:
        shown, rest = ["resolve", "details", "remedy", "transfer"], [aside, "release", "escalate"]
    elif has_complaint:
        shown, rest = ["claim", "resolve", "details", "remedy"], ["transfer", "escalate"]
    elif is_claimed:
        shown, rest = ["resolve", "complaint", aside], ["transfer", "release", "escalate"]
    else:
        shown, rest = ["claim", "resolve", "complaint"], ["transfer", "escalate"]
    ticket, rest = str(ticket_id), [*rest, *_LAST]
    elements = [_labelled(name, ticket, words) for name in shown]
    return {
        "type": "actions",
        "elements": [*elements, menu(ticket, rest, words)] if rest else elements,
    }


_LAST: tuple[str, ...] = ("promise", "history")  # in the menu of every card


def _labelled(name: str, ticket: str, words: Words) -> Block:
    action = "complaint" if name == "details" else name
    style = {"style": "primary"} if name == "claim" else {}
    return button(action, words(f"desk_button_{name}"), ticket, **style)
