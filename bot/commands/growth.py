"""An article as it would be with more example questions: what it would be found by then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain import Article, Match
from bot.knowledge.base import KnowledgeBase
from bot.understanding.choose import AnyIndex, choose_index

if TYPE_CHECKING:
    from bot.understanding.embeddings import Vectors


@dataclass(frozen=True, slots=True)
class Growth:
    """An article that is to get more example questions, with all that it stands among."""

    article: Article
    kb: KnowledgeBase
    vectors: Vectors | None = None

    def index(self, wordings: Iterable[str]) -> AnyIndex:
        """The index of the article's language with these wordings added to it (blocking)."""
        grown = replace(self.article, questions=(*self.article.questions, *wordings))
        articles = self.kb.articles_in(self.article.language)
        return choose_index(
            [grown if one is self.article else one for one in articles],
            self.article.language,
            self.vectors,
            self.kb.policy.unanswerable,
        )

    def without_themselves(self, wordings: Sequence[str]) -> dict[str, float]:
        """The article's score for each wording when half of the others have been added, but not the
        wording itself: as it stands it would be found anyhow. Nothing for fewer than two."""
        halves = wordings[::2], wordings[1::2]
        scores: dict[str, float] = {}
        for half, rest in (halves, halves[::-1]) if halves[1] else ():
            index = self.index(rest)
            scores |= {wording: self.score(index.search(wording)) for wording in half}
        return scores

    def score(self, matches: Iterable[Match]) -> float:
        """The article's among these; 0 if it is not there."""
        same = (self.article.id, self.article.language)
        found = (m.score for m in matches if (m.article.id, m.article.language) == same)
        return max(found, default=0.0)

    def is_best(self, matches: Sequence[Match]) -> bool:
        """Whether this article has won."""
        return bool(matches) and matches[0].article.id == self.article.id
