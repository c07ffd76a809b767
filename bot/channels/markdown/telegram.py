"""Spans → Telegram's HTML. Tags come from styles alone, so they are always closed and nested."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from urllib.parse import urlsplit

from bot.channels.markdown.spans import Span, Spans, Style, text_of
from bot.channels.markdown.split import split, units

TARGET = 4000  # 4,096 is the official limit; messages close to it have been refused
MOST_ENTITIES = 100  # Telegram drops the formatting, links included, of what comes after

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_LAYERS = ("quote", "pre", "href", "bold", "italic", "strike", "code")  # from the outside in
_TAGS = {
    "quote": "blockquote",
    "pre": "pre",
    "bold": "b",
    "italic": "i",
    "strike": "s",
    "code": "code",
}


def messages(spans: Spans, limit: int) -> list[str]:
    """The spans as texts for `parse_mode=HTML`, each at most `limit` UTF-16 code units to the
    reader; an empty list if there is nothing to see."""
    target = min(limit, TARGET)

    def fits(part: Spans) -> bool:
        return units(text_of(part)) <= target and render(part).count("</") <= MOST_ENTITIES

    return [render(part) for part in split(spans, target, fits)]


def linkable(limit: int, href: str) -> bool:
    """Whether Telegram makes a link of it. It does not of mailto:, tel: and names without a dot,
    so those are better shown: the apps find e-mail addresses and telephone numbers by themselves.
    """
    try:
        url = urlsplit(href)
        host = url.hostname or ""
    except ValueError:  # for instance a bracket in the host
        return False
    return url.scheme in ("http", "https") and "." in host and units(href) <= limit // 2


def render(spans: Sequence[Span]) -> str:
    """Telegram HTML for one message, of whatever length."""
    return _layer([Span(span.text, _allowed(span.style)) for span in spans], _LAYERS)


def _allowed(style: Style) -> Style:
    """Telegram allows nothing inside code, nor code inside a link."""
    if style.pre:
        return Style(pre=True)
    if style.code and not style.href:
        return Style(code=True, quote=style.quote)
    return Style(style.bold, style.italic, style.strike, quote=style.quote, href=style.href)


def _layer(spans: Sequence[Span], layers: Sequence[str]) -> str:
    if not layers:
        return text_of(spans).translate(_ESCAPES)
    layer, *inner = layers
    groups = groupby(spans, key=lambda span: getattr(span.style, layer))
    return "".join(_tagged(layer, value, _layer(list(group), inner)) for value, group in groups)


def _tagged(layer: str, value: str | bool, html: str) -> str:
    if not value:
        return html
    if layer == "href":
        return f'<a href="{str(value).translate(_ESCAPES)}">{html}</a>'
    return f"<{_TAGS[layer]}>{html}</{_TAGS[layer]}>"
