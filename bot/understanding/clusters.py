"""Questions that ask the same, put together, so that a hundred wordings are one line to read.

Texts are compared by their stems and their letters (TF-IDF, cosine) and, where those leave it open,
as typed (rapidfuzz). Groups grow by average linkage: the two that are most alike on the average of
all their pairs become one, until no two are alike enough (Sokal and Michener 1958, "UPGMA"). Only
pairs that share something are ever looked at: an inverted index finds them, so thousands of
questions take seconds."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from rapidfuzz import fuzz

from bot.understanding import text as texts

ALIKE = 0.31  # average likeness from which two groups ask the same
WORTH_A_LOOK = 0.15  # cosine below which two texts are taken to have nothing in common
LETTERS = 0.35  # the share of the letters in the likeness, beside that of the stems
TYPED = 0.4  # the share of likeness as typed
ROWS_AT_ONCE = 256  # of the table of likenesses, so that it never stands in memory as a whole


def cluster(
    questions: Sequence[str], language: str, known: Iterable[str] = ()
) -> tuple[tuple[int, ...], ...]:
    """Positions of the questions that ask the same, each group with its most typical one first,
    the largest groups first.

    `known` are further texts in this language (the knowledge base's questions): they teach which
    words are common ones, which a handful of questions cannot. Which groups come out does not
    depend on the order of the questions. Texts without words are left out."""
    stems = texts.Stems(language)
    places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, question in enumerate(questions):
        if words := texts.words_of(question, language):
            places[tuple(words)].append(place)
    distinct = sorted(places)
    pairs = _alike(distinct, [tuple(texts.words_of(text, language)) for text in known], stems)
    groups = _grow(len(distinct), pairs)
    found = []
    for group in groups:
        typical = sorted(group, key=lambda n: (-_closeness(n, group, pairs, places, distinct), n))
        found.append(tuple(place for n in typical for place in places[distinct[n]]))
    return tuple(sorted(found, key=lambda group: (-len(group), questions[group[0]])))


def _alike(
    distinct: Sequence[tuple[str, ...]], known: Sequence[tuple[str, ...]], stems: texts.Stems
) -> dict[tuple[int, int], float]:
    """Likeness, from 0 to 1, of each two texts (the smaller position first) that have any."""
    if len(distinct) < 2:
        return {}
    rows = _table([*distinct, *known], stems)[: len(distinct)]
    columns = rows.T.tocsr()
    typed = [texts.typed(words) for words in distinct]
    pairs: dict[tuple[int, int], float] = {}
    for start in range(0, len(distinct), ROWS_AT_ONCE):
        block = (rows[start : start + ROWS_AT_ONCE] @ columns).tocoo()
        keep = (block.data >= WORTH_A_LOOK) & (block.col > block.row + start)
        found = zip(block.row[keep] + start, block.col[keep], block.data[keep], strict=True)
        for one, other, cosine in found:
            written = fuzz.ratio(typed[one], typed[other]) / 100
            pairs[int(one), int(other)] = (1 - TYPED) * float(cosine) + TYPED * written
    return pairs


def _table(documents: Sequence[Sequence[str]], stems: texts.Stems) -> Any:
    """A sparse matrix with a row for each text: its stems and its letters, weighted by rarity, so
    that the product of two rows is their likeness."""
    from scipy import sparse

    from bot.understanding.space import Space

    by_stem = Space([[stem for word in words for stem in stems.of(word)] for words in documents])
    by_letters = Space([texts.trigrams(map(texts.fold, words)) for words in documents])
    parts = [by_stem.rows * math.sqrt(1 - LETTERS), by_letters.rows * math.sqrt(LETTERS)]
    return sparse.csr_matrix(sparse.hstack(parts))


def _grow(count: int, pairs: dict[tuple[int, int], float]) -> list[list[int]]:
    """Average linkage. The sums of the likenesses between two groups add up when groups merge."""
    members = {number: [number] for number in range(count)}
    sums: dict[int, dict[int, float]] = {number: {} for number in range(count)}
    for (one, other), likeness in pairs.items():
        sums[one][other] = sums[other][one] = likeness
    waiting = [(-likeness, *pair) for pair, likeness in pairs.items() if likeness >= ALIKE]
    heapq.heapify(waiting)
    name = count  # a merged group gets a new name, so that what waits for the old one is void
    while waiting:
        _, one, other = heapq.heappop(waiting)
        if one not in members or other not in members:
            continue
        near, lesser = sorted((sums.pop(one), sums.pop(other)), key=len, reverse=True)
        for third, total in lesser.items():
            near[third] = near.get(third, 0.0) + total
        members[name] = members.pop(one) + members.pop(other)
        del near[one], near[other]
        sums[name] = near
        for third, total in near.items():
            neighbours = sums[third]
            neighbours.pop(one, None)
            neighbours.pop(other, None)
            neighbours[name] = total
            average = total / (len(members[third]) * len(members[name]))
            if average >= ALIKE:
                heapq.heappush(waiting, (-average, third, name))
        name += 1
    return [sorted(group) for group in members.values()]


def _closeness(
    number: int,
    group: Sequence[int],
    pairs: dict[tuple[int, int], float],
    places: dict[tuple[str, ...], list[int]],
    distinct: Sequence[tuple[str, ...]],
) -> float:
    """How well a wording stands for its group: near to the others, and asked often itself."""
    near = sum(
        pairs.get((min(number, other), max(number, other)), 0.0) * len(places[distinct[other]])
        for other in group
        if other != number
    )
    return near + len(places[distinct[number]])
