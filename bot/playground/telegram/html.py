"""Telegram's `parse_mode=HTML`, as strict as the real one and with its error texts.

It works on bytes because the real parser does: a client that shows "at byte offset 13" must find
the same place. Offsets and lengths of entities count UTF-16 code units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.playground.telegram.links import LinkError, checked_link
from bot.playground.telegram.wire import ApiError, Json, bad_request

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
_REFERENCE = re.compile(rb"&(?:#x([0-9a-fA-F]*)|#([0-9]*)|([a-zA-Z]*))")
_PLAIN = re.compile(rb".[^<&]*", re.DOTALL)
_NAME = re.compile(rb"[^ \t\r\n\v>]*")
_ATTRIBUTE = re.compile(rb"[^ \t\r\n\v=]*")
_TOKEN = re.compile(rb"[A-Za-z0-9.-]*")
_SPACES = re.compile(rb"[ \t\r\n\v]*")
_AFTER_TOKEN = b" \t\r\n\v>"
_EMOJI_ID = re.compile(r"[1-9][0-9]{0,18}")
_LANGUAGE = "language-"


def parse_html(source: str) -> tuple[str, list[Json]]:
    """The visible text and its entities; raises the 400 the real server answers."""
    return _Parser(source.encode()).run()


def _refused(reason: str) -> ApiError:
    return bad_request(f"can't parse entities: {reason}")


@dataclass(frozen=True)
class _Open:
    """A start tag whose end tag has not come yet."""

    tag: str
    argument: str
    offset: int
    order: int


class _Parser:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.parts: list[str] = []
        self.offset = 0
        self.opened = 0
        self.nested: list[_Open] = []
        self.found: list[tuple[int, Json]] = []
        self.has_surrogates = False

    def run(self) -> tuple[str, list[Json]]:
        while self.at < len(self.data):
            if self.data[self.at] == ord("<"):
                self._tag()
            else:
                self._emit(self._reference() or self._take(_PLAIN).decode())
        if self.nested:
            tag = self.nested[-1].tag
            raise _refused(f'Can\'t find end tag corresponding to start tag "{tag}"')
        if self.has_surrogates:
            raise _refused(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        self.found.sort(key=lambda item: (item[1]["offset"], -item[1]["length"], item[0]))
        return "".join(self.parts), [_without_code_language(entity) for _, entity in self.found]

    def _emit(self, text: str) -> None:
        self.parts.append(text)
        self.offset += sum(2 if char > "\uffff" else 1 for char in text)

    def _take(self, pattern: re.Pattern[bytes]) -> bytes:
        match = pattern.match(self.data, self.at)
        assert match is not None  # every pattern used here also matches the empty string
        self.at = match.end()
        return match.group()

    def _peek(self) -> bytes:
        return self.data[self.at : self.at + 1]

    def _reference(self) -> str:
        """The character a reference stands for; `""`, and no step forward, for plain text."""
        match = _REFERENCE.match(self.data, self.at)
        if match is None:
            return ""
        char = _decoded(match)
        if char:
            self.has_surrogates |= "\ud800" <= char <= "\udfff"
            self.at = match.end()
            self.at += self._peek() == b";"
        return char

    def _tag(self) -> None:
        begin = self.at
        self.at += 1
        if self._peek() == b"/":
            self._end_tag(begin)
        else:
            self._start_tag(begin)
        self.at += 1  # the closing ">"

    def _start_tag(self, begin: int) -> None:
        tag = self._take(_NAME).decode().lower()
        if not self._peek():
            raise _refused(f"Unclosed start tag at byte offset {begin}")
        if tag not in _TYPES:
            raise _refused(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument = ""
        while self._peek() != b">":
            argument = self._attribute(tag, begin) or argument
        if tag == "span" and argument != "spoiler":
            raise _refused(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.opened += 1
        self.nested.append(_Open(tag, argument, self.offset, self.opened))

    def _attribute(self, tag: str, begin: int) -> str:
        """What this attribute adds to the entity; `""` for one that means nothing to Telegram."""
        self._take(_SPACES)
        if self._peek() == b">":
            return ""
        name = self._attribute_name(tag)
        if not name:
            raise _refused(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        self._take(_SPACES)
        if self._peek() != b"=":
            if tag == "blockquote" and name == "expandable":
                return name
            raise _refused(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}" '
                f"at byte offset {begin}"
            )
        self.at += 1
        self._take(_SPACES)
        if not self._peek():
            raise _refused(f'Unclosed start tag "{tag}" at byte offset {begin}')
        return _argument(tag, name, self._attribute_value(begin))

    def _attribute_name(self, tag: str) -> str:
        # "expandable" is the one attribute without a value, so only there a ">" ends the name.
        if tag == "blockquote" and self.data.startswith(b"expandable>", self.at):
            self.at += len("expandable")
            return "expandable"
        return self._take(_ATTRIBUTE).decode()

    def _attribute_value(self, begin: int) -> str:
        quote = self._peek()
        if quote not in (b'"', b"'"):
            start = self.at
            token = self._take(_TOKEN).decode().lower()
            if self._peek() and self._peek() not in _AFTER_TOKEN:
                raise _refused(f"Unexpected end of name token at byte offset {start}")
        else:
            self.at += 1
            token = self._quoted(quote)
        if not self._peek():
            raise _refused(f"Unclosed start tag at byte offset {begin}")
        return token

    def _quoted(self, quote: bytes) -> str:
        parts: list[str] = []
        literal = re.compile(b".[^&" + quote + b"]*", re.DOTALL)
        while self._peek() not in (quote, b""):
            parts.append(self._reference() or self._take(literal).decode())
        self.at += 1
        return "".join(parts)

    def _end_tag(self, begin: int) -> None:
        if not self.nested:
            raise _refused(f"Unexpected end tag at byte offset {begin}")
        self.at += 1
        tag = self._take(_NAME).decode().lower()
        self._take(_SPACES)
        if self._peek() != b">":
            raise _refused(f"Unclosed end tag at byte offset {begin}")
        opened = self.nested.pop()
        if tag and tag != opened.tag:
            raise _refused(
                f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", '
                f'found "</{tag}>"'
            )
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: Json = {
            "type": _TYPES[opened.tag],
            "offset": opened.offset,
            "length": self.offset - opened.offset,
        }
        if opened.tag == "a" and not _link(entity, opened.argument or self._text_of(entity)):
            return
        if opened.tag == "tg-emoji":
            if not _EMOJI_ID.fullmatch(opened.argument):
                raise _refused("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = opened.argument
        if opened.tag == "blockquote" and opened.argument:
            entity["type"] = "expandable_blockquote"
        if opened.tag == "code" and opened.argument:
            entity["language"] = opened.argument
        if opened.tag in ("code", "pre") and self._merge_code(entity):
            return
        self.found.append((opened.order, entity))

    def _merge_code(self, entity: Json) -> bool:
        """`<pre><code class="language-x">`, either way round, is one block with a language."""
        if not self.found:
            return False
        order, inner = self.found[-1]
        same_place = (inner["offset"], inner["length"]) == (entity["offset"], entity["length"])
        language = inner.get("language") or entity.get("language")
        if not same_place or {inner["type"], entity["type"]} != {"code", "pre"} or not language:
            return False
        self.found[-1] = (order, {**inner, "type": "pre", "language": language})
        return True

    def _text_of(self, entity: Json) -> str:
        units = "".join(self.parts).encode("utf-16-le", "surrogatepass")
        return units[2 * entity["offset"] :].decode("utf-16-le", "replace")


def _decoded(match: re.Match[bytes]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        return _NAMED.get(name, "")
    code = int(hexadecimal or b"0", 16) if hexadecimal is not None else int(decimal or b"0")
    too_long = match.end() - match.start() >= 10
    return "" if code == 0 or code >= 0x10FFFF or too_long else chr(code)


def _argument(tag: str, name: str, value: str) -> str:
    match tag, name:
        case ("a", "href") | ("tg-emoji", "emoji-id"):
            return value
        case "code", "class" if value.startswith(_LANGUAGE):
            return value.removeprefix(_LANGUAGE)
        case "span", "class" if value.startswith("tg-"):
            return value.removeprefix("tg-")
        case "blockquote", "expandable":
            return name
        case _:
            return ""


def _link(entity: Json, url: str) -> bool:
    """Put the checked address into the entity; a bad address makes plain text, not an error."""
    try:
        entity["url"] = checked_link(url)
    except LinkError:
        return False
    return True


def _without_code_language(entity: Json) -> Json:
    # Only a block has a language; `<code class="language-x">` alone loses it.
    if entity["type"] == "code":
        return {key: value for key, value in entity.items() if key != "language"}
    return entity
