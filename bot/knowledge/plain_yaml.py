"""YAML as admins expect it: every value is the text that stands there.

No anchors, no tags, no surprises: `no`, `22:22` and `007` stay what was typed, a name given twice
is refused, and depth is capped, so a hostile file costs no more than a friendly one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from bot.knowledge.faults import Broken, Fault, Where

MAX_DEPTH = 8
MAX_OPEN_BRACKETS = 100  # the scanner's time grows with the square of these

Value = str | list["Value"] | dict[str, "Value"]

# The C parser is some ten times faster; where PyYAML was built without it the pure one reads alike.
_LOADER: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_QUOTE = "put the whole text in double quotes"
_HINTS = (
    (r"mapping values are not allowed", "there is a second colon in the line", _QUOTE),
    (r"cannot start any token", "a text begins with a sign that YAML keeps for itself", _QUOTE),
    (r"unknown escape", "a backslash in a quoted text", "use single quotes, or write \\\\"),
    (r"unexpected end of stream", "a quotation mark is never closed", "close the quotation"),
    (r"expected ',' or", "a bracket is never closed", "close it, or quote the text"),
    (r"expected <block end>|expected (key|'-' indicator)", "the indentation does not line up",
     "line it up with the lines above; quote texts that begin with a quotation mark"),
    (r"could not find expected ':'|simple key", "a line has no colon", 'write it as "name: text"'),
)  # fmt: skip


@dataclass(frozen=True)
class Document:
    """A file's values by name, the line each of them stands in, and what follows the front matter
    (whose own line is that of `("body",)`)."""

    path: str
    values: Mapping[str, Value]
    lines: Mapping[Where, int] = field(default_factory=dict)
    body: str = ""

    def line(self, where: Where) -> int | None:
        """The line of a value, or of the nearest thing around it that has one."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where)


def parse(text: str, path: str, first_line: int = 1) -> Document:
    """Read a mapping. `first_line` is the file's line in which `text` begins. Raises Broken."""
    builder = _Builder(path, first_line)
    _refuse_deep_brackets(text, builder)
    if tab := re.search(r"^ *\t\s*\S", text, re.MULTILINE):
        line = text.count("\n", 0, tab.start()) + 1
        raise builder.broken(line, "a tab is used to indent", "use spaces")
    events = yaml.parse(text, Loader=_LOADER)
    try:
        value = builder.document(events)
    except yaml.MarkedYAMLError as error:
        raise builder.broken_yaml(error) from None
    except yaml.YAMLError:
        raise builder.broken(1, "this is not YAML", "compare it with a file that works") from None
    if value == "":
        value = {}
    if not isinstance(value, dict):
        raise builder.broken(1, 'there are no "name: value" lines', "write them, one a line")
    return Document(path, value, builder.lines)


def _refuse_deep_brackets(text: str, builder: _Builder) -> None:
    """Brackets inside texts are counted too: no honest file comes near the limit."""
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", text):
        depth += 1 if bracket[0] in "[{" else -1 if depth else 0
        if depth > MAX_OPEN_BRACKETS:
            raise builder.too_deep(text.count("\n", 0, bracket.start()) + 1)


class _Builder:
    """Builds values out of the parser's events, and notes the line of each."""

    def __init__(self, path: str, first_line: int) -> None:
        self.path = path
        self.offset = first_line - 1
        self.lines: dict[Where, int] = {}

    def document(self, events: Iterator[yaml.Event]) -> Value:
        value: Value = ""
        documents = 0
        for event in events:
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                do = "keep one, and quote a line that is only ---"
                raise self.broken(_line(event), "a second document begins here", do)
            if isinstance(event, yaml.NodeEvent):
                value = self.node(event, events, ())
        return value

    def node(self, event: yaml.Event, events: Iterator[yaml.Event], where: Where) -> Value:
        self.lines[where] = _line(event) + self.offset
        self.refuse_extras(event)
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        if len(where) >= MAX_DEPTH:
            raise self.too_deep(_line(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, where)
        return self.mapping(events, where)

    def sequence(self, events: Iterator[yaml.Event], where: Where) -> list[Value]:
        values: list[Value] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            values.append(self.node(event, events, (*where, len(values))))
        return values

    def mapping(self, events: Iterator[yaml.Event], where: Where) -> dict[str, Value]:
        values: dict[str, Value] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            self.refuse_extras(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise self.broken(_line(event), "a name must be plain text", _QUOTE)
            name = str(event.value)
            if name in values:
                do = "keep one of them"
                raise self.broken(_line(event), f'"{name}" is given a second time', do)
            values[name] = self.node(next(events), events, (*where, name))
            self.lines[(*where, name)] = _line(event) + self.offset
        return values

    def refuse_extras(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            what = "a text begins with * or &, which YAML reads as an alias or anchor"
            raise self.broken(_line(event), what, _QUOTE)
        if getattr(event, "tag", None):
            what = "a text begins with !, which YAML reads as a tag"
            raise self.broken(_line(event), what, _QUOTE)

    def broken(self, line: int, what: str, do: str) -> Broken:
        return Broken(Fault(self.path, line + self.offset, what, do))

    def too_deep(self, line: int) -> Broken:
        return self.broken(line, "this is nested too deeply", "write it flat, as the examples are")

    def broken_yaml(self, error: yaml.MarkedYAMLError) -> Broken:
        said = f"{error.context or ''} {error.problem or ''}".strip()
        mark = error.problem_mark or error.context_mark
        if (
            "end of stream" in said
        ):  # where the quotation begins tells more than where the file ends
            mark = error.context_mark or mark
        line = mark.line + 1 if mark else 1
        for pattern, what, do in _HINTS:
            if re.search(pattern, said):
                return self.broken(line, what, do)
        return self.broken(line, f"this is not YAML ({said})", "compare it with a file that works")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
