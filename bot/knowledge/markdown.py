"""What a Markdown text holds: its links, and what chats cannot show."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

_UNFIT = {
    "heading_open": ("a heading", "write a short line in **bold** instead"),
    "table_open": ("a table", "write a list instead"),
    "image": ("a picture", "link to it: [see the picture](https://…)"),
    "html_block": ("HTML", "use Markdown: **bold**, lists, [links](https://…)"),
    "html_inline": ("HTML", "use Markdown: **bold**, lists, [links](https://…)"),
}


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


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    # Links of every kind must be seen here in order to be refused.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


def _tokens(text: str) -> Iterator[tuple[int, Token]]:
    for block in _parser().parse(text):
        line = block.map[0] if block.map else 0
        yield line, block
        for token in block.children or ():
            yield line, token
            line += token.type in ("softbreak", "hardbreak")
