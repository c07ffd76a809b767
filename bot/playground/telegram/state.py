"""Everything the stand-in remembers: chats, messages, files, pressed buttons, the profile."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from bot.playground.telegram.updates import Pulse, Updates, Webhook
from bot.playground.telegram.wire import ApiError, Json, bad_request

DOWNLOAD_LIMIT = 20 * 1024 * 1024
_BOT_ID_WITHOUT_NUMBER = 7_000_000_001


class Standing(StrEnum):
    """How a chat stands to the bot, which decides whether a message gets through."""

    NOT_STARTED = "not started"
    OPEN = "open"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    KICKED = "kicked"
    MIGRATED = "migrated"


_CLOSED = {
    Standing.NOT_STARTED: "bot can't initiate conversation with a user",
    Standing.BLOCKED: "bot was blocked by the user",
    Standing.DEACTIVATED: "user is deactivated",
}


@dataclass
class Chat:
    """One chat. Messages are wire objects by id; they are replaced, never changed in place."""

    info: Json
    standing: Standing
    language_code: str = "en"
    topics: frozenset[int] = frozenset()
    messages: dict[int, Json] = field(default_factory=dict)
    last_message_id: int = 0
    migrated_to: int = 0
    is_typing: bool = False
    typed: int = 0
    changes: list[tuple[Literal["edited", "deleted"], Json]] = field(default_factory=list)
    """What the bot did to messages of its own: each as it was after that, or before it was gone."""

    @property
    def id(self) -> int:
        """The number bots know the chat by: negative for groups."""
        return int(self.info["id"])

    @property
    def is_private(self) -> bool:
        """Whether this is a customer's own chat with the bot."""
        return bool(self.info["type"] == "private")

    def refusal(self) -> ApiError | None:
        """Why nothing can be sent here; None when it can."""
        if self.standing is Standing.OPEN:
            return None
        if self.standing is Standing.MIGRATED:
            reason = "Bad Request: group chat was upgraded to a supergroup chat"
            return ApiError(400, reason, migrate_to_chat_id=self.migrated_to)
        if self.standing is Standing.KICKED:
            return ApiError(403, f"Forbidden: bot was kicked from the {self.info['type']} chat")
        return ApiError(403, f"Forbidden: {_CLOSED[self.standing]}")


@dataclass(frozen=True)
class StoredFile:
    """A file on the server. `size` may be pretended, to test limits without the bytes."""

    file_id: str
    unique_id: str
    name: str
    mime_type: str
    kind: str
    path: str
    size: int
    data: bytes = field(repr=False)

    def wire(self) -> Json:
        """The fields every file object of the Bot API has."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
        }


class FileStore:
    """Files by id, as they were sent by customers or uploaded by the bot."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}

    def add(self, kind: str, name: str, data: bytes, size: int | None = None) -> StoredFile:
        """Keep the bytes; the file can be fetched and sent again by its id."""
        number = len(self._by_id) + 1
        digest = hashlib.sha256(f"{number}:{kind}:{name}".encode()).hexdigest()
        suffix = name[name.rfind(".") :] if "." in name else ""
        stored = StoredFile(
            file_id=f"BQAC{digest[:44]}",
            unique_id=f"AgAD{digest[44:56]}",
            name=name,
            mime_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            kind=kind,
            path=f"{kind}s/file_{number}{suffix}",
            size=len(data) if size is None else size,
            data=data,
        )
        self._by_id[stored.file_id] = stored
        return stored

    def get(self, file_id: str) -> StoredFile:
        """The file; 400 for an id that was never given out."""
        try:
            return self._by_id[file_id]
        except KeyError:
            raise bad_request("wrong file_id or the file is temporarily unavailable") from None

    def at(self, path: str) -> StoredFile | None:
        """The file behind a download address; one over the limit cannot be downloaded."""
        found = (f for f in self._by_id.values() if f.path == path and f.size <= DOWNLOAD_LIMIT)
        return next(found, None)


@dataclass
class Query:
    """A pressed button whose spinner turns until the bot answers."""

    id: str
    chat_id: int
    at: float
    answer: Json | None = None


class World:
    """The whole state of the stand-in, and the only place where messages come into being."""

    def __init__(
        self,
        token: str,
        clock: Callable[[], float],
        backoff: float,
        expiry: float,
        *,
        privacy: bool = True,
    ) -> None:
        self.clock = clock
        self.privacy = privacy
        self.query_expiry = expiry
        self.pulse = Pulse()
        self.updates = Updates(clock)
        self.webhook = Webhook(self.updates, clock, backoff)
        self.files = FileStore()
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, Query] = {}
        self.profile: dict[tuple[str, str], Any] = {}
        number = token.partition(":")[0]
        self.bot: Json = {
            "id": int(number) if number.isdigit() else _BOT_ID_WITHOUT_NUMBER,
            "is_bot": True,
            "first_name": "Frontdesk",
            "username": "frontdesk_bot",
        }

    def now(self) -> int:
        """The date written on messages."""
        return int(self.clock())

    def chat(self, chat_id: str) -> Chat:
        """The chat a request is about, whatever its standing; 400 when there is none."""
        if not chat_id.strip():
            raise bad_request("chat_id is empty")
        try:
            return self.chats[int(chat_id)]
        except (ValueError, KeyError):
            raise bad_request("chat not found") from None

    def open_chat(self, chat_id: str) -> Chat:
        """The chat, if the bot may write there; the refusal of the real server if not."""
        chat = self.chat(chat_id)
        if refusal := chat.refusal():
            raise refusal
        return chat

    def add_chat(self, chat: Chat) -> Chat:
        """Make the chat known to the bot."""
        self.chats[chat.id] = chat
        self.pulse.beat()
        return chat

    def post(self, chat: Chat, sender: Json, content: Json, date: int | None = None) -> Json:
        """A new message in the chat, as its wire object; everybody who watches is told."""
        chat.last_message_id += 1
        chat.is_typing = False
        message = {
            "message_id": chat.last_message_id,
            "from": sender,
            "chat": chat.info,
            "date": self.now() if date is None else date,
            **content,
        }
        return self.put(chat, message)

    def put(self, chat: Chat, message: Json) -> Json:
        """The message as it is from now on."""
        chat.messages[message["message_id"]] = message
        self.pulse.beat()
        return message

    def remove(self, chat: Chat, message_id: int) -> None:
        """The message is gone for everybody."""
        del chat.messages[message_id]
        self.pulse.beat()
