"""What a bot hears in a group: with privacy mode, as new bots have it, only what is meant for it.

That is a command, a reply to one of its messages, and a message that names it; service messages
always. Without privacy mode, which its owner may turn off, a bot hears everything.
"""

from __future__ import annotations

from bot.playground.telegram.wire import Json


def is_meant_for(bot: Json, message: Json) -> bool:
    """Whether a bot in privacy mode is told of this message of a group."""
    text = str(message.get("text") or message.get("caption") or "")
    entities = message.get("entities") or message.get("caption_entities")
    if not text and not _is_file(message):
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("id") == bot["id"]:
        return True
    return any(_names(bot, text, entity) for entity in entities or ())


def _is_file(message: Json) -> bool:
    kinds = ("photo", "document", "video", "audio", "voice", "sticker", "location", "contact")
    return any(kind in message for kind in kinds)


def _names(bot: Json, text: str, entity: Json) -> bool:
    units = text.encode("utf-16-le")
    start = entity["offset"] * 2
    covered = units[start : start + entity["length"] * 2].decode("utf-16-le").lower()
    us = f"@{bot['username']}".lower()
    if entity["type"] == "mention":
        return covered == us
    return entity["type"] == "bot_command" and ("@" not in covered or covered.endswith(us))
