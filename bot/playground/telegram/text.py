"""Text with entities: made from a request, from what a customer types, and turned into safe HTML.

Offsets and lengths count UTF-16 code units, as everywhere in the Bot API.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.playground.telegram.html import parse_html
from bot.playground.telegram.links import LinkError, checked_link
from bot.playground.telegram.wire import Json, Params, bad_request

MAX_ENTITIES = 100
_TOP_DOMAINS = "app|at|ch|com|de|dev|eu|info|io|me|net|org|ru|shop|uk"
_DETECTED = {
    "bot_command": re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?\b"),
    "email": re.compile(r"\b[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}\b"),
    "url": re.compile(
        rf"https?://[^\s<>\"]+[^\s<>\".,;:!?)]|\b(?<!@)(?:[\w-]+\.)+(?:{_TOP_DOMAINS})\b(?:/\S*)?",
        re.IGNORECASE,
    ),
    "mention": re.compile(r"(?<![\w@])@[A-Za-z0-9_]{3,32}\b"),
    "hashtag": re.compile(r"(?<![\w#])#\w*[^\W\d]\w*"),
}
_STYLES = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}


@dataclass(frozen=True)
class Formatted:
    """What everybody sees of a text: its characters and the entities over them."""

    text: str
    entities: tuple[Json, ...] = ()

    def wire(self, text: str, entities: str) -> Json:
        """The fields of a Message that carry it, under the given names."""
        if not self.text:
            return {}
        shown: Json = {text: self.text}
        return shown | {entities: list(self.entities)} if self.entities else shown


def utf16_length(text: str) -> int:
    """How long Telegram says the text is."""
    return len(text.encode("utf-16-le")) // 2


def typed(text: str) -> Formatted:
    """A text as a customer's app sends it: commands, links and the like become entities."""
    return _finished(text, [])


def requested(params: Params, name: str, entities: str, limit: int) -> Formatted:
    """The text of a request after entity parsing; 400 when it is malformed or over the limit."""
    source = params.text(name)
    mode = params.text("parse_mode").lower()
    if mode == "html":
        formatted = _finished(*parse_html(source))
    elif mode in ("markdown", "markdownv2"):
        raise bad_request("parse_mode Markdown is not supported by the Telegram stand-in; use HTML")
    elif mode:
        raise bad_request("unsupported parse_mode")
    else:
        formatted = _finished(source, _given_entities(params, entities, source))
    if utf16_length(formatted.text) > limit:
        raise bad_request("message caption is too long" if name == "caption" else _TOO_LONG)
    return formatted


_TOO_LONG = "message is too long"


def _given_entities(params: Params, name: str, text: str) -> list[Json]:
    given = params.json(name, "message entities") or []
    if not isinstance(given, list):
        raise bad_request("can't parse entities: Expected an Array")
    size = utf16_length(text)
    return [_checked_entity(entity, size) for entity in given]


def _checked_entity(entity: Any, size: int) -> Json:
    match entity:
        case {"type": str(), "offset": int(offset), "length": int(length)}:
            pass
        case _:
            raise bad_request("can't parse MessageEntity: type, offset and length are required")
    if offset < 0 or length <= 0:
        raise bad_request("receive an entity with incorrect offset or length")
    if offset + length > size:
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at "
            f"UTF-16 offset {size}"
        )
    if entity["type"] != "text_link":
        return dict(entity)
    try:
        return {**entity, "url": checked_link(str(entity.get("url", "")))}
    except LinkError as error:
        raise bad_request(f"entity URL '{entity.get('url', '')}' is invalid: {error}") from None


def _finished(text: str, entities: Sequence[Json]) -> Formatted:
    """Trimmed, cleaned, at most a hundred entities: what the server keeps of any text."""
    units = text.encode("utf-16-le")
    start = utf16_length(text) - utf16_length(text.lstrip())
    stripped = text.strip()
    end = start + utf16_length(stripped)
    kept = [clipped for entity in entities if (clipped := _clip(entity, start, end))]
    fixed = [e for e in kept if not _is_blank(units, e, start) and not _is_in_code(e, kept)]
    found = sorted([*fixed, *_detected(stripped, fixed)], key=lambda e: (e["offset"], -e["length"]))
    return Formatted(stripped, tuple(found[:MAX_ENTITIES]))


def _clip(entity: Json, start: int, end: int) -> Json | None:
    first = max(entity["offset"], start)
    last = min(entity["offset"] + entity["length"], end)
    return {**entity, "offset": first - start, "length": last - first} if last > first else None


def _is_blank(units: bytes, entity: Json, start: int) -> bool:
    first = 2 * (entity["offset"] + start)
    covered = units[first : first + 2 * entity["length"]].decode("utf-16-le", "replace")
    return not covered.strip()


def _is_in_code(entity: Json, others: Sequence[Json]) -> bool:
    return any(
        other["type"] in ("code", "pre") and other is not entity and _overlap(entity, other)
        for other in others
        if entity["type"] not in ("code", "pre", "blockquote", "expandable_blockquote")
    )


def _overlap(one: Json, other: Json) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"]
        and other["offset"] < one["offset"] + one["length"]
    )


def _detected(text: str, present: Sequence[Json]) -> list[Json]:
    closed = [e for e in present if e["type"] in ("code", "pre", "text_link", "text_mention")]
    found: list[Json] = []
    for kind, pattern in _DETECTED.items():
        for match in pattern.finditer(text):
            offset = utf16_length(text[: match.start()])
            entity = {"type": kind, "offset": offset, "length": utf16_length(match.group())}
            if not any(_overlap(entity, other) for other in [*closed, *found]):
                found.append(entity)
    return found


def to_html(text: str, entities: Sequence[Json]) -> str:
    """The text as HTML that is safe to put on a page: escaped, and links only to web addresses."""
    return _Page(text).render(0, utf16_length(text), _nested(entities))


def _nested(entities: Sequence[Json]) -> list[Json]:
    """Entities in page order, those that only partly overlap an earlier one cut at its end."""
    waiting = sorted(entities, key=lambda e: (e["offset"], -e["length"]))
    done: list[Json] = []
    while waiting:
        entity = waiting.pop(0)
        end = entity["offset"] + entity["length"]
        ends = [e["offset"] + e["length"] for e in done if e["offset"] <= entity["offset"]]
        cut = min((e for e in ends if entity["offset"] < e < end), default=end)
        done.append({**entity, "length": cut - entity["offset"]})
        if cut < end:
            waiting.append({**entity, "offset": cut, "length": end - cut})
            waiting.sort(key=lambda e: (e["offset"], -e["length"]))
    return done


@dataclass(frozen=True)
class _Page:
    text: str

    def render(self, start: int, end: int, entities: Sequence[Json]) -> str:
        return "".join(self._pieces(start, end, entities))

    def _pieces(self, start: int, end: int, entities: Sequence[Json]) -> Iterator[str]:
        at, rest = start, list(entities)
        while rest:
            entity = rest.pop(0)
            first, last = entity["offset"], entity["offset"] + entity["length"]
            inside = [e for e in rest if e["offset"] < last]
            rest = rest[len(inside) :]
            yield html.escape(self._slice(at, first))
            yield _element(entity, self._slice(first, last), self.render(first, last, inside))
            at = last
        yield html.escape(self._slice(at, end))

    def _slice(self, start: int, end: int) -> str:
        return self.text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le", "replace")


def _element(entity: Json, covered: str, inner: str) -> str:
    kind = entity["type"]
    if tag := _STYLES.get(kind):
        return f"<{tag}>{inner}</{tag}>"
    if kind in _ELEMENTS:
        return _ELEMENTS[kind](entity, covered, inner)
    return inner


def _anchor(address: str, inner: str) -> str:
    if not address.startswith(("http://", "https://", "mailto:", "tg:")):
        return inner
    return f'<a href="{html.escape(address)}">{inner}</a>'


def _url(covered: str) -> str:
    return covered if "://" in covered else f"http://{covered}"


def _block(entity: Json, inner: str) -> str:
    language = entity.get("language")
    if not language:
        return f"<pre>{inner}</pre>"
    return f'<pre><code class="language-{html.escape(language)}">{inner}</code></pre>'


_ELEMENTS: dict[str, Callable[[Json, str, str], str]] = {
    "pre": lambda entity, covered, inner: _block(entity, inner),
    "spoiler": lambda entity, covered, inner: f'<span class="tg-spoiler">{inner}</span>',
    "text_link": lambda entity, covered, inner: _anchor(entity["url"], inner),
    "url": lambda entity, covered, inner: _anchor(_url(covered), inner),
    "email": lambda entity, covered, inner: _anchor(f"mailto:{covered}", inner),
}
