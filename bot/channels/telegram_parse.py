"""Telegram updates → events. Pure; reads the JSON itself, so that a field unknown to any library
version cannot stop the queue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.telegram_groups import GROUPS, is_called, without_name
from bot.domain import Address, Attachment, ButtonPress, Edit, Event, InboundMessage, Person

NAME = "telegram"

_FILES = ("document", "voice", "audio", "video", "video_note", "animation", "sticker")
_KINDS = {"video_note": "video", "animation": "video"}
# What Telegram says about the chat itself: nobody wrote anything.
_SERVICE = {
    "pinned_message",
    "message_auto_delete_timer_changed",
    "write_access_allowed",
    "connected_website",
    "chat_background_set",
    "successful_payment",
    "refunded_payment",
    "boost_added",
    "proximity_alert_triggered",
}


def parse(raw: Mapping[str, Any], bot_id: str, bot_name: str = "") -> Event | None:
    """An update as an event: of a private chat, or of a group where the bot, called `bot_name`
    there, is mentioned, commanded or replied to. None for anything else (channels, other bots,
    service messages, people in groups who talk to each other). Raises KeyError, TypeError or
    ValueError on a shape that is not Telegram's."""
    number = int(raw["update_id"])
    external_id = f"{bot_id}:{number}"
    if (query := raw.get("callback_query")) is not None:
        return _press(query, external_id, number, bot_name)
    message = raw.get("edited_message") or raw.get("message")
    if message is None or not _is_for_us(message, bot_id, bot_name):
        return None
    if "edited_message" in raw:
        return _edit(message, external_id, number, bot_name)
    return _message(message, external_id, number, bot_name)


def _message(
    message: Mapping[str, Any], external_id: str, number: int, bot_name: str
) -> Event | None:
    if _SERVICE & message.keys():
        return None
    text = without_name(message, bot_name)
    attachments = _attachments(message)
    if not text and not attachments:
        attachments = (Attachment("other"),)
    return InboundMessage(
        external_id=external_id,
        address=_address(message, message["from"]),
        contact=_person(message["from"]),
        text=text,
        sent_at=_time(message["date"]),
        message_id=str(message["message_id"]),
        attachments=attachments,
        private=_private(message, message["from"]),
        invitation=_invitation(message, bot_name),
        album=str(message.get("media_group_id") or ""),
        position=number,
    )


def _edit(message: Mapping[str, Any], external_id: str, number: int, bot_name: str) -> Event | None:
    text = without_name(message, bot_name)
    if not text:  # a live location moves without words
        return None
    return Edit(
        external_id=external_id,
        address=_address(message, message["from"]),
        contact=_person(message["from"]),
        message_id=str(message["message_id"]),
        text=str(text),
        sent_at=_time(message.get("edit_date") or message["date"]),
        position=number,
    )


def _press(query: Mapping[str, Any], external_id: str, number: int, bot_name: str) -> Event | None:
    message = query.get("message")
    if message is None or "data" not in query:
        return None
    if message["chat"]["type"] not in {"private", *GROUPS}:
        return None
    return ButtonPress(
        external_id=external_id,
        address=_address(message, query["from"]),
        contact=_person(query["from"]),
        value=str(query["data"]),
        # A press has no time of its own; the message's is a lower bound (0: too old to be shown).
        sent_at=_time(message.get("date") or 0),
        message_id=str(message["message_id"]),
        private=_private(message, query["from"]),
        invitation=_invitation(message, bot_name),
        position=number,
    )


def _is_for_us(message: Mapping[str, Any], bot_id: str, bot_name: str) -> bool:
    sender, kind = message.get("from"), message["chat"]["type"]
    if sender is None or sender["is_bot"] or "sender_chat" in message:
        return False  # a bot, a channel, or an administrator who does not say who they are
    return kind == "private" or (kind in GROUPS and is_called(message, bot_id, bot_name))


def _address(message: Mapping[str, Any], sender: Mapping[str, Any]) -> Address:
    """In a group everybody has a conversation of their own."""
    chat = message["chat"]
    return Address(NAME, str(chat["id"]), str(sender["id"]) if chat["type"] in GROUPS else None)


def _private(message: Mapping[str, Any], sender: Mapping[str, Any]) -> Address | None:
    """Where the author can be written to alone: the chat has the account's number."""
    return Address(NAME, str(sender["id"])) if message["chat"]["type"] in GROUPS else None


def _invitation(message: Mapping[str, Any], bot_name: str) -> str:
    """A bot cannot write first to somebody; the payload of the link is to be appended."""
    in_group = message["chat"]["type"] in GROUPS
    return f"https://t.me/{bot_name}?start=" if in_group and bot_name else ""


def _person(sender: Mapping[str, Any]) -> Person:
    name = " ".join(filter(None, (sender.get("first_name"), sender.get("last_name"))))
    return Person(str(sender["id"]), name, sender.get("language_code"))


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _attachments(message: Mapping[str, Any]) -> tuple[Attachment, ...]:
    found: list[Attachment] = []
    if photo := message.get("photo"):
        largest = photo[-1]
        found.append(Attachment("photo", largest["file_id"], size=largest.get("file_size")))
    for key in _FILES:
        # An animation comes with a `document` twin for old clients; once is enough.
        if key in message and not (key == "document" and "animation" in message):
            found.append(_file(key, message[key]))
    if venue := message.get("venue"):
        found.append(Attachment("location", detail=f"{venue['title']}, {venue['address']}"))
    elif place := message.get("location"):
        point = f"{place['latitude']},{place['longitude']}"
        found.append(Attachment("location", detail=f"https://www.google.com/maps?q={point}"))
    if card := message.get("contact"):
        name = " ".join(filter(None, (card.get("first_name"), card.get("last_name"))))
        found.append(Attachment("contact", name=name, detail=card["phone_number"]))
    return tuple(found)


def _file(key: str, file: Mapping[str, Any]) -> Attachment:
    return Attachment(
        kind=_KINDS.get(key, key),
        file_id=file["file_id"],
        name=file.get("file_name", ""),
        mime=file.get("mime_type", ""),
        size=file.get("file_size"),
        detail=file.get("emoji", ""),
    )
