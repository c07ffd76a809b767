"""Buttons → Block Kit. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain import (
    Option,
)

LABEL_LENGTH = 75
SECTION = 3000  # characters of a section block's text


def with_buttons(text: str, options: Sequence[Option]) -> tuple[Mapping[str, Any], ...]:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    buttons = [_button(number, option) for number, option in enumerate(options)]
    return (section, {"type": "actions", "elements": buttons})


def _button(number: int, option: Option) -> Mapping[str, Any]:
    label = option.label if len(option.label) <= LABEL_LENGTH else option.label[:74] + "…"
    button: dict[str, Any] = {
        "type": "button",
        "action_id": f"option:{number}",
        "text": {"type": "plain_text", "text": label, "emoji": True},
    }
    return {**button, "url": option.url} if option.url else {**button, "value": option.value}
