"""A Markdown file with a head: `---`, "name: value" lines, `---`, then the text."""

from __future__ import annotations

from dataclasses import replace

from bot.knowledge.faults import Broken, Fault
from bot.knowledge.files import decode
from bot.knowledge.plain_yaml import Document, parse

FENCE = "---"


def parse_front_matter(content: bytes, path: str) -> Document:
    """Split a file and parse its head. Raises Broken, naming the line, if that cannot be done.

    `body` comes without the blank lines around it; `lines[("body",)]` is where it begins."""
    lines = decode(content, path).split("\n")
    start = next((n for n, line in enumerate(lines) if line.strip()), 0)
    if lines[start].rstrip() != FENCE:
        what = "the file does not begin with a --- line"
        do = 'begin it with a line ---, then "title: …", then a line --- and the text'
        raise Broken(Fault(path, start + 1, what, do))
    end = next((n for n in range(start + 1, len(lines)) if lines[n].rstrip() == FENCE), None)
    if end is None:
        do = "put a line --- between the head and the text"
        raise Broken(Fault(path, start + 1, "the head is never closed", do))
    head = parse("\n".join(lines[start + 1 : end]), path, first_line=start + 2)
    first = next((n for n in range(end + 1, len(lines)) if lines[n].strip()), end)
    body = "\n".join(lines[end + 1 :]).strip("\n").rstrip()
    return replace(head, body=body, lines={**head.lines, ("body",): first + 1})
