"""Who calls the bot on the desk: told from plain talk, and answered once although Slack tells of it
twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.channels.slack_parse import parse
from bot.domain import DeskMessage

DESK, US = "C0DESK", "U0BOT"


def told(text: str, kind: str = "message", **event: Any) -> DeskMessage:
    """What Slack tells of a message of Maria's in the desk channel."""
    raw: Mapping[str, Any] = {
        "type": "event_callback",
        "authorizations": [{"user_id": US, "is_bot": True}],
        "event": {
            "type": kind, "channel": DESK, "channel_type": "channel", "user": "U1", "text": text,
            "ts": "1700000000.000100", "event_ts": "1700000000.000100", **event,
        },
    }  # fmt: skip
    found = parse(raw, DESK)
    assert isinstance(found, DeskMessage)
    return found


@pytest.mark.parametrize("mention", ["<@U0BOT>", "<@U0BOT|frontdesk>"])
def test_a_mention_calls_us(mention: str) -> None:
    """However Slack writes it; the words are what is left."""
    message = told(f"{mention} queue")
    assert message.addressed and message.text == "queue"


@pytest.mark.parametrize("text", ["queue", "@Frontdesk queue", "<@U0BOT2> queue", "&lt;@U0BOT&gt;"])
def test_talk_among_colleagues_does_not(text: str) -> None:
    """Neither does another's mention, nor one that was only typed."""
    assert not told(text).addressed


def test_both_events_of_a_mention_are_one() -> None:
    """They bear one id, so that the inbox keeps the first alone."""
    first, second = told("<@U0BOT> queue"), told("<@U0BOT> queue", "app_mention")
    assert first == second and second.addressed


def test_in_a_thread_it_is_told_as_such() -> None:
    """It is the desk that makes nothing of it there."""
    message = told("<@U0BOT> hello", thread_ts="1699999999.000100")
    assert message.addressed and message.address.thread_id == "1699999999.000100"
