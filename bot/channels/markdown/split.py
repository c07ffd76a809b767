"""Spans → parts which each fit a message, cut where a reader would pause."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.channels.markdown.spans import Span, Spans, text_of

SMALLEST = 100  # a link, its label and all marks around one character must fit a part

# Group 1 is the gap at which a text is cut and which is left out; the best kind comes first.
_GAPS = (
    re.compile(r"(\n[ \t]*\n)"),  # paragraphs
    re.compile(r"(\n)"),  # lines
    re.compile(r"[.!?…][\"'”’»)\]]*([ \t]+)"),  # sentences
    re.compile(r"([ \t]+)"),  # words
)
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)*")
_ZERO_WIDTH_JOINER = "\u200d"
_LONGEST_GRAPHEME = 32
_LONGEST_GAP = 64


def units(text: str) -> int:
    """The length in UTF-16 code units, as the platforms count."""
    return len(text) + sum(char > "\uffff" for char in text)


def split(spans: Spans, limit: int, fits: Callable[[Spans], bool]) -> Iterator[Spans]:
    """Parts for which `fits` holds, without blank edges and none of them empty to the eye.

    Every character must count for at least one of `limit`. Raises ValueError for a limit too
    small to hold anything."""
    if limit < SMALLEST:
        raise ValueError(f"limit is {limit}: a message part needs at least {SMALLEST} characters.")
    while (spans := _trimmed(spans)) and _is_visible(spans):
        if len(text_of(spans)) <= limit and fits(spans):
            yield spans
            return
        text = text_of(spans)
        end, following = _cut(text, _longest(spans, min(len(text), limit), fits))
        head = _trimmed(_slice(spans, 0, end))
        if _is_visible(head):
            yield head
        spans = _slice(spans, following, len(text))


def _longest(spans: Spans, most: int, fits: Callable[[Spans], bool]) -> int:
    """How many characters of the beginning fit: at least one."""
    low, high = 1, most
    while low < high:
        middle = (low + high + 1) // 2
        if fits(_slice(spans, 0, middle)):
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: str, longest: int) -> tuple[int, int]:
    """Where the part ends, and where the next one begins.

    A gap in the first half is no good: it would leave a needlessly small part."""
    for gap in _GAPS:
        best: tuple[int, int] | None = None
        for found in gap.finditer(text, longest // 2, longest + _LONGEST_GAP):
            if found.start(1) > longest:
                break
            best = found.span(1)
        if best and best[0] > 0:
            return best
    end = next(
        (at for at in range(longest, max(0, longest - _LONGEST_GRAPHEME), -1) if _apart(text, at)),
        longest,
    )
    return end, end


def _apart(text: str, at: int) -> bool:
    """Whether the characters before and after `at` belong to different letters, flags, emoji."""
    if at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if before == _ZERO_WIDTH_JOINER or _continues(after):
        return False
    if not _is_flag_half(after):
        return True
    start = at
    while start > 0 and _is_flag_half(text[start - 1]):
        start -= 1
    return (at - start) % 2 == 0


def _continues(char: str) -> bool:
    return (
        unicodedata.category(char).startswith("M")
        or char == _ZERO_WIDTH_JOINER
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # the flags of Scotland, Wales…
        or "\u1160" <= char <= "\u11ff"  # vowels and ends of Korean syllables
    )


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _slice(spans: Spans, start: int, end: int) -> Spans:
    """The characters from `start` to `end`, styled as they were."""
    kept: list[Span] = []
    at = 0
    for span in spans:
        text = span.text[max(0, start - at) : max(0, end - at)]
        if text:
            kept.append(replace(span, text=text))
        at += len(span.text)
    return tuple(kept)


def _trimmed(spans: Spans) -> Spans:
    """Without blank lines before and without any white space after; a first indent stays."""
    text = text_of(spans)
    blank = _BLANK_LINES.match(text)
    start, end = blank.end() if blank else 0, len(text.rstrip())
    return spans if (start, end) == (0, len(text)) else _slice(spans, start, end)


def _is_visible(spans: Spans) -> bool:
    # Telegram refuses a message of nothing but joiners and spaces as empty.
    categories = (unicodedata.category(char) for char in text_of(spans))
    return any(category[0] != "Z" and category not in ("Cc", "Cf") for category in categories)
