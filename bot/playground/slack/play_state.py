"""The workspace as the page shows it, to one person (see `play`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.playground.slack.mrkdwn import blocks_with_html, to_html
from bot.playground.slack.values import BOT_USER_ID, Json, Message, View

if TYPE_CHECKING:
    from bot.playground.slack.server import SlackServer

PICTURES = frozenset({"image/gif", "image/jpeg", "image/png"})


def state_json(server: SlackServer, user_id: str = "") -> Json:
    """The whole workspace; other people's direct messages only without a `user_id`."""
    workspace, views = server.workspace, server.desk.views
    channels = [
        each
        for each in workspace.channels.values()
        if each.kind == "channel" or not user_id or user_id in each.members
    ]
    whispers = [each for each in workspace.ephemerals if each.ephemeral_to == user_id]
    home = views.home_of(user_id)
    return {
        "version": server.changes.version,
        "bot": BOT_USER_ID,
        "users": [
            {
                "id": each.id,
                "name": each.real_name,
                "locale": each.locale,
                "tz": each.tz,
                "is_guest": each.is_guest,
            }
            for each in workspace.users.values()
        ],
        "channels": [
            {
                "id": each.id,
                "name": each.name or workspace.users[each.other(BOT_USER_ID)].real_name,
                "kind": each.kind,
                "archived": each.archived,
                "members": sorted(each.members),
                "messages": [_message_json(server, m) for m in workspace.everything(each)],
            }
            for each in channels
        ],
        "ephemerals": [_message_json(server, each) for each in whispers],
        "modals": [_view_json(server, each) for each in views.open_by(user_id)],
        "home": _view_json(server, home) if home else None,
        "has_home": server.desk.app.has_home,
        "commands": dict(server.desk.app.commands or {}),
        "shortcuts": list(server.desk.app.shortcuts or {}),
    }


def _message_json(server: SlackServer, message: Message) -> Json:
    author = server.workspace.users.get(message.user)
    shown = [each for each in message.blocks if each["type"] != "rich_text"]
    return {
        "channel": message.channel,
        "ts": message.ts,
        "user": message.user,
        "author": message.username or (author.real_name if author else ""),
        "from_bot": bool(message.bot_id),
        "text": message.text,
        "html": _render(server, message.text),
        "blocks": _with_people(server, blocks_with_html(shown, lambda t: _render(server, t))),
        "thread_ts": message.thread_ts,
        "edited": bool(message.edited),
        "broadcast": message.subtype == "thread_broadcast",
        "deleted": message.subtype == "tombstone",
        "ephemeral": bool(message.ephemeral_to),
        "reactions": [{"name": e.name, "users": list(e.users)} for e in message.reactions],
        "files": [
            {
                "id": e.id,
                "name": e.name,
                "size": e.size,
                "url": f"/play/slack/files/{e.id}",
                "is_picture": e.mimetype in PICTURES,
            }
            for e in message.files
        ],
    }


def _view_json(server: SlackServer, view: View) -> Json:
    shown = {key: view.body.get(key) for key in ("type", "callback_id", "title", "submit", "close")}
    blocks = blocks_with_html(view.blocks, lambda text: _render(server, text))
    return {"id": view.id, **shown, "blocks": _with_people(server, blocks)}


def _with_people(server: SlackServer, node: Any) -> Any:
    """Slack's own client knows whom there is to choose from; a page has to be told."""
    if isinstance(node, list):
        return [_with_people(server, each) for each in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") not in {"users_select", "multi_users_select"}:
        return {key: _with_people(server, each) for key, each in node.items()}
    people = sorted(server.workspace.users.values(), key=lambda user: user.real_name)
    options = [{"text": {"text": user.real_name}, "value": user.id} for user in people]
    return node | {"options": options}


def _render(server: SlackServer, text: str) -> str:
    workspace = server.workspace
    names = {each.id: each.real_name for each in workspace.users.values()}
    names |= {each.id: each.name for each in workspace.channels.values()}
    return to_html(text, names)
