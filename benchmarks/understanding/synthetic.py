"""Large knowledge bases made of real questions and invented products, for measuring speed.

A thousand shops' worth of real example questions does not exist in the open, and the same few
hundred repeated would be too easy: real text brings new words for ever, ever more slowly (Heaps'
law). So each article is a real intent about a product of its own, whose name is drawn by Zipf's law
from invented words, as many as Heaps' law gives for that much text."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from benchmarks.understanding.sets import Labelled, Text

_SEED = 7
_HEAPS = (8.0, 0.62)  # words = 8 · phrasings ^ 0.62
_STARTS = (*"bcdfghjklmnprstvwz", "br", "ch", "dr", "fl", "gr", "kl", "pr", "qu", "sh", "sk", "tr")
_MIDDLES = (*"aeiou", "ai", "ea", "io", "ou", "ee")
_ENDS = ("", *"lnrsxtm", "nd", "rk", "st")
_FRAMES = ("{q} for the {p}", "{q} with my {p}", "{p}: {q}", "{q} ({p})", "about {p}, {q}")
_TYPO_SHARE = 0.1


def make(
    articles: int, phrasings: int, real: Sequence[Labelled], queries: int
) -> tuple[list[Text], list[Labelled]]:
    """So many articles with so many phrasings each, and questions none of them lists. The same
    every time."""
    rng = random.Random(_SEED)
    by_intent: defaultdict[str, list[str]] = defaultdict(list)
    for text, intent in real:
        if intent:
            by_intent[intent].append(text)
    intents = sorted(name for name, texts in by_intent.items() if len(texts) > phrasings)
    names = _names(int(_HEAPS[0] * (articles * phrasings) ** _HEAPS[1]), rng)
    weights = [1 / (rank + 3) for rank in range(len(names))]
    texts: list[Text] = []
    unseen: list[Labelled] = []
    for number in range(articles):
        product = " ".join(dict.fromkeys(rng.choices(names, weights, k=3)))
        title, *said, asked = rng.sample(by_intent[rng.choice(intents)], phrasings + 1)
        title, *said, asked = (_about(product, text, rng) for text in (title, *said, asked))
        id = f"article-{number}"
        texts.append(Text(id, title, tuple(said), title))
        unseen.append((_mistyped(asked, rng) if rng.random() < _TYPO_SHARE else asked, id))
    return texts, rng.sample(unseen, min(queries, len(unseen)))


def _names(count: int, rng: random.Random) -> list[str]:
    names: dict[str, None] = {}
    while len(names) < count:
        syllables = rng.choice((2, 2, 3))
        parts = (rng.choice(_STARTS) + rng.choice(_MIDDLES) for _ in range(syllables))
        names["".join(parts) + rng.choice(_ENDS)] = None
    return list(names)


def _about(product: str, text: str, rng: random.Random) -> str:
    return rng.choice(_FRAMES).format(q=text.rstrip("?. "), p=product)


def _mistyped(text: str, rng: random.Random) -> str:
    """Two letters next to each other change places."""
    at = rng.randrange(max(1, len(text) - 1))
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
