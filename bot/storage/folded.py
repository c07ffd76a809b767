"""Text as one looks for it: without capitals and accents, and without what people put between the
groups of a number. In SQL the same on both databases; SQLite is given `fold` as a function."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

# One letter each, as PostgreSQL's translate() wants it.
_ACCENTED = "āáàâäãåąčçćďēéèêëęěģğīíìîïıķłļľñńņňōóòôöõøŕřşśšťūúùûüůųýÿžźżё"
_PLAIN = "aaaaaaaacccdeeeeeeeggiiiiiiklllnnnnooooooorrssstuuuuuuuyyzzzе"
_TABLE = str.maketrans(_ACCENTED, _PLAIN)
_BETWEEN = r"(?<=\w)[-\s().]+(?=\d)"  # HB-1042, +371 2000 0000


def fold(text: str | None) -> str:
    """ "Jānis, HB-1042" → "janis, hb1042"."""
    lowered = (text or "").replace("İ", "i").lower().translate(_TABLE)
    return re.sub(_BETWEEN, "", lowered)


def pattern(text: str) -> str:
    """For LIKE with escape "!": the folded text anywhere, its own signs taken as they are."""
    return "%" + re.sub(r"([!%_])", r"!\1", fold(text)) + "%"


class folded(FunctionElement[str]):  # noqa: N801 - it is written like the SQL function that it is
    """`fold` of a column."""

    type = Text()
    name = "folded"
    inherit_cache = True


@compiles(folded, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"folded({compiler.process(element.clauses, **kwargs)})"


@compiles(folded, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    column = compiler.process(element.clauses, **kwargs)
    lowered = f"translate(lower(replace({column}, 'İ', 'i')), '{_ACCENTED}', '{_PLAIN}')"
    return f"regexp_replace({lowered}, '{_BETWEEN}', '', 'g')"
