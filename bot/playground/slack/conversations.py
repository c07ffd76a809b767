"""conversations.*, users.*, views.*, files.*, auth.test: everything but posting."""

from __future__ import annotations

import mimetypes
from dataclasses import replace
from typing import Any

from bot.playground.slack.calls import SCOPE_OF_KIND, Call, Method, Methods
from bot.playground.slack.shapes import (
    channel_json,
    file_json,
    message_json,
    user_json,
    view_json,
)
from bot.playground.slack.values import (
    APP_ID,
    BOT_ID,
    BOT_USER_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    TEAM_NAME,
    Channel,
    File,
    Json,
    Message,
    SlackError,
)

_KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im"}


# --- the app itself ---


def auth_test(call: Call) -> Json:
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": TEAM_NAME,
        "user": "frontdesk",
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "is_enterprise_install": False,
    }


def api_test(call: Call) -> Json:
    """Echoes its arguments, and an `error` when asked for one."""
    args = {key: value for key, value in call.args.values.items() if key != "token"}
    if error := call.args.text("error"):
        raise SlackError(error, args=args)
    return {"args": args}


def open_connection(call: Call) -> Json:
    address = call.desk.url.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={call.desk.ticket()}&app_id={APP_ID}"}


# --- conversations ---


def open_conversation(call: Call) -> Json:
    users = [each for each in call.args.text("users").split(",") if each]
    if call.args.text("channel"):
        channel = call.channel()
    elif len(users) != 1:
        raise SlackError("users_list_not_supplied" if not users else "method_not_supported")
    elif call.workspace.user(users[0]).is_bot:
        raise SlackError("cannot_dm_bot")
    elif call.workspace.user(users[0]).deleted:
        raise SlackError("user_disabled")
    else:
        channel = call.workspace.direct(users[0])
    full = call.args.flag("return_im")
    return {"channel": channel_json(channel) if full else {"id": channel.id}}


def conversation_info(call: Call) -> Json:
    channel = _readable(call, "read", member=False)
    shape = channel_json(channel)
    if call.args.flag("include_num_members"):
        shape["num_members"] = len(channel.members)
    return {"channel": shape}


def members(call: Call) -> Json:
    channel = _readable(call, "read", member=False)
    page, cursor = call.page(sorted(channel.members), 100)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def list_conversations(call: Call) -> Json:
    return _listed(call, [each for each in _of_types(call) if _visible(each)])


def users_conversations(call: Call) -> Json:
    user = call.args.text("user") or BOT_USER_ID
    return _listed(call, [each for each in _of_types(call) if user in each.members])


def history(call: Call) -> Json:
    channel = _readable(call, "history")
    found = _in_range(call, call.workspace.history(channel))[::-1]
    page, cursor = call.page(found, 100, 999)
    answer = {"messages": _with_threads(call, page), "has_more": bool(cursor), "pin_count": 0}
    return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def replies(call: Call) -> Json:
    channel = _readable(call, "history")
    root, *below = call.workspace.thread(channel, call.args.required("ts"))
    page, cursor = call.page([root, *_in_range(call, below)], 1000)
    answer = {"messages": _with_threads(call, page), "has_more": bool(cursor)}
    return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def _readable(call: Call, right: str, *, member: bool = True) -> Channel:
    """The channel, if the app's scopes for its kind allow this."""
    channel = call.channel()
    call.need(f"{SCOPE_OF_KIND[channel.kind]}:{right}")
    return call.joined_channel() if member else channel


def _visible(channel: Channel) -> bool:
    return channel.kind == "channel" or BOT_USER_ID in channel.members


def _of_types(call: Call) -> list[Channel]:
    kinds = set()
    for name in call.args.text("types", "public_channel").split(","):
        if name.strip() not in {*_KINDS, "mpim"}:
            raise SlackError("invalid_types")
        kinds.add(_KINDS.get(name.strip(), "mpim"))
    for kind in sorted(kinds & set(SCOPE_OF_KIND)):
        call.need(f"{SCOPE_OF_KIND[kind]}:read")
    found = [each for each in call.workspace.channels.values() if each.kind in kinds]
    if call.args.flag("exclude_archived"):
        found = [each for each in found if not each.archived]
    return found


def _listed(call: Call, channels: list[Channel]) -> Json:
    page, cursor = call.page(channels, 100)
    listed = [channel_json(each) for each in page]
    return {"channels": listed, "response_metadata": {"next_cursor": cursor}}


def _in_range(call: Call, messages: list[Message]) -> list[Message]:
    """Between `oldest` and `latest`, which count themselves only when `inclusive`."""
    oldest = _moment(call.args.text("oldest"), 0)
    latest = _moment(call.args.text("latest"), 2**62)
    if call.args.flag("inclusive"):
        return [each for each in messages if oldest <= _moment(each.ts, 0) <= latest]
    return [each for each in messages if oldest < _moment(each.ts, 0) < latest]


def _moment(ts: str, default: int) -> int:
    """A timestamp in microseconds: as floats two neighbours would be one."""
    if not ts:
        return default
    seconds, _, fraction = ts.partition(".")
    if not seconds.isdecimal() or (fraction and not fraction.isdecimal()):
        raise SlackError("invalid_ts_oldest")
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0")[:6])


def _with_threads(call: Call, messages: list[Message]) -> list[Json]:
    with_metadata = call.args.flag("include_all_metadata")
    shapes = []
    for each in messages:
        root = call.workspace.messages[each.channel].get(each.thread_ts)
        below = call.workspace.replies(each) if each.thread_ts == each.ts else ()
        shapes.append(message_json(each, below, root, with_metadata=with_metadata))
    return shapes


# --- users ---


def user_info(call: Call) -> Json:
    user = call.workspace.user(call.args.required("user"))
    if "users:read.email" not in call.desk.scopes:
        user = replace(user, email="")
    return {"user": user_json(user, include_locale=call.args.flag("include_locale"))}


def list_users(call: Call) -> Json:
    page, cursor = call.page(list(call.workspace.users.values()), 200)
    include_locale = call.args.flag("include_locale")
    listed = [user_json(each, include_locale=include_locale) for each in page]
    return {"members": listed, "response_metadata": {"next_cursor": cursor}}


# --- views ---


def open_view(call: Call) -> Json:
    trigger = call.desk.triggers.spend(call.args.required("trigger_id"))
    return {"view": view_json(call.desk.views.open(trigger.user, call.args.json("view")))}


def push_view(call: Call) -> Json:
    trigger = call.desk.triggers.spend(call.args.required("trigger_id"))
    below = call.desk.views.find(trigger.view_id)
    return {"view": view_json(call.desk.views.push(below, call.args.json("view")))}


def update_view(call: Call) -> Json:
    view = call.desk.views.find(call.args.required("view_id"))
    after = call.desk.views.update(view, call.args.json("view"), call.args.text("hash"))
    return {"view": view_json(after)}


def publish_view(call: Call) -> Json:
    if not call.desk.app.has_home:
        raise SlackError("not_enabled")
    user = call.workspace.user(call.args.required("user_id"))
    view = call.desk.views.publish(user.id, call.args.json("view"), call.args.text("hash"))
    return {"view": view_json(view)}


# --- files ---


def upload_url(call: Call) -> Json:
    """Reserves a file; its bytes are then posted to the url without any token."""
    name, length = call.args.required("filename"), call.args.number("length", 0)
    if length <= 0:
        raise SlackError("invalid_arguments")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file_id = call.workspace.new_id("F")
    created = int(call.desk.clock())
    call.workspace.add_file(
        File(file_id, name, name, kind, BOT_USER_ID, created, length, b"", call.desk.url, False)
    )
    return {"upload_url": f"{call.desk.url}/upload/v1/{file_id}", "file_id": file_id}


def complete_upload(call: Call) -> Json:
    """Shares uploaded files, all in one message; without a channel they stay private."""
    listed: Any = call.args.json("files")
    if not isinstance(listed, list) or not listed:
        raise SlackError("invalid_arguments")
    channel = _shared_where(call)
    files = []
    for each in listed:
        file = call.workspace.file(str(each.get("id")))
        if len(file.data) != file.size:
            raise SlackError("file_not_found")
        done = replace(file, title=str(each.get("title") or file.name), completed=True)
        files.append(call.workspace.add_file(done))
    if channel is not None:
        draft = call.workspace.draft(
            channel,
            BOT_USER_ID,
            call.args.text("initial_comment"),
            thread_ts=call.args.text("thread_ts"),
            subtype="file_share",
            bot_id=BOT_ID,
            files=tuple(files),
        )
        call.workspace.post(draft)
    return {"files": [file_json(each) for each in files]}


def _shared_where(call: Call) -> Channel | None:
    if not call.args.text("channel_id"):
        return None
    return call.joined_channel("channel_id")


def file_info(call: Call) -> Json:
    file = call.workspace.file(call.args.required("file"))
    shares = call.workspace.shares(file)
    seen = [each for each in shares if BOT_USER_ID in call.workspace.channels[each.channel].members]
    if not seen and file.user != BOT_USER_ID:
        raise SlackError("file_not_found")
    shape = file_json(file) | _places(call, seen)
    return {"file": shape, "comments": [], "response_metadata": {"next_cursor": ""}}


def _places(call: Call, seen: list[Message]) -> Json:
    """Where a file is to be seen, by kind of channel, and in which messages."""
    places: Json = {"channels": [], "groups": [], "ims": [], "shares": {}}
    for message in seen:
        kind = call.workspace.channels[message.channel].kind
        listed = places[f"{kind}s"]
        if message.channel not in listed:
            listed.append(message.channel)
        shares = places["shares"].setdefault("public" if kind == "channel" else "private", {})
        thread = {"thread_ts": message.thread_ts} if message.is_reply else {}
        share = {"ts": message.ts, "share_user_id": message.user, "source": "UNKNOWN", **thread}
        shares.setdefault(message.channel, []).append(share)
    return places


def delete_file(call: Call) -> Json:
    """Takes one of the bot's own files away wherever it was shared."""
    file = call.workspace.file(call.args.required("file"))
    if file.user != BOT_USER_ID:
        raise SlackError("cant_delete_file")
    call.workspace.drop_file(file)
    return {}


METHODS: Methods = {
    "api.test": Method(api_test, caller="anyone"),
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(open_connection, caller="app"),
    "conversations.open": Method(open_conversation, "im:write"),
    "conversations.info": Method(conversation_info),
    "conversations.members": Method(members),
    "conversations.list": Method(list_conversations),
    "conversations.history": Method(history),
    "conversations.replies": Method(replies),
    "users.conversations": Method(users_conversations),
    "users.info": Method(user_info, "users:read"),
    "users.list": Method(list_users, "users:read"),
    "views.open": Method(open_view),
    "views.push": Method(push_view),
    "views.update": Method(update_view),
    "views.publish": Method(publish_view),
    "files.getUploadURLExternal": Method(upload_url, "files:write"),
    "files.completeUploadExternal": Method(complete_upload, "files:write"),
    "files.info": Method(file_info, "files:read"),
    "files.delete": Method(delete_file, "files:write"),
}
