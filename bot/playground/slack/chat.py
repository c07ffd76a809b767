"""chat.*, reactions.* and what an app posts to a response url."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.playground.slack.blocks import checked_blocks
from bot.playground.slack.calls import Args, Call, Desk, Method, Methods
from bot.playground.slack.shapes import message_json
from bot.playground.slack.values import (
    BOT_ID,
    BOT_USER_ID,
    Channel,
    Json,
    Message,
    SlackError,
)
from bot.playground.slack.views import ResponseUrl

MAX_TEXT = 40_000
MAX_UPDATED_TEXT = 4_000
MAX_METADATA = 16_000


def post_message(call: Call) -> Json:
    channel = _writable(call)
    fields = _content(call.args)
    text, warned = _truncated(fields.pop("text"))
    message = call.workspace.draft(
        channel, BOT_USER_ID, text, bot_id=BOT_ID, **fields, **_customized(call)
    )
    if message.is_reply and call.args.flag("reply_broadcast"):
        message = replace(message, subtype="thread_broadcast")
    message = call.workspace.post(message)
    return _posted(call, message) | warned


def post_ephemeral(call: Call) -> Json:
    channel = call.joined_channel()
    user = call.args.required("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    fields = _content(call.args)
    message = call.workspace.draft(channel, BOT_USER_ID, bot_id=BOT_ID, **fields)
    call.workspace.whisper(replace(message, ephemeral_to=user))
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    before = _own_message(call, "cant_update_message")
    if call.channel().archived:
        raise SlackError("is_inactive")
    fields = _content(call.args)
    fields.pop("thread_ts")
    if len(fields["text"]) > MAX_UPDATED_TEXT:
        raise SlackError("msg_too_long")
    if fields["metadata"] is None:  # an update that says nothing of metadata keeps it
        fields["metadata"] = before.metadata
    after = call.workspace.edit(before, replace(before, **fields), by=BOT_USER_ID)
    return _posted(call, after) | {"text": after.text}


def delete(call: Call) -> Json:
    message = _own_message(call, "cant_delete_message")
    call.workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def add_reaction(call: Call) -> Json:
    return _react(call, add=True)


def remove_reaction(call: Call) -> Json:
    return _react(call, add=False)


def permalink(call: Call) -> Json:
    channel = call.joined_channel()
    message = call.workspace.message(channel, call.args.required("message_ts"))
    path = f"archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": f"https://frontdesk-playground.slack.com/{path}"}


METHODS: Methods = {
    "chat.postMessage": Method(post_message, "chat:write"),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write"),
    "chat.update": Method(update, "chat:write"),
    "chat.delete": Method(delete, "chat:write"),
    "chat.getPermalink": Method(permalink),
    "reactions.add": Method(add_reaction, "reactions:write"),
    "reactions.remove": Method(remove_reaction, "reactions:write"),
}


# --- the parts ---


def _writable(call: Call) -> Channel:
    """Where a message may go: a channel of the bot's, or a user's direct messages."""
    where = call.args.text("channel")
    user = call.workspace.users.get(where)
    if user is not None:
        if user.is_bot:
            raise SlackError("channel_not_found")
        if user.deleted:
            raise SlackError("user_disabled")
        return call.workspace.direct(user.id)
    channel = call.channel()
    if channel.archived:
        raise SlackError("is_archived")
    open_to_all = channel.kind == "channel" and "chat:write.public" in call.desk.scopes
    return channel if open_to_all else call.joined_channel()


def _content(args: Args) -> dict[str, Any]:
    """What a message says, or `no_text` when it says nothing."""
    blocks = checked_blocks(args.values.get("blocks"))
    attachments = tuple(args.json("attachments") or ())
    text = args.text("text")
    if not (text.strip() or blocks or attachments):
        raise SlackError("no_text")
    return {
        "text": text,
        "blocks": blocks,
        "attachments": attachments,
        "thread_ts": args.text("thread_ts"),
        "metadata": _metadata(args),
        "unfurl_links": args.flag("unfurl_links", True),
        "unfurl_media": args.flag("unfurl_media", True),
    }


def _metadata(args: Args) -> Json | None:
    if not args.values.get("metadata"):
        return None
    metadata = args.json("metadata")
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    typed = isinstance(metadata.get("event_type"), str)
    if not typed or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")
    if len(str(metadata)) > MAX_METADATA:
        raise SlackError("metadata_too_large")
    return metadata


def _truncated(text: str) -> tuple[str, Json]:
    if len(text) <= MAX_TEXT:
        return text, {}
    warning = "message_truncated"
    return text[:MAX_TEXT], {"warning": warning, "response_metadata": {"warnings": [warning]}}


def _customized(call: Call) -> dict[str, str]:
    """Another name or picture, which makes the message a classic bot message."""
    username = call.args.text("username")
    icon = call.args.text("icon_emoji") or call.args.text("icon_url")
    if not username and not icon:
        return {}
    call.need("chat:write.customize")
    return {"username": username or "Frontdesk", "icon": icon, "subtype": "bot_message"}


def _own_message(call: Call, refused: str) -> Message:
    message = call.workspace.message(call.joined_channel(), call.args.required("ts"))
    if message.bot_id != BOT_ID or message.subtype == "tombstone":
        raise SlackError(refused)
    return message


def _posted(call: Call, message: Message) -> Json:
    root = call.workspace.messages[message.channel].get(message.thread_ts)
    shape = message_json(message, (), root, with_metadata=True)
    return {"channel": message.channel, "ts": message.ts, "message": shape}


def _react(call: Call, *, add: bool) -> Json:
    ts = call.args.required("timestamp")
    channel = call.joined_channel()
    if channel.archived:
        raise SlackError("is_archived")
    message = call.workspace.message(channel, ts)
    call.workspace.react(message, call.args.required("name"), BOT_USER_ID, add=add)
    return {}


# --- response urls ---


def respond(desk: Desk, url: ResponseUrl, body: Json) -> None:
    """Does what an app posts to a response url: a new message, or a change of the source."""
    args = Args(body)
    if args.flag("delete_original"):
        _delete_source(desk, url)
        return
    if "text" not in body and "blocks" not in body:
        raise SlackError("no_text")
    if args.flag("replace_original"):
        _replace_source(desk, url, args)
        return
    fields = _content(args)
    in_thread = args.text("thread_ts") or (url.thread_ts if args.flag("reply_in_thread") else "")
    channel = desk.workspace.channels[url.channel]
    fields |= {"thread_ts": in_thread, "bot_id": BOT_ID}
    message = desk.workspace.draft(channel, BOT_USER_ID, **fields)
    if args.text("response_type") == "in_channel":
        desk.workspace.post(message)
    else:
        desk.workspace.whisper(replace(message, ephemeral_to=url.user))


def _source(desk: Desk, url: ResponseUrl) -> Message:
    whispers = {each.ts: each for each in desk.workspace.ephemerals}
    found = whispers.get(url.source_ts)
    return found or desk.workspace.message(desk.workspace.channels[url.channel], url.source_ts)


def _replace_source(desk: Desk, url: ResponseUrl, args: Args) -> None:
    before = _source(desk, url)
    fields = _content(args)
    fields.pop("thread_ts")
    after = replace(before, **fields)
    if before.ephemeral_to:
        desk.workspace.withdraw_whisper(before.ts, after)
    else:
        desk.workspace.edit(before, after, by=BOT_USER_ID)


def _delete_source(desk: Desk, url: ResponseUrl) -> None:
    source = _source(desk, url)
    if source.ephemeral_to:
        desk.workspace.withdraw_whisper(source.ts)
    else:
        desk.workspace.delete(source)
