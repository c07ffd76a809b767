"""Markdown → spans: runs of visible text, each with one style. What all channels render from.

The text of the spans is exactly what a reader sees, block structure included (bullets, numbers,
line breaks), so whoever splits or counts it need not know Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token

from bot.channels.markdown.table import aligned

INDENT = "    "  # chat fonts are proportional: less would not be seen


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of text looks. `pre` is a block of code or a table; `href` is a link's target."""

    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    pre: bool = False
    quote: bool = False
    href: str = ""


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Span:
    """A run of visible text in one style."""

    text: str
    style: Style = PLAIN


Spans = tuple[Span, ...]
Linkable = Callable[[str], bool]

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_INLINE: dict[str, Callable[[Style], Style]] = {
    "strong_open": lambda style: replace(style, bold=True),
    "em_open": lambda style: replace(style, italic=True),
    "s_open": lambda style: replace(style, strike=True),
}
_NEWLINES = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """The text with one kind of line break, without control characters and lone surrogates,
    which no platform shows and which some answer with an error."""
    text = _CONTROLS.sub("", _NEWLINES.sub("\n", text))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def text_of(spans: Iterable[Span]) -> str:
    """What a reader sees."""
    return "".join(span.text for span in spans)


def read(markdown: str, linkable: Linkable) -> Spans:
    """The Markdown as spans. Links for which `linkable(href)` is false become `label (address)`."""
    source = clean(markdown)
    tokens = _MARKDOWN.parse(source)
    # Deeper than this the parser drops text; such a source is shown as it is rather than in part.
    deepest = _MARKDOWN.options.maxNesting - 1
    if any(token.level >= deepest for token in tokens):
        return (Span(source),)
    return tuple(_Reader(linkable).blocks(tokens, PLAIN, "\n\n"))


def _nodes(tokens: Sequence[Token]) -> Iterator[tuple[Token, Sequence[Token]]]:
    """The blocks of one level: the token each begins with, and what is inside it."""
    start = depth = 0
    for at, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[start], tokens[start + 1 : at]
            start = at + 1


@dataclass(frozen=True, slots=True)
class _Reader:
    linkable: Linkable

    def blocks(self, tokens: Sequence[Token], style: Style, gap: str) -> list[Span]:
        spans: list[Span] = []
        for token, inner in _nodes(tokens):
            block = self._block(token, inner, style)
            if spans and block:
                spans.append(Span(gap, style))
            spans += block
        return spans

    def _block(self, token: Token, inner: Sequence[Token], style: Style) -> list[Span]:
        match token.type:
            case "paragraph_open":
                return self._inline(inner[0], style)
            case "heading_open":
                return self._inline(inner[0], replace(style, bold=True))
            case "bullet_list_open" | "ordered_list_open":
                return self._list(token, inner, style)
            case "blockquote_open":
                return self.blocks(inner, replace(style, quote=True), "\n\n")
            case "fence" | "code_block" if code := token.content.rstrip("\n"):
                return [Span(code, Style(pre=True))]
            case "table_open":
                return [Span(self._table(inner), Style(pre=True))]
            case "hr":
                return [Span("———", style)]
        return []

    def _list(self, token: Token, inner: Sequence[Token], style: Style) -> list[Span]:
        items = [blocks for _, blocks in _nodes(inner)]
        tight = all(first.hidden for first in inner if first.type == "paragraph_open")
        gap = "\n" if tight else "\n\n"
        ordered = token.type == "ordered_list_open"
        spans: list[Span] = []
        for number, blocks in enumerate(items, int(token.attrs.get("start", 1))):
            marker = f"{number}. " if ordered else "• "
            spans += [Span(gap, style)] if spans else []
            spans += [Span(marker, style), *_indented(self.blocks(blocks, style, gap))]
        return spans

    def _table(self, tokens: Sequence[Token]) -> str:
        cells_only = _Reader(linkable=lambda _: False)  # there are no links in a block of code
        rows: list[list[str]] = []
        sides: list[str] = []
        for at, token in enumerate(tokens):
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                rows[-1].append(text_of(cells_only._inline(tokens[at + 1], PLAIN)))
                if token.type == "th_open":
                    sides.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
        return aligned(rows, sides)

    def _inline(self, token: Token, style: Style) -> list[Span]:
        spans: list[Span] = []
        styles = [style]
        link: tuple[int, str] = (0, "")
        for child in token.children or ():
            if restyled := _INLINE.get(child.type):
                styles.append(restyled(styles[-1]))
            elif child.type == "link_open":
                link = (len(spans), str(child.attrs["href"]))
            elif child.type == "link_close":
                start, href = link
                spans[start:] = self._link(spans[start:], href, styles[-1])
            elif child.nesting < 0:
                styles.pop()
            else:
                spans += self._leaf(child, styles[-1])
        return spans

    def _leaf(self, token: Token, style: Style) -> list[Span]:
        match token.type:
            case "softbreak":
                return [Span(" ", style)]
            case "hardbreak":
                return [Span("\n", style)]
            case "code_inline":
                return [Span(token.content, replace(style, code=True))]
            case "image":
                # An image inside a link keeps its own address in view only if it has no words.
                label = text_of(self._inline(token, PLAIN))
                return self._link([Span(label, style)], str(token.attrs["src"]), style)
        return [Span(token.content, style)] if token.content else []

    def _link(self, label: list[Span], href: str, style: Style) -> list[Span]:
        address = href.removeprefix("mailto:").removeprefix("tel:")
        shown = text_of(label).strip()
        label = label if shown else [Span(address, style)]
        if self.linkable(href):
            return [Span(span.text, replace(span.style, href=href)) for span in label]
        if not shown or address in ("", shown, normalizeLink(shown)):
            return label
        return [*label, Span(f" ({address})", style)]


def _indented(spans: list[Span]) -> Iterator[Span]:
    """A list item's blocks with every line after the first moved in; code stays at the margin."""
    for at, span in enumerate(spans):
        if span.style.pre:
            yield span
            continue
        text = re.sub(r"\n(?!\n)", "\n" + INDENT, span.text)
        before_code = at + 1 < len(spans) and spans[at + 1].style.pre
        yield replace(span, text=text.rstrip(" ") if before_code else text)
