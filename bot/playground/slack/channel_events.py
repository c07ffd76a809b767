"""The events about channels and about the app itself: renamed, archived, left, token revoked."""

from __future__ import annotations

from bot.playground.slack.values import BOT_USER_ID, Channel, Json


def renamed(channel: Channel, ts: str) -> Json:
    """The channel has another name; its id stays."""
    told = {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": channel.created,
        "is_channel": channel.kind == "channel",
    }
    return {"type": f"{channel.kind}_rename", "channel": told, "event_ts": ts}


def archived(channel: Channel, ts: str, by: str) -> Json:
    """Nobody can write there any more, or again."""
    what = "archive" if channel.archived else "unarchive"
    return {"type": f"{channel.kind}_{what}", "channel": channel.id, "user": by, "event_ts": ts}


def left(channel: Channel, user: str, team: str, ts: str) -> Json:
    """Somebody is no member any more; where it is the bot itself the event is another."""
    if user == BOT_USER_ID:
        gone = {"type": f"{channel.kind}_left", "channel": channel.id}
        return gone | {"actor_id": user, "event_ts": ts}
    return {
        "type": "member_left_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": channel.id[0],
        "team": team,
        "event_ts": ts,
    }


def tokens_revoked(ts: str) -> Json:
    """The bot's token is worth nothing any more."""
    return {
        "type": "tokens_revoked",
        "tokens": {"oauth": [], "bot": [BOT_USER_ID]},
        "event_ts": ts,
    }
