"""The methods about the bot itself: its profile, and how updates reach it."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from urllib.parse import urlsplit

from bot.playground.telegram.methods import Methods
from bot.playground.telegram.state import World
from bot.playground.telegram.text import utf16_length
from bot.playground.telegram.updates import Hook
from bot.playground.telegram.wire import ApiError, Json, Params, bad_request

METHODS = Methods()

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_WEBHOOK_PORTS = (443, 80, 88, 8443)
_SECRET = re.compile(r"[A-Za-z0-9_-]*")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


@METHODS.offer
def get_me(world: World, params: Params) -> Json:
    return {
        **world.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@METHODS.offer
def set_my_commands(world: World, params: Params) -> bool:
    commands = params.json("commands", "commands") or []
    if not isinstance(commands, list) or len(commands) > 100:
        raise bad_request("can't parse commands: Expected an Array of at most 100 commands")
    for command in commands:
        if not isinstance(command, dict):
            raise bad_request("can't parse BotCommand: Object expected")
        if not _COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= utf16_length(str(command.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.profile[_commands_key(params)] = commands
    return True


@METHODS.offer
def get_my_commands(world: World, params: Params) -> list[Json]:
    commands: list[Json] = world.profile.get(_commands_key(params), [])
    return commands


@METHODS.offer
def delete_my_commands(world: World, params: Params) -> bool:
    world.profile.pop(_commands_key(params), None)
    return True


def _commands_key(params: Params) -> tuple[str, str]:
    scope = params.json("scope", "BotCommandScope") or {"type": "default"}
    return (f"commands {scope}", params.text("language_code"))


def _profile_text(field: str, name: str, limit: int) -> None:
    def setter(world: World, params: Params) -> bool:
        text = params.text(field)
        if utf16_length(text) > limit:
            raise bad_request(f"{field.replace('_', ' ')} is too long")
        world.profile[(field, params.text("language_code"))] = text
        return True

    def getter(world: World, params: Params) -> Json:
        own = world.profile.get((field, params.text("language_code")))
        default = world.bot["first_name"] if field == "name" else ""
        return {field: own or world.profile.get((field, "")) or default}

    METHODS[f"setmy{name}"] = setter
    METHODS[f"getmy{name}"] = getter


_profile_text("name", "name", 64)
_profile_text("description", "description", 512)
_profile_text("short_description", "shortdescription", 120)


@METHODS.offer
def get_updates(world: World, params: Params) -> Awaitable[list[Json]]:
    if world.webhook.hook:
        raise ApiError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    world.updates.allow(_allowed_updates(params))
    return world.updates.poll(
        params.integer("offset"), params.integer("limit", 100), params.integer("timeout")
    )


def _allowed_updates(params: Params) -> list[str] | None:
    kinds = params.json("allowed_updates", "allowed_updates")
    if kinds is None:
        return None  # as it was
    if not isinstance(kinds, list):
        raise bad_request("can't parse allowed_updates: Expected an Array")
    return [str(kind) for kind in kinds]


@METHODS.offer
async def set_webhook(world: World, params: Params) -> bool:
    url = params.text("url")
    secret = params.text("secret_token")
    if url:
        _check_webhook(url, secret)
    world.updates.allow(_allowed_updates(params))
    if params.flag("drop_pending_updates"):
        world.updates.clear()
    connections = min(max(params.integer("max_connections", 40), 1), 100)
    await world.webhook.point_at(Hook(url, secret, connections) if url else None)
    return True


@METHODS.offer
async def delete_webhook(world: World, params: Params) -> bool:
    if params.flag("drop_pending_updates"):
        world.updates.clear()
    await world.webhook.point_at(None)
    return True


@METHODS.offer
def get_webhook_info(world: World, params: Params) -> Json:
    return world.webhook.info()


def _check_webhook(url: str, secret: str) -> None:
    parts = urlsplit(url)
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if parts.hostname in _LOOPBACK:
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in _WEBHOOK_PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    raise bad_request("bad webhook: the Telegram stand-in delivers to this machine only")
