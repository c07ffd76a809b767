"""What an app's manifest lets happen: which events it is told, what people can call it by.

Slack tells an app nothing it did not subscribe to, shows nobody a command or shortcut that the
manifest does not name, and has no home tab unless it is enabled. The stand-in keeps to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.playground.slack.values import Channel, Json

ALL_SCOPES = frozenset(
    f"{thing}:{right}"
    for thing, rights in {
        "app_mentions": "read",
        "channels": "history read",
        "chat": "write write.customize",
        "files": "read write",
        "groups": "history read",
        "im": "history read write",
        "reactions": "read write",
        "team": "read",
        "users": "read read.email",
    }.items()
    for right in rights.split()
) | {"commands"}
"""What `SlackServer` grants unless told otherwise; `chat:write.public` is left out on purpose."""

SCOPE_OF_KIND = {"channel": "channels", "group": "groups", "im": "im"}
_MESSAGES = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
_ABOUT_CHANNELS = ("channel_", "group_", "member_")


@dataclass(frozen=True)
class Manifest:
    """An installed app. None stands for everything: a stand-in on its own is generous.

    `commands` are slash commands with how to use them; `shortcuts` those in a message's menu: what
    people read there → callback id."""

    scopes: frozenset[str] = ALL_SCOPES
    events: frozenset[str] | None = None
    commands: Mapping[str, str] | None = None
    shortcuts: Mapping[str, str] | None = None
    has_home: bool = True

    def deaf_to(self, event: Json, channel: Channel) -> str:
        """Why Slack does not tell the app of this event; nothing when it does."""
        name, scope = _subscription(event, channel)
        if self.events is not None and name not in self.events:
            return f"{name} is not among the manifest's bot_events"
        return f"{name} needs the scope {scope}" if scope and scope not in self.scopes else ""

    def callback_of(self, shortcut: str) -> str | None:
        """The callback id behind a message shortcut's name; None when there is no such entry."""
        if self.shortcuts is None:
            return shortcut
        known = self.shortcuts
        return known.get(shortcut, shortcut if shortcut in known.values() else None)


def _subscription(event: Json, channel: Channel) -> tuple[str, str]:
    """The name an event is subscribed to by, and the scope that needs."""
    kind, thing = str(event["type"]), SCOPE_OF_KIND[channel.kind]
    if kind == "message":
        return _MESSAGES[channel.kind], f"{thing}:history"
    if kind == "app_mention":
        return kind, "app_mentions:read"
    if kind.startswith("reaction_"):
        return kind, "reactions:read"
    return kind, f"{thing}:read" if kind.startswith(_ABOUT_CHANNELS) else ""


def read_manifest(path: Path) -> Manifest:
    """The app that a manifest file (YAML) describes, as Slack would install it."""
    body: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    features, settings = body.get("features", {}), body.get("settings", {})
    shortcuts = features.get("shortcuts", ())
    return Manifest(
        scopes=frozenset(body["oauth_config"]["scopes"]["bot"]),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
        commands={
            each["command"]: str(each.get("usage_hint", ""))
            for each in features.get("slash_commands", ())
        },
        shortcuts={
            each["name"]: each["callback_id"] for each in shortcuts if each["type"] == "message"
        },
        has_home=bool(features.get("app_home", {}).get("home_tab_enabled")),
    )
