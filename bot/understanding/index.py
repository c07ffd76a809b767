"""The articles of one language, and how sure it is which of them a question means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from bot.domain import Article, Match
from bot.understanding import text as texts
from bot.understanding.calibration import FEW, SIGNS, UNANSWERABLE, Calibration
from bot.understanding.embeddings import Vectors
from bot.understanding.held_out import Tried, ask_its_own, familiarity, stems_of
from bot.understanding.likeness import Floats, Likeness, Seen
from bot.understanding.phrasings import phrasings_of
from bot.understanding.ranking import first_columns, learn
from bot.understanding.ranking import signs as signs_of
from bot.understanding.spelling import Spelling
from bot.understanding.terms import Reader

# A single word is a topic and no question, however near an article is: at most this probability.
ONE_WORD = 0.3
AS_WRITTEN = 1.0  # the probability that an article is meant whose own wording is asked…
ALMOST = 0.999  # …and the most of anything else


class HeldOut(NamedTuple):
    """An example question of an article, asked while it was left out: what won then, how sure."""

    article_id: str
    phrasing: str
    found_id: str
    score: float
    other: str  # the phrasing of the article found that is nearest


class Index:
    """The articles of one language, ready to be searched from any thread. It never changes.

    Building it compares all phrasings, trains the classifier and asks it its own questions: some
    0.3 s for 300 phrasings, 10 s for 10,000."""

    def __init__(
        self,
        articles: Iterable[Article],
        language: str = "",
        vectors: Vectors | None = None,
        unanswerable: float = UNANSWERABLE,
    ) -> None:
        """`language` decides on the stemmer; it is that of the articles if left out. `vectors`:
        embeddings, if there are any. `unanswerable`: the share of questions without an answer."""
        self._articles = sorted(articles, key=lambda article: (article.id, article.path))
        self.language = language or next((a.language for a in self._articles), "")
        self._reader = Reader(self.language)
        self._phrasings = phrasings_of(self._articles, self._reader)
        self._likeness = Likeness(self._phrasings, self._reader, vectors)
        own = [one for one in self._phrasings if one.article < len(self._articles)]
        self._own = len(own)  # the phrasings behind them belong to no article
        self._stems = stems_of(own, self._reader)
        self._spelling = Spelling((word for one in own for word in one.words), self.language)
        pieces = [self._reader.terms(one.words).pieces for one in self._phrasings]
        self._ranking = learn(
            self._phrasings, pieces, self._likeness, np.arange(len(self._phrasings))
        )
        # How many of the articles it ranks are articles: the one behind them is none.
        self._count = int((self._ranking.articles < len(self._articles)).sum())
        self._asked, self._tried = ask_its_own(
            self._phrasings, len(self._articles), pieces, self._likeness, self._reader
        )
        self._calibration = Calibration(self._asked, unanswerable)
        self._as_written = self._written()

    def search(self, text: str, limit: int = 5) -> tuple[Match, ...]:
        """The best articles for a question, best first; their scores are the probabilities that
        each is the one meant, and together at most that there is any.

        Nothing is returned for a text without words. Any text will do; none raises."""
        typed = self._reader.tokens(text)
        if not typed or not self._phrasings:
            return ()
        words = self._repaired(typed)
        terms = self._reader.terms(words)
        seen = _in_a_row(self._likeness.of(terms, words, text))
        divided = self._ranking.shares(seen.mixed, [terms.pieces])
        # What a typo was taken for is half known: it may have been another word.
        known = [
            familiarity(each, self._likeness, self._reader, self._stems) for each in (typed, words)
        ]
        judged = signs_of(
            first_columns(seen, self._own),
            divided,
            self._count,
            np.array([sum(known) / 2], dtype=np.float32),
        )[0]
        any_right = self._calibration.known(judged)
        most = ONE_WORD if len(words) == 1 else 1.0
        scores = self._scores(divided[0, : self._count], judged, any_right, most)
        self._favour(words, scores)
        best = np.argsort(-scores, kind="stable")[:limit].tolist()
        signals = dict(zip(SIGNS, judged, strict=True)) | {"any": any_right}
        return tuple(
            self._match(place, float(scores[place]), seen, signals | {"share": divided[0, place]})
            for place in best
        )

    @property
    def held_out(self) -> tuple[HeldOut, ...]:
        """Each example question, asked while it was left out (of a large index, a sample)."""
        return tuple(
            self._held_out(one, self._calibration.right(signs))
            for one, signs in zip(self._tried, self._asked.signs, strict=True)
            if one.known
        )

    @property
    def advice(self) -> tuple[str, ...]:
        """What an admin should know of how far its confidence goes."""
        with_examples = sum(bool(article.questions) for article in self._articles)
        if self._calibration.questions >= FEW:
            return ()
        asked = self._calibration.questions
        have = {0: "no article has", 1: "only 1 article has"}
        who = have.get(with_examples, f"only {with_examples} articles have")
        trials = "1 trial" if asked == 1 else f"{asked} trials"
        tried = (
            f"which make {trials} where {FEW} are needed" if asked else "and none could be tried"
        )
        why = f"{who} example questions" + (f", {tried}" if with_examples else "")
        return (f"confidence is guessed rather than learned: {why}",)

    def _repaired(self, words: Sequence[str]) -> list[str]:
        ids = self._likeness.words.ids
        known = [any(stem in ids for stem in self._reader.stems(word)) for word in words]
        return self._spelling.repaired(words, known)

    def _scores(self, divided: Floats, judged: np.ndarray, any_right: float, most: float) -> Floats:
        """Probabilities: the best article's as it is judged, at `most`; the others divide what is
        left of there being any, as the ranking divides it."""
        right = min(self._calibration.right(judged), most, ALMOST)
        first = int(divided.argmax())
        others = divided.copy()
        others[first] = 0
        rest = max(0.0, any_right - right) * others / max(float(others.sum()), 1e-9)
        scores: Floats = np.minimum(rest, right).astype(np.float32)
        scores[first] = right
        return scores

    def _favour(self, words: Sequence[str], scores: Floats) -> None:
        """What is asked in an article's own words means that article."""
        places = self._as_written.get(tuple(map(texts.fold, words)), ())
        if places:
            scores *= 1 - ALMOST
            for place in places:
                scores[place] = AS_WRITTEN / len(places)

    def _match(self, place: int, score: float, seen: Seen, signals: Mapping[str, float]) -> Match:
        score = round(score, 4)
        return Match(
            article=self._articles[self._ranking.articles[place]],
            score=score,
            evidence=self._phrasings[self._nearest(place, seen)].text,
            precision=round(self._calibration.precision(score), 4),
            signals={name: round(float(value), 4) for name, value in signals.items()},
        )

    def _nearest(self, place: int, seen: Seen) -> int:
        start = self._ranking.starts[place]
        end = self._ranking.starts[place + 1] if place + 1 < len(self._ranking.starts) else None
        return int(start + seen.mixed[0, start:end].argmax())

    def _held_out(self, tried: Tried, score: float) -> HeldOut:
        asked = self._phrasings[tried.phrasing]
        others = np.array(
            [n for n, one in enumerate(self._phrasings) if one.article == tried.found]
        )
        near = self._likeness.between(np.array([tried.phrasing]), others).mixed[0]
        return HeldOut(
            self._articles[asked.article].id,
            asked.text,
            self._articles[tried.found].id,
            round(score, 4),
            self._phrasings[others[int(near.argmax())]].text,
        )

    def _written(self) -> dict[tuple[str, ...], tuple[int, ...]]:
        """Titles and example questions, folded → the places of their articles."""
        places: defaultdict[tuple[str, ...], dict[int, None]] = defaultdict(dict)
        for phrasing in self._phrasings[: self._own]:
            if phrasing.weight == 1:
                place = int(np.searchsorted(self._ranking.articles, phrasing.article))
                places[tuple(map(texts.fold, phrasing.words))][place] = None
        return {words: tuple(found) for words, found in places.items()}


def _in_a_row(seen: Seen) -> Seen:
    return Seen({way: one[None, :] for way, one in seen.ways.items()}, seen.mixed[None, :])
