"""One call of a Web API method: its arguments, its rights, and the state it works on."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from bot.playground.slack.blocks import refusal
from bot.playground.slack.manifest import ALL_SCOPES as ALL_SCOPES
from bot.playground.slack.manifest import SCOPE_OF_KIND as SCOPE_OF_KIND
from bot.playground.slack.manifest import Manifest
from bot.playground.slack.state import Workspace
from bot.playground.slack.values import BOT_USER_ID, Channel, Json, SlackError
from bot.playground.slack.views import ResponseUrls, Triggers, Views

Item = TypeVar("Item")


@dataclass(frozen=True)
class Args:
    """The arguments of a call: text from forms and urls, any JSON value from JSON bodies."""

    values: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        """The argument, or `invalid_arguments` naming it."""
        if not (value := self.text(name)):
            raise refusal("invalid_arguments", [f"missing required field: {name}"])
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name, str(default)).lower()
        return value in {"1", "true"}

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.text(name) or default)
        except ValueError:
            complaint = f"must be an integer [json-pointer:/{name}]"
            raise refusal("invalid_arguments", [complaint]) from None

    def json(self, name: str) -> Any:
        """A JSON value, whether it came as such or as text; None when absent or unreadable."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            return None


@dataclass
class Desk:
    """The whole state behind the Web API."""

    workspace: Workspace
    views: Views
    triggers: Triggers
    response_urls: ResponseUrls
    app: Manifest
    clock: Callable[[], float]
    ticket: Callable[[], str]
    changed: Callable[[], None]
    url: str = ""

    @property
    def scopes(self) -> frozenset[str]:
        """What the app was granted."""
        return self.app.scopes


@dataclass(frozen=True)
class Call:
    """What a method is given."""

    args: Args
    desk: Desk

    @property
    def workspace(self) -> Workspace:
        return self.desk.workspace

    def need(self, scope: str) -> None:
        """`missing_scope` unless the app was granted it."""
        if scope and scope not in self.desk.scopes:
            provided = ",".join(sorted(self.desk.scopes))
            raise SlackError("missing_scope", needed=scope, provided=provided)

    def channel(self, name: str = "channel") -> Channel:
        """The conversation with this id, as far as the bot can see it.

        Names are not accepted, and a private channel without the bot is `channel_not_found`."""
        channel = self.workspace.channels.get(self.args.text(name))
        if channel is None or (channel.kind != "channel" and BOT_USER_ID not in channel.members):
            raise SlackError("channel_not_found")
        return channel

    def joined_channel(self, name: str = "channel") -> Channel:
        """The same, but `not_in_channel` unless the bot is a member."""
        channel = self.channel(name)
        if BOT_USER_ID not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def page(self, items: Sequence[Item], default: int, most: int = 1000) -> tuple[list[Item], str]:
        """The page of items asked for by `limit` and `cursor`, and the next page's cursor."""
        limit = self.args.number("limit", default)
        if not 1 <= limit <= most:
            raise SlackError("invalid_limit")
        start = _decoded(self.args.text("cursor"))
        more = start + limit < len(items)
        return list(items[start : start + limit]), _encoded(start + limit) if more else ""


def _encoded(start: int) -> str:
    return base64.b64encode(f"next:{start}".encode()).decode()


def _decoded(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "next":
            return int(number)
    except ValueError:
        pass
    raise SlackError("invalid_cursor")


@dataclass(frozen=True)
class Method:
    """A Web API method: what runs, the scope it needs, and whose token it takes."""

    run: Callable[[Call], Json]
    scope: str = ""
    caller: Literal["bot", "app", "anyone"] = "bot"


Methods: TypeAlias = dict[str, Method]
