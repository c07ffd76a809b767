"""Finding articles among more example questions than the default index is made for.

tantivy picks the phrasings that share most with a question (library.py, shelves.py); these say
together which article it means (ballot.py). How far that can be trusted is learned by asking the
knowledge base its own questions (exam.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rapidfuzz import fuzz, process

from bot.domain import Article, Match
from bot.understanding import ballot, exam
from bot.understanding.ballot import Count, Floats64, Question, Vote
from bot.understanding.calibration import FEW, SIGNS, UNANSWERABLE, Calibration
from bot.understanding.exam import Answer
from bot.understanding.index import AS_WRITTEN, HeldOut
from bot.understanding.library import Library

STALE = 0.1  # share of the phrasings after whose change trust is learned anew


class LargeIndex:
    """The articles of one language, ready to be searched from any thread. It never changes;
    `updated` gives the one that follows it, and meanwhile this one goes on answering."""

    def __init__(
        self,
        articles: Iterable[Article],
        language: str = "",
        unanswerable: float = UNANSWERABLE,
    ) -> None:
        """`language` and `unanswerable` as for `Index`. Takes some 3 s, and 0.1 s for each
        1,000 phrasings."""
        articles = list(articles)
        self.language = language or next((a.language for a in articles), "")
        self._unanswerable = unanswerable
        self.library = Library.of(articles, self.language)
        self._learn()

    def updated(self, articles: Iterable[Article], unanswerable: float | None = None) -> LargeIndex:
        """The index of these articles, in which only what differs is indexed anew: a few articles
        take a fraction of a second. `unanswerable` stays as it was if left out."""
        following: LargeIndex = LargeIndex.__new__(LargeIndex)
        following.__dict__.update(self.__dict__)
        following.library = self.library.updated(articles)
        if unanswerable is not None:
            following._unanswerable = unanswerable
        now = following.library.phrasings.keys()
        if len(self._learned_from ^ now) > STALE * len(now):
            following._learn()
        elif following._unanswerable != self._unanswerable:
            following._calibrate()
        return following

    def search(self, text: str, limit: int = 5) -> tuple[Match, ...]:
        """The best articles for a question, best first; their scores are the probabilities that
        each is the one meant, and together at most that there is any.

        Nothing is returned for a text without words. Any text will do; none raises."""
        question = self.question(text)
        counted = self.count(question)
        if not question.typed or not counted.votes:
            return ()
        signs = ballot.signs(counted, self.library.familiarity(question, ()))
        right, known = self._calibration.right(signs), self._calibration.known(signs)
        rest = max(known - right, 0.0) / max(1 - counted.votes[0].share, 1e-9)
        exact = sum(vote.exact for vote in counted.votes)
        matches = []
        for place, vote in enumerate(counted.votes[:limit]):
            score = min(rest * vote.share, right) if place else right
            if exact:  # what is asked in an article's own words means that article
                score = AS_WRITTEN / exact if vote.exact else score * (1 - AS_WRITTEN)
            matches.append(self._match(vote, score, signs, known))
        return tuple(matches)

    @property
    def held_out(self) -> tuple[HeldOut, ...]:
        """A sample of the example questions, each asked while it was left out."""
        phrasings, filed = self.library.phrasings, self.library.filed
        return tuple(
            self._held_out(one, self._calibration.right(signs))
            for one, signs in zip(self._answers, self._asked.signs, strict=True)
            if one.known and one.phrasing in phrasings and one.found in filed
        )

    @property
    def advice(self) -> tuple[str, ...]:
        """What an admin should know of how far its confidence goes."""
        tried = self._calibration.questions
        if tried >= FEW:
            return ()
        questions = "example question" if tried == 1 else "example questions"
        return (f"confidence is guessed rather than learned: only {tried} {questions}",)

    def question(self, text: str) -> Question:
        """The question taken apart, typos repaired; all of it is empty if it has no words."""
        return self.library.question(text)

    def count(self, question: Question, without: Collection[int] = ()) -> Count:
        """The vote on a question; as if the phrasings and articles with the numbers `without` did
        not exist."""
        near = self.library.near(question, without)
        bodies = self.library.covering(question, without)
        return ballot.count(question, self.library.stems, self.library.grams, near, bodies)

    def _learn(self) -> None:
        self._asked, self._answers = exam.take(self)
        self._learned_from = self.library.phrasings.keys()
        self._calibrate()

    def _calibrate(self) -> None:
        self._calibration = Calibration(self._asked, self._unanswerable)

    def _match(self, vote: Vote, score: float, signs: Floats64, known: float) -> Match:
        article = self.library.filed[vote.article].article
        score = round(score, 4)
        values = dict(zip(SIGNS, signs, strict=True)) | {"share": vote.share, "any": known}
        precision = 1.0 if score >= AS_WRITTEN else self._calibration.precision(score)
        shown = {name: round(float(value), 4) for name, value in values.items()}
        return Match(article, score, vote.evidence or article.title, round(precision, 4), shown)

    def _held_out(self, answer: Answer, score: float) -> HeldOut:
        phrasings, filed = self.library.phrasings, self.library.filed
        asked, found = phrasings[answer.phrasing], filed[answer.found]
        others = [number for number in found.phrasings if number != answer.phrasing]
        typed = [phrasings[number].typed for number in others]
        near = process.extractOne(asked.typed, typed, scorer=fuzz.token_set_ratio)
        other = phrasings[others[near[2]]].text if near else ""
        own = filed[asked.article].article.id
        return HeldOut(own, asked.text, found.article.id, round(score, 4), other)
