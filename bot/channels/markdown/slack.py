"""Spans → Slack's mrkdwn, and what people typed in Slack → plain text.

mrkdwn has no way to escape `*`, `_`, `~` and backticks. It formats only what stands at a word
border, so two characters nobody sees do the work: a word joiner takes a border away where the
text is literal, a zero-width space makes one where formatting begins or ends inside a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from urllib.parse import urlsplit

from bot.channels.markdown.spans import Span, Spans, text_of
from bot.channels.markdown.split import split, units

JOINER = "\u2060"
BORDER = "\u200b"
MARGIN = 16  # a shorter beginning may need a few marks more than a longer one: a fence, a joiner

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_URL_ESCAPES = str.maketrans({"&": "&amp;", "<": "%3C", ">": "%3E", "|": "%7C", " ": "%20"})
_MARKS = {"bold": "*", "italic": "_", "strike": "~"}
_SPECIAL = re.compile(
    r"(?P<address>https?://[^\s<>`]+)"
    r"|(?P<mention>@(?=(?:here|channel|everyone|group)\b))"
    r"|(?P<emoji>:(?=[\w'+-]{1,100}:)(?=[^a-z:]*[a-z]|100:|1234:|[+-]1:))"
    r"|(?P<marks>[*_~`＊＿｀]+)"
)
_ENTITY = re.compile("&(?:amp|lt|gt);")
_SIGNS = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_TYPED = re.compile(r"<(?P<token>[^<>]*)>|(?P<entity>&(?:amp|lt|gt);)|(?P<emoji>:[^\s:<>&]+:)")
_OPENS_AFTER = " \n("
_CLOSES_BEFORE = " \n.,:;!?)"


def messages(spans: Spans, limit: int) -> list[str]:
    """The spans as mrkdwn texts, each at most `limit` UTF-16 code units with all its escapes; an
    empty list if there is nothing to see."""
    parts = split(spans, limit, lambda part: units(render(part)) <= limit - MARGIN)
    return [render(part) for part in parts]


def linkable(limit: int, href: str) -> bool:
    """Whether it is an address people may be sent to, and leaves room for its label."""
    try:
        scheme = urlsplit(href).scheme
    except ValueError:  # for instance a bracket in the host
        return False
    return scheme in ("http", "https", "mailto", "tel") and units(href) <= limit // 2 - MARGIN


def render(spans: Sequence[Span]) -> str:
    """mrkdwn for one message, of whatever length."""
    groups = groupby(spans, key=lambda span: span.style.pre)
    return "".join(_fenced(group) if pre else _lines(list(group)) for pre, group in groups)


def _fenced(spans: Iterable[Span]) -> str:
    code = re.sub("`(?=``)", "`" + JOINER, text_of(spans))
    return f"```\n{code.translate(_ESCAPES)}\n```"


def _lines(spans: Iterable[Span]) -> str:
    # Neither a mark nor a quotation reaches beyond its line.
    lines: list[list[Span]] = [[]]
    for span in spans:
        first, *rest = (replace(span, text=text) for text in span.text.split("\n"))
        lines[-1].append(first)
        lines += [[each] for each in rest]
    return "\n".join(map(_line, lines))


def _line(spans: Sequence[Span]) -> str:
    text = _marked([span for span in spans if span.text], tuple(_MARKS))
    if any(span.style.quote for span in spans):
        return "> " + text
    return JOINER + text if text.startswith(("&gt;", "＞")) else text


def _marked(spans: Sequence[Span], layers: Sequence[str]) -> str:
    if not layers:
        leaves = groupby(spans, key=lambda span: (span.style.href, span.style.code))
        return _bordered(_leaf(text_of(group), *look) for look, group in leaves)
    layer, *inner = layers
    groups = groupby(spans, key=lambda span: _MARKS[layer] if getattr(span.style, layer) else "")
    return _bordered(_hugged(_marked(list(group), inner), mark, mark) for mark, group in groups)


def _bordered(pieces: Iterable[str]) -> str:
    """The pieces as one text, with a word border wherever formatting begins or ends."""
    text = ""
    for piece in filter(None, pieces):
        if text and text[-1] not in _OPENS_AFTER and piece[0] not in _CLOSES_BEFORE:
            text += BORDER
        text += piece
    return text


def _hugged(text: str, opening: str, closing: str) -> str:
    """The text between marks, which do nothing unless they touch what is not white space."""
    core = text.strip()
    return text.replace(core, f"{opening}{core}{closing}", 1) if core else text


def _leaf(text: str, href: str, code: bool) -> str:
    if href:
        label = _inert(text).replace("|", "¦")
        return _hugged(label, f"<{href.translate(_URL_ESCAPES)}|", ">")
    if code and "`" not in text:
        return _hugged(text.translate(_ESCAPES), "`", "`")
    return _inert(text)


def _inert(text: str) -> str:
    """Text which Slack shows as it is: no mention, link, emoji or formatting."""
    return _SPECIAL.sub(_joined, text).translate(_ESCAPES)


def _joined(found: re.Match[str]) -> str:
    chars = found[0]
    if found.lastgroup == "address":
        return chars  # a joiner in it would lead elsewhere
    if found.lastgroup != "marks":
        return chars + JOINER
    text, start, end = found.string, *found.span()
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if len(chars) == 1 and before.isspace() and after.isspace():
        return chars
    # Inside a word, as in snake_case, all but backticks are harmless.
    left = "" if before.isalnum() and "`" not in chars else JOINER
    right = "" if after.isalnum() and "`" not in chars else JOINER
    return left + JOINER.join(chars) + right


def typed(text: str, names: Mapping[str, str]) -> str:
    """What a person meant by `text` of an event; see `markdown.from_slack`."""
    return _TYPED.sub(lambda found: _meant(found, names), text)


def _meant(found: re.Match[str], names: Mapping[str, str]) -> str:
    match found.lastgroup:
        case "entity":
            return _SIGNS[found[0]]
        case "emoji":
            return names.get(found[0], found[0])
    target, _, label = (_ENTITY.sub(lambda sign: _SIGNS[sign[0]], found["token"])).partition("|")
    match target[:1]:
        case "@":
            return "@" + (names.get(target[1:]) or label or target[1:]).removeprefix("@")
        case "#":
            return "#" + (label or names.get(target[1:]) or target[1:]).removeprefix("#")
        case "!":
            return _command(target[1:].split("^"), label, names)
    return _address(target, label)


def _command(words: list[str], label: str, names: Mapping[str, str]) -> str:
    if words[0] == "date":
        return label or words[-1]
    return "@" + (label or names.get(words[-1]) or words[-1]).removeprefix("@")


def _address(target: str, label: str) -> str:
    """An address as it was typed, with or without its scheme; a link with words keeps both."""
    if ":" not in target:
        return f"<{target}>"
    shown = target.removeprefix("mailto:").removeprefix("tel:")
    bare = re.sub("^https?://", "", shown).rstrip("/")
    if not label or label.rstrip("/") in (bare, shown.rstrip("/"), target):
        return label or shown
    return f"{label} ({shown})"
