"""Take typed values out of a file's head, remembering everything wrong with it on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from bot.knowledge.faults import Fault, Where, nearest
from bot.knowledge.plain_yaml import Document, Value

ID = re.compile(r"[a-z0-9-]{1,48}")
SCHEMES = ("https", "http", "mailto", "tel")

_ID_HOW = "use 1 to 48 small letters a-z, digits and hyphens"


class Fields:
    """The values of one mapping of a document: of its top, or of what stands at `at`.

    What is asked for and is wrong comes back empty, with a fault in `faults`, so that one reading
    of a file finds all there is to put right. Mappings inside share their outer one's `faults`."""

    def __init__(
        self,
        document: Document,
        values: Value | Mapping[str, Value] | None = None,
        at: Where = (),
        faults: list[Fault] | None = None,
    ) -> None:
        self.document = document
        self.at = at
        self.faults: list[Fault] = [] if faults is None else faults
        found = document.values if values is None else values
        self.values: Mapping[str, Value] = found if isinstance(found, Mapping) else {}
        if not isinstance(found, Mapping):
            self.fault('this should be "name: value" lines', "look at an example that works")

    def fault(self, what: str, do: str, *key: str | int) -> None:
        """Remember an error at one of this mapping's values."""
        line = self.document.line((*self.at, *key))
        self.faults.append(Fault(self.document.path, line, what, do))

    def only(self, *known: str) -> None:
        """Refuse every name that is not one of these."""
        for name in self.values:
            if name not in known:
                self.fault(f'"{name}" means nothing here', nearest(name, known), name)

    def mapping(self, key: str) -> Fields:
        """The mapping that stands at a key."""
        return Fields(self.document, self.values.get(key, ""), (*self.at, key), self.faults)

    def mappings(self, key: str) -> list[Fields]:
        """The mappings of a list; none when left out."""
        return [
            Fields(self.document, value, (*self.at, key, n), self.faults)
            for n, value in enumerate(self._items(key))
        ]

    def text(self, key: str, longest: int, *, required: bool = False) -> str:
        """One line of text, stripped; "" when left out."""
        value = self.values.get(key, "")
        if isinstance(value, str):
            return self._line(value, longest, required, key)
        do = f'write it as one line: {key}: "…"'
        self.fault(f'"{key}" should be one text, not a list or a mapping', do, key)
        return ""

    def texts(self, key: str, longest: int) -> tuple[str, ...]:
        """A list of lines of text; empty when left out."""
        texts = []
        for n, value in enumerate(self._items(key)):
            if isinstance(value, str):
                texts.append(self._line(value, longest, True, key, n))
            else:
                do = 'put the text in double quotes (a colon with a space makes it a "name: value")'
                self.fault(f'entry {n + 1} of "{key}" is not a plain text', do, key, n)
        return tuple(text for text in texts if text)

    def identifier(self, key: str, default: str = "") -> str:
        """A name safe in paths and buttons; the default, a file's name, has to be one too."""
        text = self.text(key, 200) or default
        if ID.fullmatch(text):
            return text
        do = _ID_HOW if key in self.values else f"{_ID_HOW} in the file's name"
        self.fault(f'"{text}" cannot be an id', do, key)
        return ""

    def identifiers(self, key: str) -> tuple[str, ...]:
        """A list of such names."""
        names = self.texts(key, 200)
        for n, name in enumerate(names):
            if not ID.fullmatch(name):
                self.fault(f'"{name}" in "{key}" cannot be an id', _ID_HOW, key, n)
        return names

    def day(self, key: str) -> date | None:
        """A date written as 2027-03-31."""
        text = self.text(key, 40)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            do = "write year-month-day, as in 2027-03-31"
            self.fault(f'"{key}" is no date: {text}', do, key)
            return None

    def link(self, key: str) -> str:
        """An address a customer can open; "" when left out or not one."""
        url = self.text(key, 2000)
        if url and not opens(url):
            do = "begin it with https:// (or mailto:, tel:)"
            self.fault(f"customers cannot open the link {url}", do, key)
            return ""
        return url

    def _items(self, key: str) -> list[Value]:
        value = self.values.get(key, "")
        if isinstance(value, list):
            return value
        if value != "":
            do = 'put each entry in a line of its own that begins with "  - "'
            self.fault(f'"{key}" should be a list', do, key)
        return []

    def _line(self, value: str, longest: int, required: bool, *key: str | int) -> str:
        text = " ".join(value.split())
        name = f'"{key[0]}"' if len(key) == 1 else f'an entry of "{key[0]}"'
        if not text and required:
            self.fault(f"{name} is empty or missing", "write a text there", *key)
        if len(text) > longest:
            what = f"{name} has {len(text)} characters, {longest} is the most"
            self.fault(what, "shorten it", *key)
        return text


def opens(url: str) -> bool:
    """Whether a chat app can open this: an absolute address of a harmless kind."""
    scheme, _, rest = url.partition(":")
    if scheme.lower() not in SCHEMES or re.search(r"\s", url):
        return False
    return bool(re.match(r"//[^/]", rest) if scheme.lower().startswith("http") else rest)
