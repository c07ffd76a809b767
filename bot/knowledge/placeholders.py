"""`{name}` in a text. `{, name}` brings its leading text along only when there is a name; between
the two stands a space.

Not `str.format`: that would let whoever writes a text reach into the values' attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{((?:[^{}]*\s)?)([a-z][a-z0-9_]*)\}")


def fill(text: str, values: Mapping[str, object]) -> str:
    """Put the values in, each once and as it is; a value that is missing or None counts as empty.

    >>> fill("Hello{, name}!", {"name": "Anna"})
    'Hello, Anna!'
    >>> fill("Hello{, name}!", {})
    'Hello!'
    """

    def put_in(found: re.Match[str]) -> str:
        value = values.get(found[2])
        words = "" if value is None else str(value)
        return found[1] + words if words else ""

    return _PLACEHOLDER.sub(put_in, text)


def names_in(text: str) -> frozenset[str]:
    """The names a text asks for."""
    return frozenset(found[2] for found in _PLACEHOLDER.finditer(text))


def stray_brace(text: str) -> bool:
    """Whether a brace is left over that customers would be shown."""
    return bool(re.search(r"[{}]", _PLACEHOLDER.sub("", text)))
