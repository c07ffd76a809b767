"""What is sent some time after an event: `follow_ups/<id>.md`, with a section for each language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import PurePosixPath

from bot.domain import Option
from bot.knowledge.articles import check_text
from bot.knowledge.buttons import parse_translated_buttons
from bot.knowledge.durations import HOW, parse_duration
from bot.knowledge.faults import Parsed, Where, nearest
from bot.knowledge.fields import Fields
from bot.knowledge.front_matter import parse_front_matter
from bot.knowledge.languages import is_language
from bot.knowledge.placeholders import names_in, stray_brace
from bot.knowledge.plain_yaml import Document

KEYS = ("title", "after", "delay", "buttons")
EVENTS = ("bought_at", "delivered_at")
PLACEHOLDERS = frozenset({"name", "product", "order"})
MAX_TEXT = 2000

SECTION = "## "  # and a language code: a section's heading, and what its line is filed under


@dataclass(frozen=True)
class FollowUp:
    """A message due `delay` after `event`, in every language it is written in.

    `buttons` are labelled in the language of `texts` they go with."""

    id: str
    title: str
    event: str
    delay: timedelta
    texts: Mapping[str, str]
    buttons: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    path: str = ""


def parse_follow_up(content: bytes, path: str) -> Parsed[FollowUp]:
    """A follow-up; None, with faults, if anything is wrong with it. Raises Broken."""
    document = parse_front_matter(content, path)
    sections = list(_sections(document.body))
    document = replace(document, lines={**document.lines, **_lines(document, sections)})
    fields = Fields(document)
    fields.only(*KEYS)
    texts = _texts(fields, sections)
    follow_up = FollowUp(
        id=fields.identifier("id", default=PurePosixPath(path).stem),
        title=fields.text("title", 150, required=True),
        event=_event(fields),
        delay=_delay(fields),
        texts=texts,
        buttons=parse_translated_buttons(fields, texts),
        path=path,
    )
    return Parsed(None if fields.faults else follow_up, tuple(fields.faults), document.lines)


def _lines(document: Document, sections: list[tuple[str, int, str]]) -> dict[Where, int]:
    lines: dict[Where, int] = {}
    for language, line, text in sections:
        heading = document.lines["body",] + line
        blank = text[: len(text) - len(text.lstrip())].count("\n")
        lines[SECTION + language,] = heading
        lines[SECTION + language, "text"] = heading + 1 + blank
    return lines


def _sections(body: str) -> Iterator[tuple[str, int, str]]:
    """(language, line of its heading, what stands below it) of each section; "" is the language of
    what stands before the first."""
    language, start, lines = "", 0, list[str]()
    for n, line in enumerate(body.split("\n")):
        heading = re.fullmatch(r"##[ \t]+(\S+)[ \t]*", line)
        if not heading:
            lines.append(line)
            continue
        if language or "".join(lines).strip():
            yield language, start, "\n".join(lines)
        language, start, lines = heading[1], n, []
    yield language, start, "\n".join(lines)


def _texts(fields: Fields, sections: list[tuple[str, int, str]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for language, _, raw in sections:
        where, text = SECTION + language, raw.strip()
        if not is_language(language):
            what = f'"{language}" is no language' if language else "a text has no language"
            fields.fault(what, "begin each text with a line like ## en", where)
        elif language in texts:
            fields.fault(f'there are two sections "## {language}"', "keep one of them", where)
        else:
            _check_placeholders(fields, text, where)
            check_text(fields, text, MAX_TEXT, where)
            texts[language] = text
    return texts


def _check_placeholders(fields: Fields, text: str, where: str) -> None:
    for name in sorted(names_in(text) - PLACEHOLDERS):
        fields.fault(f"{{{name}}} is never filled in", nearest(name, PLACEHOLDERS), where)
    if stray_brace(text):
        do = "write placeholders as {name} or {, name}"
        fields.fault("the text has a brace that is no placeholder", do, where)


def _event(fields: Fields) -> str:
    event = fields.text("after", 40, required=True)
    if event and event not in EVENTS:
        fields.fault(f'"after: {event}" means nothing', nearest(event, EVENTS), "after")
    return event


def _delay(fields: Fields) -> timedelta:
    text = fields.text("delay", 40, required=True)
    try:
        return parse_duration(text) if text else timedelta()
    except ValueError:
        fields.fault(f'"delay: {text}" is no length of time up to two years', HOW, "delay")
        return timedelta()
