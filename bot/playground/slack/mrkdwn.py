"""Slack's mrkdwn as HTML that is safe to put into a page: everything is escaped first."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.playground.slack.values import Json

_CODE = re.compile(r"(?<![\w\u2060`])(?:```\n?(.*?)\n?```|`([^`\n]+)`)(?![\w\u2060`])", re.S)
_REFERENCE = re.compile(r"<([^<>\n|]+)(?:\|([^<>\n]*))?>")
_DATE = re.compile(r"!date\^(\d{1,11})\^([^^]+)(?:\^.*)?")
# A style begins and ends at a word's border; a word joiner (U+2060) takes that border away.
_STYLES = (
    (
        re.compile(r"(?<![\w\u2060*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w\u2060*])"),
        r"<strong>\1</strong>",
    ),
    (re.compile(r"(?<![\w\u2060_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w\u2060_])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w\u2060~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w\u2060~])"), r"<s>\1</s>"),
)
_QUOTE = re.compile(r"^(?:&gt; ?)(.*)$", re.M)


def to_html(text: str, names: Mapping[str, str] | None = None) -> str:
    """mrkdwn as HTML. `names` maps user and channel ids to what people call them.

    Only links, times, line breaks and the few styles Slack knows come out as tags; only http,
    https and mailto links stay links. A time carries its Unix time and Slack's pattern, for the
    page to write it in the reader's zone."""
    kept: list[str] = []

    def keep(markup: str) -> str:
        # Private-use characters cannot be typed into a style or a link by the text itself.
        kept.append(markup)
        return f"\ue000{len(kept) - 1}\ue001"

    text = re.sub("[\ue000\ue001]", "", text)
    text = _CODE.sub(lambda found: keep(_code(found)), text)
    text = _REFERENCE.sub(lambda found: keep(_reference(found, names or {})), text)
    text = _escaped(text)
    for pattern, replacement in _STYLES:
        text = pattern.sub(replacement, text)
    text = _QUOTE.sub(r"<blockquote>\1</blockquote>", text).replace("\n", "<br>")
    return re.sub("\ue000(\\d+)\ue001", lambda found: kept[int(found[1])], text)


def _escaped(text: str) -> str:
    """Slack's text carries `&amp; &lt; &gt;` already; anything else is still raw."""
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return html.escape(text)


def _code(found: re.Match[str]) -> str:
    block, inline = found.groups()
    if block is not None:
        return f"<pre>{_escaped(block)}</pre>"
    return f"<code>{_escaped(inline)}</code>"


def _reference(found: re.Match[str], names: Mapping[str, str]) -> str:
    target, label = found[1], found[2]
    if target[0] in "@#":
        name = label or names.get(target[1:], target[1:])
        return f'<span class="mention">{target[0]}{_escaped(name)}</span>'
    if date := _DATE.fullmatch(target):
        pattern = _escaped(date[2])
        return (
            f'<time data-unix="{date[1]}" data-pattern="{pattern}">{_escaped(label or "")}</time>'
        )
    if target[0] == "!":
        return f'<span class="mention">@{_escaped(label or target[1:].split("^")[0])}</span>'
    shown = _escaped(label or target.removeprefix("mailto:"))
    if not re.match(r"(https?://|mailto:)", target):
        return _escaped(found[0])
    return f'<a href="{_escaped(target)}" rel="noopener noreferrer" target="_blank">{shown}</a>'


def blocks_with_html(blocks: Any, render: Callable[[str], str]) -> Any:
    """A copy of the blocks in which every text object also has its `html`."""
    if isinstance(blocks, (list, tuple)):
        return [blocks_with_html(each, render) for each in blocks]
    if not isinstance(blocks, dict):
        return blocks
    copy: Json = {key: blocks_with_html(each, render) for key, each in blocks.items()}
    if isinstance(text := copy.get("text"), str):
        plain = copy.get("type") == "plain_text"
        copy["html"] = _escaped(text).replace("\n", "<br>") if plain else render(text)
    return copy
