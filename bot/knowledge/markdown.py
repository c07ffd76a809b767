"""What a Markdown text holds: its links, and what chats cannot show."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile

from markdown_it import MarkdownIt
from markdown_it.token import Token

_UNFIT = {
    "heading_open": ("a heading", "write a short line in **bold** instead"),
    "table_open": ("a table", "write a list instead"),
    "image": ("a picture", "link to it: [see the picture](https://…)"),
    "html_block": ("HTML", "use Markdown: **bold**, lists, [links](https://…)"),
    "html_inline": ("HTML", "use Markdown: **bold**, lists, [links](https://…)"),
}
_BREAKS = ("softbreak", "hardbreak")


def links(text: str) -> list[tuple[int, str]]:
    """(line, address) of every link and picture, lines counted from 0."""
    found = []
    for line, token in _tokens(text):
        address = token.attrs.get("href") or token.attrs.get("src")
        if token.type in ("link_open", "image"):
            found.append((line, str(address or "")))
    return found


def unfit(text: str) -> list[tuple[int, str, str]]:
    """(line, what, what to do) of everything chats show badly or not at all."""
    return [(line, *_UNFIT[token.type]) for line, token in _tokens(text) if token.type in _UNFIT]


def passages(text: str) -> list[tuple[int, str]]:
    """(line, words) of every paragraph and list entry as a customer sees it, without code; lines
    counted from 0, the words of a link in its place, line ends kept."""
    return [(line, _seen(block)) for line, block in _tokens(text) if block.type == "inline"]


def labelled_links(text: str) -> list[tuple[int, str, str]]:
    """(line, words, address) of every link that has its own words; lines counted from 0."""
    found = []
    for line, block in _tokens(text):
        children = block.children or []
        for n, token in enumerate(children):
            if token.type == "link_open" and token.markup != "autolink":
                inside = takewhile(lambda other: other.type != "link_close", children[n + 1 :])
                at = line + sum(child.type in _BREAKS for child in children[:n])
                words = "".join(child.content for child in inside)
                found.append((at, words, str(token.attrs.get("href") or "")))
    return found


def _seen(block: Token) -> str:
    children = block.children or ()
    return "".join(
        "\n" if token.type in _BREAKS else token.content
        for token in children
        if token.type == "text" or token.type in _BREAKS
    )


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    # Links of every kind must be seen here in order to be refused.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


@lru_cache(maxsize=4)  # several questions about one text follow each other
def _parsed(text: str) -> list[Token]:
    return _parser().parse(text)


def _tokens(text: str) -> Iterator[tuple[int, Token]]:
    for block in _parsed(text):
        line = block.map[0] if block.map else 0
        yield line, block
        for token in block.children or ():
            yield line, token
            line += token.type in _BREAKS
