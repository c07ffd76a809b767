"""The JSON shapes of Slack, copied from recorded payloads: one function for each object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.playground.slack.values import (
    APP_ID,
    BOT_ID,
    BOT_USER_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    Channel,
    File,
    Json,
    Message,
    User,
    View,
)

VERIFICATION_TOKEN = "playground-verification-token"  # noqa: S105 - the legacy field, unused


# --- users, channels, files ---


def user_json(user: User, *, include_locale: bool = False) -> Json:
    """A user as `users.info` gives it."""
    profile: Json = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.handle,
        "display_name_normalized": user.handle,
        "team": user.team,
    }
    if user.email:
        profile["email"] = user.email
    if user.bot_id:
        profile |= {"bot_id": user.bot_id, "api_app_id": APP_ID}
    shape: Json = {
        "id": user.id,
        "team_id": user.team,
        "name": user.handle,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": user.tz_offset,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_stranger": user.is_stranger,
        "updated": 0,
    }
    return shape | ({"locale": user.locale} if include_locale else {})


def channel_json(channel: Channel) -> Json:
    """A conversation as `conversations.info` gives it to the bot."""
    shape: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_private": channel.kind != "channel",
        "is_shared": channel.is_shared,
        "is_ext_shared": channel.is_shared,
        "is_org_shared": False,
        "context_team_id": TEAM_ID,
    }
    if channel.kind == "im":
        return shape | {"user": channel.other(BOT_USER_ID), "is_open": True}
    return shape | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_member": BOT_USER_ID in channel.members,
        "is_general": False,
        "creator": "",
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def file_json(file: File) -> Json:
    """A file object; its bytes are fetched from `url_private` with the bot token."""
    path = f"{file.base}/files-pri/{TEAM_ID}-{file.id}"
    filetype = file.name.rpartition(".")[2].lower()
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": filetype,
        "pretty_type": filetype.upper(),
        "user": file.user,
        "user_team": TEAM_ID,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{path}/{file.name}",
        "url_private_download": f"{path}/download/{file.name}",
        "permalink": f"https://{TEAM_DOMAIN}.slack.com/files/{file.user}/{file.id}/{file.name}",
        "has_rich_preview": False,
        "file_access": "visible",
    }


def shared_file_json(file: File) -> Json:
    """How a message carries a file: from a connected workspace only its id is told."""
    if not file.remote:
        return file_json(file)
    return {"id": file.id, "mode": "file_access", "file_access": "check_file_info"}


# --- messages ---


def message_json(
    message: Message,
    replies: Sequence[Message] = (),
    root: Message | None = None,
    *,
    with_metadata: bool = False,
) -> Json:
    """A message as history, replies and payloads carry it."""
    shape: Json = {"type": "message", "ts": message.ts, "text": message.text}
    if message.subtype:
        shape["subtype"] = message.subtype
    shape |= _author(message)
    if message.client_msg_id:
        shape["client_msg_id"] = message.client_msg_id
    for name in ("blocks", "attachments"):
        if value := getattr(message, name):
            shape[name] = list(value)
    if message.files:
        shape["files"] = [shared_file_json(each) for each in message.files]
        shape["upload"] = False
    if message.edited:
        shape["edited"] = {"user": message.user or BOT_USER_ID, "ts": message.edited}
    if message.reactions:
        shape["reactions"] = [
            {"name": each.name, "users": list(each.users), "count": len(each.users)}
            for each in message.reactions
        ]
    if with_metadata and message.metadata is not None:
        shape["metadata"] = dict(message.metadata)
    return shape | _thread_part(message, replies, root)


def _author(message: Message) -> Json:
    if message.ephemeral_to:
        return {"user": message.user, "bot_id": message.bot_id, "is_ephemeral": True}
    if message.username:  # a custom name makes it a classic bot message, without a user
        return {"username": message.username, "bot_id": message.bot_id, "app_id": APP_ID}
    if message.subtype == "bot_message":
        return {"bot_id": message.bot_id}
    shape: Json = {"user": message.user, "team": TEAM_ID}
    if message.bot_id:
        own = message.bot_id == BOT_ID
        name = "Frontdesk" if own else message.bot_id
        app_id = APP_ID if own else "A0OTHER01"
        profile = {"id": message.bot_id, "app_id": app_id, "name": name, "team_id": TEAM_ID}
        shape |= {"bot_id": message.bot_id, "app_id": app_id, "bot_profile": profile}
    return shape


def _thread_part(message: Message, replies: Sequence[Message], root: Message | None) -> Json:
    if not message.thread_ts:
        return {}
    if message.is_reply:
        return {"thread_ts": message.thread_ts} | (
            {"parent_user_id": root.user} if root and root.user else {}
        )
    users = list(dict.fromkeys(each.user for each in replies))
    return {
        "thread_ts": message.thread_ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users,
        "latest_reply": replies[-1].ts if replies else message.ts,
        "is_locked": False,
        "subscribed": False,
    }


# --- events ---


def _placed(event: Json, channel: Channel, ts: str) -> Json:
    return event | {"channel": channel.id, "event_ts": ts, "channel_type": channel.kind}


def message_event(
    message: Message,
    channel: Channel,
    author: User | None,
    root: Message | None,
    replies: Sequence[Message],
) -> Json:
    """The `message` event of a new message, in whatever guise: reply, file, broadcast."""
    shape = message_json(message, (), root)
    if message.subtype == "thread_broadcast" and root is not None:
        shape["root"] = message_json(root, replies)
        shape.pop("parent_user_id", None)
    if author is not None and author.is_stranger:
        shape |= {"user_team": author.team, "source_team": author.team, "team": author.team}
    return _placed(shape, channel, message.ts)


def changed_event(before: Message, after: Message, channel: Channel, by: str, ts: str) -> Json:
    message = message_json(after)
    if "edited" in message:
        message["edited"]["user"] = by
    event = {
        "type": "message",
        "subtype": "message_changed",
        "message": message,
        "previous_message": message_json(before),
        "hidden": True,
        "ts": ts,
    }
    return _placed(event, channel, ts)


def deleted_event(message: Message, channel: Channel, ts: str) -> Json:
    event = {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": message_json(message),
        "hidden": True,
        "deleted_ts": message.ts,
        "ts": ts,
    }
    return _placed(event, channel, ts)


def reaction_event(message: Message, name: str, user: str, ts: str, *, added: bool) -> Json:
    event: Json = {
        "type": "reaction_added" if added else "reaction_removed",
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "event_ts": ts,
    }
    return event | ({"item_user": message.user} if message.user else {})


def joined_event(user: User, channel: Channel, ts: str, inviter: str) -> Json:
    event: Json = {
        "type": "member_joined_channel",
        "user": user.id,
        "channel": channel.id,
        "channel_type": channel.id[0],
        "team": user.team,
        "event_ts": ts,
    }
    return event | ({"inviter": inviter} if inviter else {})


def home_event(user: User, channel: Channel, tab: str, ts: str, view: View | None) -> Json:
    event: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": channel.id,
        "tab": tab,
        "event_ts": ts,
    }
    return event | ({"view": view_json(view)} if view and tab == "home" else {})


def envelope(event: Json, event_id: str, at: float, *, shared: bool = False) -> Json:
    """An event as the Events API sends it: the same `event_id` however often it is delivered."""
    where = event.get("channel") or event.get("item", {}).get("channel", "")
    authorization = {
        "enterprise_id": None,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(at),
        "authorizations": [authorization],
        "is_ext_shared_channel": shared,
        "event_context": f"4-{event['type']}-{TEAM_ID}-{APP_ID}-{where}",
    }


# --- interactivity ---


def view_json(view: View, state: Json | None = None) -> Json:
    """A view as answers and payloads carry it: what the app sent plus what Slack adds."""
    defaults: Json = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "close": None,
        "submit": None,
    }
    return (
        defaults
        | dict(view.body)
        | {
            "id": view.id,
            "team_id": TEAM_ID,
            "hash": view.hash,
            "state": {"values": state or {}},
            "root_view_id": view.root_id or view.id,
            "previous_view_id": view.previous_id or None,
            "app_id": APP_ID,
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
        }
    )


def gesture(kind: str, user: User, **fields: Any) -> Json:
    """What every interactivity payload shares, whatever the user did."""
    who = {"id": user.id, "username": user.handle, "name": user.handle, "team_id": user.team}
    return {
        "type": kind,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "user": who,
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
        **fields,
    }
