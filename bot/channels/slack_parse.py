"""Slack payloads → events. Pure. Everything that is not a person speaking to us is None."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from bot.channels.markdown import from_slack
from bot.channels.slack_forms import parse_form, subject_of
from bot.domain import (
    Address,
    Agent,
    Attachment,
    ButtonPress,
    Deletion,
    DeskAction,
    DeskMessage,
    Edit,
    Event,
    InboundMessage,
    Person,
)

NAME = "slack"

DESK_ACTIONS = {"claim", "resolve", "complaint", "transfer", "remedy", "approve", "refuse"}
# Messages without a subtype are a person's; these subtypes are, too.
_SPOKEN = {None, "file_share", "thread_broadcast", "me_message"}
_CODES = re.compile("[0-9a-f]{1,5}(-[0-9a-f]{1,5})*")  # of an emoji: 1f44b-1f3fd
_SLACKBOT = "USLACKBOT"  # has no bot_id, and is nobody


def parse(raw: Mapping[str, Any], desk: str) -> Event | None:
    """An Events API callback or an interaction as an event; `desk` is the desk channel's id.

    None for our own posts, other bots and Slack's own remarks. Raises KeyError, TypeError or
    ValueError on a shape that is not Slack's."""
    if raw.get("type") == "event_callback":
        return _event(raw["event"], _our_user(raw), desk)
    if raw.get("type") == "block_actions":
        return _action(raw, desk)
    if raw.get("type") == "view_submission":
        return parse_form(raw, NAME)
    return None


def _our_user(raw: Mapping[str, Any]) -> str:
    for authorization in raw.get("authorizations") or ():
        if authorization.get("is_bot"):
            return str(authorization["user_id"])
    return ""


def _event(event: Mapping[str, Any], us: str, desk: str) -> Event | None:
    if event["type"] not in {"message", "app_mention"}:
        return None
    subtype = event.get("subtype")
    if subtype == "message_changed":
        return _changed(event, us, desk)
    if subtype == "message_deleted":
        return _deleted(event, us, desk)
    if subtype not in _SPOKEN or not _is_person(event, us):
        return None
    if event["channel"] == desk:
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


def _changed(event: Mapping[str, Any], us: str, desk: str) -> Event | None:
    now, before = event["message"], event.get("previous_message") or {}
    if now.get("subtype") == "tombstone":  # what is left of a deleted message that has replies
        return _deleted(event, us, desk)
    if not _is_person(now, us) or now.get("text") == before.get("text"):
        return None  # a bot's, or only a link was unfolded
    if event["channel"] == desk:
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


def _deleted(event: Mapping[str, Any], us: str, desk: str) -> Event | None:
    before = event.get("previous_message") or {}
    if not before or not _is_person(before, us):
        return None
    if event["channel"] == desk:
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
        has_files=bool(message.get("files")),
        under_our_post=bool(us) and message.get("parent_user_id") == us,
        addressed=_calls(event, message, us),
        change=change,
        position=float(event["ts"]),
    )


def _action(raw: Mapping[str, Any], desk: str) -> Event | None:
    action = raw["actions"][0]
    value = action.get("value")
    channel = (raw.get("channel") or {}).get("id") or raw["container"].get("channel_id")
    if not value or not channel:
        return None  # a link was opened; or it is in a form or the app's home
    message = raw.get("message") or {}
    ts = message.get("ts") or raw["container"].get("message_ts", "")
    user, at = raw["user"], action["action_ts"]
    external_id = f"{user['id']}:{at}:{action['action_id']}"
    if action["action_id"] in DESK_ACTIONS:
        ticket_id, remedy_id = subject_of(str(value))
        return DeskAction(
            external_id=external_id,
            # The thread of the card: what agents write and press there keeps one order.
            address=Address(NAME, channel, message.get("thread_ts") or ts or None),
            agent=Agent(user["id"]),
            action=action["action_id"],
            ticket_id=ticket_id,
            sent_at=_time(at),
            remedy_id=remedy_id,
            trigger=str(raw.get("trigger_id") or ""),
            position=float(at),
        )
    if channel == desk:
        return None
    place = {"channel": channel, "ts": ts, "thread_ts": message.get("thread_ts")}
    return ButtonPress(
        external_id=external_id,
        address=_address(place),
        contact=Person(user["id"]),
        value=str(value),
        sent_at=_time(at),
        message_id=ts,
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
