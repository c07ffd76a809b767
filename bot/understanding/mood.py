"""How likely it is that the writer of a message is upset, and which of its words say so.

For each language two logistic regressions over the same features (see mood_signs.py): one learned
from customers' messages, one from feelings in general (films, forums, posts). A third says how much
the message looks like one to a shop, which decides who is listened to. All three are sums over the
words, so that what a word gave is known. Weights are shipped in `data/mood.npz`, made by
`benchmarks/training/mood.py`; data and figures are in docs/mood.md."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from bot.domain import Mood
from bot.understanding import mood_signs as signs
from bot.understanding.mood_reasons import Given, told

FILE = Path(__file__).parent / "data" / "mood.npz"
LISTED = 0.45  # logit, 0.61: what an admin calls upset is that, in however plain a question
TOPIC = -1.0  # what a single word adds: mostly it names what somebody wants to know about
TABLES = ("customers", "general", "manner")  # the third: does it look like a message to a shop?
PIECE = 0.35  # what a piece of a word counts beside the word
PAIR = 1.5
SECOND = 0.2  # a language less likely than this has no say
UTMOST = 30.0  # of a logit
CALM = -1.0  # a logit below which there is nothing to give reasons for
NEIGHBOURS = {
    "az": "tr", "be": "ru", "bg": "ru", "cs": "pl", "de": "en", "es": "en", "et": "lv", "fr": "en",
    "kk": "ru", "lt": "lv", "nl": "en", "sk": "pl", "uk": "ru",
}  # fmt: skip

Sums = tuple[float, float, float]  # what something gives in each of the tables


@dataclass(frozen=True, slots=True)
class Weights:
    """One table of one language: rows as int8, each worth `step`; a weight a sign; the rest."""

    rows: memoryview
    step: float
    signs: tuple[float, ...]
    bias: float


class Tongue:
    """What is known of one language."""

    def __init__(
        self, language: str, tables: Sequence[Weights], mixed: tuple[float, float, float]
    ) -> None:
        """`tables` in the order of `TABLES`; `mixed`: what the general opinion counts beside the
        customers', and slope and shift of the probability."""
        self.language = language
        self._tables = tuple(tables)
        self._general, self._slope, self._shift = mixed
        self._features = signs.Features(language)
        self._word = lru_cache(8192)(self._of_word)

    def read(self, parts: signs.Parts) -> tuple[float, list[Given]]:
        """The logit, and what each word and sign of the message gave to it."""
        made = signs.made_of(parts, self.language)
        words = self._of_tokens(made)
        marks = [self._of_sign(number, value) for number, value in enumerate(made.signs)]
        marks += [self._of_row(signs.whole(f"e {emoji}")) for emoji in made.emoji]
        bias = [table.bias for table in self._tables]
        customers, general, manner = map(sum, zip(bias, *words, *marks, strict=True))
        shop = 1 / (1 + math.exp(-max(-UTMOST, min(UTMOST, manner))))
        ours, theirs = self._slope * shop, self._slope * (1 - shop + self._general * shop)
        logit = ours * customers + theirs * general + self._shift
        given = [ours * mine + theirs * yours for mine, yours, _ in (*words, *marks)]
        return logit, _named(made, given)

    def _of_tokens(self, made: signs.Made) -> list[list[float]]:
        """What each token gives, with half of the pairs it is in."""
        scale = made.scale
        found = [[0.0, 0.0, 0.0] for _ in made.tokens]
        previous = made.tokens[0]
        for at, token in enumerate(made.tokens):
            if token.kind == "word":
                _add(found[at], self._word(token.name), scale)
                if at in made.negated:
                    _add(found[at], self._of_row(self._features.negated(token)), scale)
            if at:
                pair = self._of_row(self._features.pair(previous, token))
                _add(found[at - 1], pair, scale * PAIR / 2)
                _add(found[at], pair, scale * PAIR / 2)
            previous = token
        return found

    def _of_word(self, lower: str) -> Sums:
        known = self._features.of(lower)
        first, second, third = (
            table.step
            * (
                sum([table.rows[n] for n in known.whole])
                + PIECE * sum([table.rows[n] for n in known.pieces])
            )
            for table in self._tables
        )
        return first, second, third

    def _of_row(self, row: int) -> Sums:
        first, second, third = self._tables
        return (
            first.step * first.rows[row],
            second.step * second.rows[row],
            third.step * third.rows[row],
        )

    def _of_sign(self, number: int, value: float) -> Sums:
        first, second, third = self._tables
        return (
            first.signs[number] * value,
            second.signs[number] * value,
            third.signs[number] * value,
        )


def _add(total: list[float], more: Sums, times: float) -> None:
    total[0] += times * more[0]
    total[1] += times * more[1]
    total[2] += times * more[2]


def _named(made: signs.Made, given: Sequence[float]) -> list[Given]:
    """What was given, beside what gave it: tokens, then signs, then emoji."""
    names = [(token.kind, token.typed) for token in made.tokens]
    names += [("sign", name) for name in signs.SIGNS]
    names += [("emoji", emoji) for emoji in made.emoji]
    return [Given(*name, value) for name, value in zip(names, given, strict=True)]


class MoodModel:
    """Knows the languages it was trained in. It never changes; any thread may use it."""

    def __init__(self, tongues: Mapping[str, Tongue], heard: Mapping[str, float]) -> None:
        """`tongues`: language → what is known of it, "" for what is known without words; `heard`:
        what the admins' lists add to the logit."""
        self._tongues = dict(tongues)
        self._heard = dict(heard)

    @staticmethod
    @cache
    def load() -> MoodModel:
        """The shipped model, read once a process. Raises OSError if it is missing."""
        return read_model(FILE)

    def read(
        self, text: str, languages: Mapping[str, float], heard: frozenset[str] = frozenset()
    ) -> Mood:
        """How likely it is that the writer is upset, and why.

        `languages` is what the language detector makes of the text (code → probability): the best
        two count, a neighbour as the language nearest to it; in a language the model has not
        learned only signs and emoji are seen. `heard` are the intents that the admins' lists heard:
        upset, calm, complaint, threat, emergency, and small talk; others are ignored. A text in
        which "upset" is heard, and "calm" is not, has a score of 0.61 at least.

        `score` is a probability, 0 to 1, among messages of which a third are from upset customers,
        a third about bad things but calm, and a third plain questions.
        `reasons` are up to four, none below a score of 0.27, the weightiest first: words as typed
        in “quotation marks”, or a code: "capitals", "exclamation", "questions", "stretched",
        "frown", "emoji 😡" (the sign itself after the space), "words" (an admin's list).
        Any text will do; none raises."""
        logit = 0.0
        given: list[Given] = []
        parts = signs.parts_of(text)
        mixed = self._mixed(languages)
        for tongue, share in mixed:
            part, why = tongue.read(parts)
            logit += share * part
            given += [one._replace(value=share * one.value) for one in why]
        listed = sum(self._heard[intent] for intent in sorted(heard & self._heard.keys()))
        logit += TOPIC if len(text.split()) == 1 else 0.0
        if "upset" in heard and "calm" not in heard:
            listed = max(listed, LISTED - logit)
        given.append(Given("list", "words", listed))
        logit = max(-UTMOST, min(UTMOST, logit + listed))
        reasons = told(given, mixed[0][0].language)
        return Mood(1 / (1 + math.exp(-logit)), reasons if logit >= CALM else ())

    def _mixed(self, languages: Mapping[str, float]) -> list[tuple[Tongue, float]]:
        shares: defaultdict[str, float] = defaultdict(float)
        for code, share in languages.items():
            known = code if code in self._tongues else NEIGHBOURS.get(code, "")
            shares[known if known in self._tongues else ""] += share
        ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:2]
        best = [(code, share) for code, share in ranked if share >= SECOND] or ranked[:1]
        total = sum(share for _, share in best)
        if total <= 0:
            return [(self._tongues[""], 1.0)]
        return [(self._tongues[code], share / total) for code, share in best]


def read_model(file: Path) -> MoodModel:
    """The model in a file that `benchmarks/training/mood.py` wrote. Raises OSError."""
    import numpy as np

    with np.load(file, allow_pickle=False) as arrays:
        record = json.loads(arrays["record"].tobytes())
        tongues = {
            code: Tongue(
                code,
                [
                    Weights(
                        memoryview(arrays[f"{table}-{code}-rows"].tobytes()).cast("b"),
                        float(arrays[f"{table}-{code}-step"]),
                        tuple(map(float, arrays[f"{table}-{code}-signs"])),
                        float(arrays[f"{table}-{code}-bias"]),
                    )
                    for table in TABLES
                ],
                tuple(record["mixed"][code]),
            )
            for code in ("", *record["languages"])
        }
    return MoodModel(tongues, record["heard"])
