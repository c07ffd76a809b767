"""What is meant for the bot in a Telegram group. Pure.

In privacy mode, which is the default, a bot hears there only what mentions it, commands or replies
to it; one that is an administrator hears everything, and must know what is not for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

GROUPS = {"group", "supergroup"}


def is_called(message: Mapping[str, Any], bot_id: str, bot_name: str) -> bool:
    """Whether a message of a group is for the bot. Without its name, whether it may be."""
    replied_to = (message.get("reply_to_message") or {}).get("from") or {}
    if str(replied_to.get("id", "")) == bot_id:
        return True
    return any(_names(kind, said, bot_name) for kind, said in _entities(message))


def _names(kind: str, said: str, bot_name: str) -> bool:
    if kind == "bot_command":
        _, at, whose = said.partition("@")
        return not at or not bot_name or whose.casefold() == bot_name.casefold()
    if kind != "mention":
        return False
    return not bot_name or said.removeprefix("@").casefold() == bot_name.casefold()


def without_name(message: Mapping[str, Any], bot_name: str) -> str:
    """The words of a message without the mention that called us."""
    text = str(message.get("text") or message.get("caption") or "")
    for kind, said in _entities(message):
        if kind == "mention" and bot_name and _names(kind, said, bot_name):
            before, _, after = text.partition(said)
            text = f"{before.rstrip()} {after.lstrip(' ,:')}".strip()
    return text


def _entities(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind and text of what Telegram has marked; it counts in UTF-16 units."""
    text = str(message.get("text") or message.get("caption") or "").encode("utf-16-le")
    for entity in message.get("entities") or message.get("caption_entities") or ():
        start, length = int(entity["offset"]), int(entity["length"])
        said = text[2 * start : 2 * (start + length)].decode("utf-16-le", "ignore")
        yield str(entity["type"]), said
