"""The codes by which a customer shows on one channel who they are on another. Pure."""

from __future__ import annotations

import re
from random import Random

# No two that look alike, and no vowels: a code is no word of any language, and no word is a code.
DIGITS, LETTERS = "34679", "CDFHJKMNPRTWX"
HALF = 4  # characters, of which one at least is a digit and one a letter
PAYLOAD = "join_"  # how the payload of a deep link begins; the code follows
WRONG = "?"  # in the place of a code: something that cannot be one
# On a Russian keyboard some of them look just the same.
_LIKE = str.maketrans("СНКМРТХ", "CHKMPTX")
_HALF = f"(?=[{LETTERS}]*[{DIGITS}])(?=[{DIGITS}]*[{LETTERS}])[{DIGITS}{LETTERS}]{{{HALF}}}"
_CODE = re.compile(rf"({_HALF})[ -]?({_HALF})")


def new_code(random: Random) -> str:
    """One of some six billion."""
    return "".join(_half(random) for _ in range(2))


def _half(random: Random) -> str:
    signs = [random.choice(DIGITS), random.choice(LETTERS)]
    signs += random.choices(DIGITS + LETTERS, k=HALF - len(signs))
    random.shuffle(signs)
    return "".join(signs)


def shown(code: str) -> str:
    """A code as people read it: K7RM-4XPC."""
    return f"{code[:HALF]}-{code[HALF:]}"


def code_in(text: str) -> str:
    """The code that a text is, however it is typed; "" if it is none."""
    found = _CODE.fullmatch(text.strip().upper().translate(_LIKE))
    return "".join(found.groups()) if found else ""


def wanted(text: str) -> str | None:
    """What somebody types to be joined: the code, "" to get one, None if it is about something
    else."""
    word, _, rest = text.strip().partition(" ")
    word, rest = word.partition("@")[0].casefold(), rest.strip()
    if word == "/start" and rest.startswith(PAYLOAD):
        return code_in(rest.removeprefix(PAYLOAD)) or WRONG
    if word == "/link" and rest:
        return code_in(rest) or WRONG
    if word in {"/link", "link"} and not rest:
        return ""
    return (code_in(rest) if word == "link" else code_in(text)) or None
