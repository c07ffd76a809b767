"""Which of the things that told a customer's mood are worth telling to the desk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.understanding import mood_signs as signs
from bot.understanding import text as texts
from bot.understanding.common import commonness

REASONS = 4  # at most
TELLING = 0.15  # of the logit: what gives less is no reason
COMMON = 3000.0  # times in a million words: too common to tell the desk anything
QUOTED = 60  # letters of a reason, at most
TOGETHER = 4  # words that are quoted as one reason, at most

_CODES = {
    "capitals": "capitals", "all capitals": "capitals", "!": "exclamation", "!!": "exclamation",
    "??": "questions", "?!": "questions", "stretched": "stretched", "frown": "frown",
}  # fmt: skip


class Given(NamedTuple):
    """What a token, sign or emoji gave to the logit. `kind` is that of the token, or "sign",
    "emoji", "list"."""

    kind: str
    name: str  # as typed; the sign's name
    value: float


def told(given: Sequence[Given], language: str) -> tuple[str, ...]:
    """Up to four reasons, the weightiest first. Words that stand side by side are quoted as one;
    such as everybody uses all the time ("the", "my") only between others."""
    weights: dict[str, float] = {}
    for reason, value in (*_quoted(given, language), *_signs(given)):
        weights[reason] = weights.get(reason, 0.0) + value
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return tuple(reason for reason, value in ranked[:REASONS] if value >= TELLING)


def _quoted(given: Iterable[Given], language: str) -> Iterator[tuple[str, float]]:
    together: list[Given] = []
    for one in (*given, Given("end", "", 0.0)):
        tells = one.kind == "word" and one.value >= TELLING
        if together and (not tells or len(together) == TOGETHER):
            if words := _trimmed(together, language):
                quoted = " ".join(word.name for word in words)[:QUOTED]
                yield f"“{quoted}”", sum(word.value for word in words)
            together = []
        if tells:
            together.append(one)


def _trimmed(words: Sequence[Given], language: str) -> Sequence[Given]:
    telling = [at for at, word in enumerate(words) if not _common(word.name, language)]
    return words[telling[0] : telling[-1] + 1] if telling else ()


def _common(word: str, language: str) -> bool:
    return commonness(texts.fold(texts.lower(word, language)), language) > COMMON


def _signs(given: Sequence[Given]) -> Iterator[tuple[str, float]]:
    """An emoji is told by itself: what such emoji give is given to the first of them."""
    emoji = [one.name for one in given if one.kind == "emoji"]
    for one in given:
        if one.kind == "emoji":
            yield f"emoji {one.name}", one.value
        elif one.kind == "list":
            yield one.name, one.value
        elif one.kind == "sign" and one.name in _CODES:
            yield _CODES[one.name], one.value
        elif one.kind == "sign" and one.name in ("angry", "sad"):
            kind = signs.ANGRY if one.name == "angry" else signs.SAD
            yield from ((f"emoji {sign}", one.value) for sign in _first(emoji, kind))


def _first(emoji: Iterable[str], kind: frozenset[str]) -> list[str]:
    return [sign for sign in emoji if sign in kind][:1]
