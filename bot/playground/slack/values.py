"""What a Slack workspace is made of: frozen values, with no behaviour beyond reading them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Json: TypeAlias = dict[str, Any]
ChannelKind: TypeAlias = Literal["channel", "group", "im"]

TEAM_ID = "T0DESK001"
TEAM_NAME = "Frontdesk Playground"
TEAM_DOMAIN = "frontdesk-playground"
APP_ID = "A0DESK001"
BOT_ID = "B0DESK001"
BOT_USER_ID = "U0DESKBOT"


class SlackError(Exception):
    """A refusal by Slack: `{"ok": false, "error": code}` plus whatever the method adds."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


@dataclass(frozen=True)
class User:
    """A member of the workspace, a guest, a stranger from a shared channel, or a bot."""

    id: str
    handle: str
    real_name: str
    tz: str = "Europe/Riga"
    tz_offset: int = 7200
    locale: str = "en-US"
    team: str = TEAM_ID
    is_guest: bool = False
    is_bot: bool = False
    bot_id: str = ""
    email: str = ""
    deleted: bool = False
    """Has left the workspace."""

    @property
    def is_stranger(self) -> bool:
        return self.team != TEAM_ID


@dataclass(frozen=True)
class Channel:
    """A public channel, a private one (`group`), or the direct messages of two users (`im`)."""

    id: str
    name: str
    kind: ChannelKind
    members: frozenset[str]
    created: int
    archived: bool = False
    is_shared: bool = False

    def other(self, user: str) -> str:
        """The user at the other end of a direct message."""
        return next(iter(self.members - {user}), user)


@dataclass(frozen=True)
class Reaction:
    name: str
    users: tuple[str, ...]


@dataclass(frozen=True)
class File:
    """An uploaded file; without `shared` in any channel only its owner's token sees it."""

    id: str
    name: str
    title: str
    mimetype: str
    user: str
    created: int
    size: int
    data: bytes = field(repr=False)
    base: str = ""
    """The server's own address, where the bytes are fetched."""
    completed: bool = True
    remote: bool = False
    """Came through Slack Connect: events carry only `check_file_info`, as Slack's do."""


@dataclass(frozen=True)
class Message:
    """One message as it stands now. `thread_ts` is empty outside threads."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    thread_ts: str = ""
    subtype: str = ""
    bot_id: str = ""
    username: str = ""
    icon: str = ""
    metadata: Mapping[str, Any] | None = None
    edited: str = ""
    reactions: tuple[Reaction, ...] = ()
    files: tuple[File, ...] = ()
    client_msg_id: str = ""
    ephemeral_to: str = ""
    unfurl_links: bool = True
    unfurl_media: bool = True

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts

    @property
    def in_channel(self) -> bool:
        """Whether the channel itself shows it: threads show their replies only when broadcast."""
        return not self.is_reply or self.subtype == "thread_broadcast"


@dataclass(frozen=True)
class View:
    """A modal or an app home as its user sees it; `hash` changes with every update."""

    id: str
    user: str
    body: Mapping[str, Any]
    hash: str
    root_id: str = ""
    previous_id: str = ""

    @property
    def blocks(self) -> tuple[Json, ...]:
        return tuple(self.body.get("blocks", ()))

    @property
    def callback_id(self) -> str:
        return str(self.body.get("callback_id", ""))
