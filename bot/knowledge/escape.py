"""Strangers' words inside our Markdown."""

from __future__ import annotations

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&])")


def escape_markdown(text: str) -> str:
    r"""The text so that Markdown shows it as it is: a name like `*Max*` stays a name.

    >>> escape_markdown("*Max*")
    '\\*Max\\*'
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
