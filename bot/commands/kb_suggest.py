"""Wordings that one article would be found by, out of what customers really asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from bot.channels.markdown import to_plain
from bot.commands.asking import Asked, ask_again
from bot.commands.growth import Growth
from bot.commands.kb_gaps import is_gap, phrasings
from bot.domain import Article
from bot.engine.turn import is_sure
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.draft import quoted
from bot.knowledge.faults import closest
from bot.mind import Mind
from bot.service.asked import Ending, Question
from bot.understanding.masking import mask, without_signs
from bot.understanding.wordings import Wordings

if TYPE_CHECKING:
    from bot.understanding.choose import AnyIndex
    from bot.understanding.embeddings import Vectors

MOST = 10  # proposals for one language; more are shown when these are in
LONGEST = 200  # characters; a story is no example question
MIDDLING = (
    0.15  # score from which the nearest article of an unanswered question may be the right one
)
SENT = 85.0  # likeness, of 100, of a person's words to the article: they have sent it


class UnknownArticle(Exception):
    """There is no such article; the text says which one may be meant."""


class Why(StrEnum):
    """What speaks for a wording."""

    CHOSEN = "chosen"  # this article was pressed after "did you mean"
    SENT = "sent"  # a person answered with this article
    WORKED_OUT = "worked_out"  # put in other words, this article answered it
    SUGGESTED = "suggested"  # a person who answered had been shown this article
    HELPFUL = "helpful"  # this article answered it, and 👍
    NEAREST = "nearest"  # nothing answered it, and this article is nearest


# How much each is worth, beside how often it was seen.
WORTH: Mapping[Why, float] = {
    Why.CHOSEN: 1.0,
    Why.SENT: 1.0,
    Why.WORKED_OUT: 0.7,
    Why.SUGGESTED: 0.4,
    Why.HELPFUL: 0.3,
    Why.NEAREST: 0.3,
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One wording: why, how often, and the article's score for it today. `after`: with half of the
    other wordings added, but not this one, for as it stands it would be sure of itself; None if
    there are no others."""

    wording: str
    why: Mapping[Why, int]
    before: float = 0.0
    after: float | None = None

    @property
    def worth(self) -> float:
        return sum(WORTH[why] * count for why, count in self.why.items())


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The proposals for an article in one language, the best first. `others` of the questions that
    nothing answers today would be answered with this article then, beside the proposals."""

    article: Article
    proposals: tuple[Proposal, ...] = ()
    others: int = 0


def articles_named(kb: KnowledgeBase, id: str, language: str = "") -> list[Article]:
    """The article in each of its languages, or in the one given. Raises UnknownArticle."""
    ids = sorted({name for _, name in kb.articles})
    if id not in ids:
        named = " or ".join(closest(id, ids))
        hint = f"did you mean {named}?" if named else f"an id is a file's name, like {ids[0]}"
        raise UnknownArticle(f'there is no article "{id}"; {hint}')
    spoken = kb.languages_of(id)
    if language and language not in spoken:
        raise UnknownArticle(f"--lang {language}: {id} is written in {', '.join(spoken)}")
    found = (kb.article(id, code) for code in spoken if language in ("", code))
    return [article for article in found if article is not None]


def suggest(
    questions: Iterable[Question],
    articles: Sequence[Article],
    mind: Mind,
    now: datetime,
    vectors: Vectors | None = None,
) -> list[Suggestions]:
    """What to add to the example questions of an article in each of its languages. `vectors`: the
    embeddings that the mind was built with, if any."""
    ids = {article.id for article in articles}
    relevant = [one for one in questions if is_gap(one) or one.article_id in ids]
    asked = list(ask_again(relevant, mind, now))
    return [
        _suggest([one for one in asked if one.language == article.language], article, mind, vectors)
        for article in articles
    ]


def _suggest(
    asked: Sequence[Asked], article: Article, mind: Mind, vectors: Vectors | None
) -> Suggestions:
    proposals = _proposals(asked, article, mind.kb)
    if not proposals:
        return Suggestions(article)
    growth = Growth(article, mind.kb, vectors)
    added = [proposal.wording for proposal in proposals]
    grown, gained = growth.index(added), growth.without_themselves(added)
    won = tuple(
        replace(
            proposal,
            before=growth.score(mind.read(proposal.wording).matches),
            after=gained.get(proposal.wording),
        )
        for proposal in proposals
        if growth.is_best(grown.search(proposal.wording, 1))
    )
    others = _others(asked, growth, grown, Wordings(article.language, added))
    return Suggestions(article, won, others if won else 0)


def _proposals(asked: Sequence[Asked], article: Article, kb: KnowledgeBase) -> list[Proposal]:
    """Wordings that no article has yet, each with all that speaks for it, scores still open."""
    language = article.language
    known = Wordings(language, phrasings(kb, language))
    found = Wordings(language)
    reasons: dict[str, Counter[Why]] = {}
    for one in asked:
        why = _why(one, article)
        wording = without_signs(mask(one.question.text, one.question.names))
        if why is None or len(wording) > LONGEST or known.like(wording):
            continue
        same = found.like(wording)
        if same is None:
            found.add(wording)
            same = wording if found.like(wording) else None
        if same is not None:
            reasons.setdefault(same, Counter())[why] += 1
    proposals = [Proposal(wording, why) for wording, why in reasons.items()]
    return sorted(proposals, key=lambda p: (-p.worth, p.wording))[:MOST]


def _why(asked: Asked, article: Article) -> Why | None:
    """What speaks for this article as the answer; None if nothing, or if another would answer."""
    question = asked.question
    if asked.answer is not None and asked.answer.id != article.id:
        return None
    if question.article_id == article.id:
        return _why_answered(question)
    if question.replies:
        if any(_is_from(reply, article) for reply in question.replies):
            return Why.SENT
        if article.title in question.suggested:
            return Why.SUGGESTED
    best = asked.matches[0] if asked.matches else None
    is_near = best is not None and best.article.id == article.id and best.score >= MIDDLING
    return Why.NEAREST if is_near and is_gap(question) else None


def _why_answered(question: Question) -> Why | None:
    if question.helpful is False:
        return None
    if question.ending is Ending.CHOSEN:
        return Why.CHOSEN
    if question.ending is Ending.WORKED_OUT:
        return Why.WORKED_OUT
    return Why.HELPFUL if question.helpful else None


def _is_from(reply: str, article: Article) -> bool:
    """Whether a person's words are the article's, whole or a good part of it."""
    body = to_plain(article.body)
    if len(reply.split()) < len(body.split()) / 4:
        return False
    return fuzz.partial_ratio(reply.casefold(), body.casefold()) >= SENT


def _others(asked: Iterable[Asked], growth: Growth, grown: AnyIndex, proposed: Wordings) -> int:
    """How many more of the unanswered questions the article would answer."""
    count = 0
    for one in asked:
        if one.answer is None and proposed.like(one.question.text) is None:
            found = grown.search(one.question.text, 1)
            count += growth.is_best(found) and is_sure(found[0], growth.kb.policy)
    return count


def yaml_lines(wordings: Iterable[str]) -> list[str]:
    """Lines to paste below `questions:`."""
    return [f"  - {w if _PLAIN.fullmatch(w) else quoted(w)}" for w in wordings]


_PLAIN = re.compile(r"[^\W\d_][\w ,.?!'’()/-]*")
