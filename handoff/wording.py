"""What cards are written with: the desk's phrases, and strangers' words that mean nothing to Slack.
Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Protocol


class Words(Protocol):
    """The desk's phrases, in the desk's language."""

    def __call__(self, key: str, **values: object) -> str: ...


def escape(text: str) -> str:
    """Text that means nothing to Slack: no mention, no link, no channel alarm."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """Escaped, and without the signs that would make bold or code of a customer's words."""
    return re.sub(r"([*_~`])", "\u2060\\1\u2060", escape(text))


def at(moment: datetime) -> str:
    """A time that Slack shows in the zone of whoever looks."""
    fallback = f"{moment:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def day(moment: datetime) -> str:
    """A day that Slack writes as whoever looks does."""
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}}|{moment:%Y-%m-%d}>"


def link(url: str, label: str) -> str:
    """A link of ours in Slack; strangers' words are never one."""
    return f"<{url}|{escape(label)}>"


def short(text: str, most: int) -> str:
    """At most so many characters; what is left out shows as an ellipsis."""
    return text if len(text) <= most else text[:most] + "…"


def cut(text: str, most: int) -> str:
    """At most so many characters of escaped text; half an escape at the end goes, too."""
    return text if len(text) <= most else re.sub(r"&\w*$", "", text[: most - 1]) + "…"
