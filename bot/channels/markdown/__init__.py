"""Text for people: Markdown, and text that is not Markdown, in the form each platform shows it.

Every function is pure. Those that make messages return as many parts as the limit asks for, in
order, and none at all for text in which there is nothing to see. Markdown is CommonMark with tables
and ~~strikethrough~~: a single line break inside a paragraph is a space.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bot.channels.markdown import slack as markdown_slack
from bot.channels.markdown import telegram as markdown_telegram
from bot.channels.markdown.spans import Span, clean, read, text_of


def to_telegram(markdown: str, limit: int = 4096) -> list[str]:
    """Messages for Telegram's `parse_mode=HTML`.

    Each shows at most `limit`, and never more than 4,000, UTF-16 code units. Links go to http and
    https; other addresses are shown in brackets. HTML in the source is shown as it is typed.
    Raises ValueError for a limit under 100."""
    linkable = partial(markdown_telegram.linkable, limit)
    return markdown_telegram.messages(read(markdown, linkable), limit)


def to_slack(markdown: str, limit: int = 3000) -> list[str]:
    """Messages, or texts of section blocks, in Slack's mrkdwn.

    Each is at most `limit` UTF-16 code units with its marks and escapes. Links go to http, https,
    mailto and tel; nothing in the source can mention anybody. Raises ValueError for a limit under
    100."""
    linkable = partial(markdown_slack.linkable, limit)
    return markdown_slack.messages(read(markdown, linkable), limit)


def literal_telegram(text: str, limit: int = 4096) -> list[str]:
    """Messages for `parse_mode=HTML` that show the text exactly as it was typed; limits as for
    `to_telegram`."""
    return markdown_telegram.messages((Span(clean(text)),), limit)


def literal_slack(text: str, limit: int = 3000) -> list[str]:
    """mrkdwn texts that show the text exactly as it was typed, without mentions, disguised links,
    emoji codes or formatting; limits as for `to_slack`."""
    return markdown_slack.messages((Span(clean(text)),), limit)


def to_plain(markdown: str) -> str:
    """The Markdown as text for terminals and notifications: no marks, addresses in brackets."""
    return text_of(read(markdown, linkable=lambda href: False)).strip()


def from_slack(text: str, names: Mapping[str, str]) -> str:
    """The plain text somebody meant, from the `text` of a Slack event.

    `names` says how ids of people, channels and groups (`U1`, `C1`, `S1`) and emoji codes
    (`:wave:`) are shown; what it does not know is shown as Slack wrote it. Formatting marks stay
    as they were typed."""
    return markdown_slack.typed(text, names)
