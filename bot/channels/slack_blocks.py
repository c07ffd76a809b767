"""What is said → Slack's text and blocks, buttons included. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.channels.markdown import literal_slack, to_slack
from bot.channels.markdown.split import SMALLEST, units
from bot.domain import Option, Outgoing, Reply

FILE = "file"
LABEL_LENGTH = 75
SECTION = 3000  # characters of a section block's text


def render(item: Outgoing) -> Sequence[Outgoing]:
    """The item with its text in Slack's markup, in as many parts as its limits ask for."""
    if item.kind == "react" or (item.blocks and not only_buttons(item.blocks)):
        return [item]
    reply = item.reply
    if item.kind == FILE and not (reply.text or reply.author):
        return [item]
    author = literal_slack(reply.author)
    name = f"*{author[0]}:* " if author else ""
    limit = max(SECTION - units(name), SMALLEST)
    parts = literal_slack(reply.text, limit) if reply.literal else to_slack(reply.text, limit)
    parts = [name + parts[0], *parts[1:]] if parts else [name or "…"]
    rendered = [replace(item, reply=Reply(part), blocks=()) for part in parts]
    if item.kind == FILE and len(parts) > 1:  # the words first, and the file once
        words = [replace(part, kind="post", file=None) for part in rendered]
        return [*words, replace(item, reply=Reply(""), blocks=())]
    if reply.options or item.blocks:
        blocks = with_buttons(parts[-1], reply.options, item.blocks)
        rendered[-1] = replace(rendered[-1], blocks=blocks)
    return rendered


def with_buttons(
    text: str, options: Sequence[Option], ready: Sequence[Mapping[str, Any]] = ()
) -> tuple[Mapping[str, Any], ...]:
    """The text, its options as buttons below it, and rows of buttons that are `ready`."""
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    buttons = [_button(number, option) for number, option in enumerate(options)]
    return (section, *([{"type": "actions", "elements": buttons}] if buttons else ()), *ready)


def only_buttons(blocks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether these are rows of buttons that belong below a text."""
    return bool(blocks) and all(block.get("type") == "actions" for block in blocks)


def _button(number: int, option: Option) -> Mapping[str, Any]:
    label = option.label if len(option.label) <= LABEL_LENGTH else option.label[:74] + "…"
    button: dict[str, Any] = {
        "type": "button",
        "action_id": f"option:{number}",
        "text": {"type": "plain_text", "text": label, "emoji": True},
    }
    return {**button, "url": option.url} if option.url else {**button, "value": option.value}
