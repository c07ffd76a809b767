"""Slack payloads → events. Pure. Everything that is not a person speaking to us is None."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from bot.channels.markdown import from_slack
from bot.channels.slack_forms import RECEIVED, card_behind, parse_form, subject_of
from bot.domain import (
    Address,
    Agent,
    Attachment,
    ButtonPress,
    Deletion,
    DeskAction,
    DeskCommand,
    DeskHome,
    DeskMessage,
    DeskReaction,
    DeskShortcut,
    Edit,
    Event,
    InboundMessage,
    Person,
)
from handoff.actions import ACTIONS, COMMAND, OVERFLOW, SHORTCUTS, name_of
from handoff.forms.views import CALLBACK

NAME = "slack"

# Messages without a subtype are a person's; these subtypes are, too.
_SPOKEN = {None, "file_share", "thread_broadcast", "me_message"}
_CODES = re.compile("[0-9a-f]{1,5}(-[0-9a-f]{1,5})*")  # of an emoji: 1f44b-1f3fd
_SLACKBOT = "USLACKBOT"  # has no bot_id, and is nobody


def parse(raw: Mapping[str, Any], desks: Collection[str]) -> Event | None:
    """An Events API callback, an interaction or a command as an event; `desks` are the ids of the
    desk channels.

    None for our own posts, other bots and Slack's own remarks. Raises KeyError, TypeError or
    ValueError on a shape that is not Slack's."""
    if raw.get("type") == "event_callback":
        return _event(raw["event"], _our_user(raw), desks)
    if raw.get("type") == "block_actions":
        return _action(raw, desks)
    if raw.get("type") == "view_submission":
        return parse_form(raw, NAME)
    if raw.get("type") == "message_action":
        return _shortcut(raw)
    if raw.get("command") == COMMAND:
        return _command(raw)
    return None


def _our_user(raw: Mapping[str, Any]) -> str:
    for authorization in raw.get("authorizations") or ():
        if authorization.get("is_bot"):
            return str(authorization["user_id"])
    return ""


def _event(event: Mapping[str, Any], us: str, desks: Collection[str]) -> Event | None:
    if event["type"] == "reaction_added":
        return _reaction(event, us, desks)
    if event["type"] == "app_home_opened":
        return _home(event)
    if event["type"] not in {"message", "app_mention"}:
        return None
    subtype = event.get("subtype")
    if subtype == "message_changed":
        return _changed(event, us, desks)
    if subtype == "message_deleted":
        return _deleted(event, us, desks)
    if subtype not in _SPOKEN or not _is_person(event, us):
        return None
    if event["channel"] in desks:
        return _desk_message(event, event, us, "new")
    return _message(event, us)


def _is_person(message: Mapping[str, Any], us: str) -> bool:
    user = message.get("user")
    return bool(user) and not message.get("bot_id") and user not in (us, _SLACKBOT)


def _message(event: Mapping[str, Any], us: str) -> Event | None:
    direct = _is_direct(event)
    mentioned = _calls(event, event, us)
    if not direct and not mentioned and not event.get("thread_ts"):
        return None  # talk in a channel that is not ours
    ts = event["ts"]
    return InboundMessage(
        external_id=f"{event['channel']}:{ts}",
        address=_address(event),
        contact=Person(event["user"]),
        text=_words(event, us),
        sent_at=_time(ts),
        message_id=ts,
        attachments=_attachments(event),
        addressed=direct or mentioned,
        position=float(ts),
    )


def _changed(event: Mapping[str, Any], us: str, desks: Collection[str]) -> Event | None:
    now, before = event["message"], event.get("previous_message") or {}
    if now.get("subtype") == "tombstone":  # what is left of a deleted message that has replies
        return _deleted(event, us, desks)
    if not _is_person(now, us) or now.get("text") == before.get("text"):
        return None  # a bot's, or only a link was unfolded
    if event["channel"] in desks:
        return _desk_message({**event, "thread_ts": now.get("thread_ts")}, now, us, "edited")
    # A message in a channel is known by its thread's root, which is itself where it began one.
    return Edit(
        external_id=f"{event['channel']}:{now['ts']}:{event['ts']}",
        address=_address({**now, "channel": event["channel"], "ts": now["ts"],
                          "channel_type": event.get("channel_type")}),
        contact=Person(now["user"]),
        message_id=now["ts"],
        text=_words(now, us),
        sent_at=_time(event["ts"]),
        position=float(event["ts"]),
    )  # fmt: skip


def _deleted(event: Mapping[str, Any], us: str, desks: Collection[str]) -> Event | None:
    before = event.get("previous_message") or {}
    if not before or not _is_person(before, us):
        return None
    if event["channel"] in desks:
        return _desk_message({**event, "thread_ts": before.get("thread_ts")}, before, us, "deleted")
    return Deletion(
        external_id=f"{event['channel']}:{before['ts']}:deleted",
        address=_address({**before, "channel": event["channel"], "ts": before["ts"],
                          "channel_type": event.get("channel_type")}),
        contact=Person(before["user"]),
        message_id=before["ts"],
        sent_at=_time(event["ts"]),
        position=float(event["ts"]),
    )  # fmt: skip


def _desk_message(
    event: Mapping[str, Any],
    message: Mapping[str, Any],
    us: str,
    change: Literal["new", "edited", "deleted"],
) -> DeskMessage:
    channel, ts = event["channel"], message["ts"]
    suffix = "" if change == "new" else f":{event['ts']}"
    return DeskMessage(
        external_id=f"{channel}:{ts}{suffix}",
        address=Address(NAME, channel, message.get("thread_ts")),
        agent=Agent(message["user"]),
        text=_words(message, us),
        sent_at=_time(event["ts"]),
        message_id=ts,
        files=_attachments(message),
        under_our_post=bool(us) and message.get("parent_user_id") == us,
        addressed=_calls(event, message, us),
        change=change,
        position=float(event["ts"]),
    )


def _action(raw: Mapping[str, Any], desks: Collection[str]) -> Event | None:
    action, container = raw["actions"][0], raw["container"]
    name, value = _chosen(action)
    view = raw.get("view") or {}
    at_home, card = view.get("type") == "home", card_behind(view, NAME)
    channel = (raw.get("channel") or {}).get("id") or container.get("channel_id")
    channel = card.chat_id if card else channel
    if not value or not (channel or at_home):
        return None  # a link was opened; or it is in a form of somebody else's
    message = raw.get("message") or {}
    ts = message.get("ts") or container.get("message_ts", "")
    thread = message.get("thread_ts") or container.get("thread_ts")
    thread = card.thread_id if card else thread
    user, at = raw["user"], action["action_ts"]
    external_id = f"{user['id']}:{at}:{action['action_id']}"
    if name in ACTIONS:
        ticket_id, subject = subject_of(value)
        # The thread of the card: what is written and pressed there keeps one order. At home, or in
        # a direct message of the bot's, nobody else is.
        alone = at_home or str(channel).startswith("D")
        at_card = Address(NAME, user["id"]) if alone else Address(NAME, channel, thread or ts)
        return DeskAction(
            external_id=external_id,
            address=at_card,
            agent=Agent(user["id"]),
            action=name,
            ticket_id=ticket_id,
            sent_at=_time(at),
            subject=subject,
            trigger=str(view["id"] if card else raw.get("trigger_id") or ""),
            at_home=at_home,
            position=float(at),
        )
    if at_home or channel in desks:
        return None
    place = {"channel": channel, "ts": ts, "thread_ts": message.get("thread_ts")}
    return ButtonPress(
        external_id=external_id,
        address=_address(place),
        contact=Person(user["id"]),
        value=value,
        sent_at=_time(at),
        message_id=ts,
        position=float(at),
    )


def _chosen(action: Mapping[str, Any]) -> tuple[str, str]:
    """The name and the value of a button, or of what was chosen in an overflow menu."""
    if action["action_id"] != OVERFLOW:
        return name_of(str(action["action_id"])), str(action.get("value") or "")
    name, _, value = str((action.get("selected_option") or {}).get("value") or "").partition(":")
    return name, value


def _reaction(event: Mapping[str, Any], us: str, desks: Collection[str]) -> Event | None:
    item, user = event["item"], event["user"]
    if item.get("type") != "message" or item["channel"] not in desks or user in (us, _SLACKBOT):
        return None
    at, emoji = event["event_ts"], str(event["reaction"]).partition("::")[0]
    return DeskReaction(
        external_id=f"{item['channel']}:{item['ts']}:{user}:{emoji}:{at}",
        address=Address(NAME, item["channel"], item["ts"]),
        agent=Agent(user),
        emoji=emoji,
        message_id=item["ts"],
        sent_at=_time(at),
        position=float(at),
    )


def _home(event: Mapping[str, Any]) -> Event | None:
    if event.get("tab") != "home":
        return None
    user, at = event["user"], event["event_ts"]
    return DeskHome(f"{user}:home:{at}", Address(NAME, user), Agent(user), _time(at), float(at))


def _command(raw: Mapping[str, Any]) -> Event:
    at = float(raw.get(RECEIVED) or 0.0)
    return DeskCommand(
        external_id=str(raw["trigger_id"]),
        address=Address(NAME, raw["channel_id"]),
        agent=Agent(raw["user_id"]),
        text=str(raw.get("text") or "").strip(),
        sent_at=datetime.fromtimestamp(at, UTC),
        trigger=str(raw["trigger_id"]),
        position=at,
    )


def _shortcut(raw: Mapping[str, Any]) -> Event | None:
    name = str(raw["callback_id"]).removeprefix(CALLBACK)
    if name not in SHORTCUTS:
        return None  # of another app's, or of an older manifest
    message, at = raw["message"], raw["action_ts"]
    return DeskShortcut(
        external_id=f"{raw['user']['id']}:{at}:{name}",
        address=Address(NAME, raw["channel"]["id"], message.get("thread_ts") or message["ts"]),
        agent=Agent(raw["user"]["id"]),
        name=name,
        message_id=message["ts"],
        text=_words(message, ""),
        sent_at=_time(at),
        trigger=str(raw.get("trigger_id") or ""),
        position=float(at),
    )


def _calls(event: Mapping[str, Any], message: Mapping[str, Any], us: str) -> bool:
    """Whether a message calls us by name. Slack tells of it twice, with one id: once as such."""
    text = message.get("text") or ""
    named = bool(us) and re.search(rf"<@{us}[|>]", text) is not None
    return named or event["type"] == "app_mention"


def _is_direct(event: Mapping[str, Any]) -> bool:
    return event.get("channel_type") == "im" or str(event["channel"]).startswith("D")


def _address(message: Mapping[str, Any]) -> Address:
    """A direct chat is one conversation; in a channel each thread is one."""
    if _is_direct(message):
        return Address(NAME, message["channel"])
    return Address(NAME, message["channel"], message.get("thread_ts") or message["ts"])


def _words(message: Mapping[str, Any], us: str) -> str:
    """What was meant, without the mention that called us."""
    text = message.get("text") or ""
    text = re.sub(rf"<@{us}(\|[^>]*)?>", "", text) if us else text
    return from_slack(text, _emoji(message.get("blocks"))).strip()


def _emoji(blocks: Any) -> dict[str, str]:
    """What the codes in a message's text look like. Its blocks say so for all but a workspace's
    own, with the colour of skin in the sign itself."""
    found: dict[str, str] = {}
    waiting = [blocks]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            waiting.append(each.get("elements"))
            if each.get("type") == "emoji" and _CODES.fullmatch(str(each.get("unicode"))):
                signs = str(each["unicode"]).split("-")
                found[f":{each.get('name')}:"] = "".join(chr(int(sign, 16)) for sign in signs)
                found |= {f":skin-tone-{tone}:": "" for tone in range(2, 7)}
    return found


def _time(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


def _attachments(event: Mapping[str, Any]) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            kind=_kind(file.get("mimetype", "")),
            file_id=file["id"],
            name=file.get("name") or "",
            mime=file.get("mimetype") or "",
            size=file.get("size"),
        )
        for file in event.get("files") or ()
    )


def _kind(mime: str) -> str:
    family = mime.partition("/")[0]
    return {"image": "photo", "audio": "audio", "video": "video"}.get(family, "document")
