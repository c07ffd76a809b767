"""What customers asked that the knowledge base had no good answer to, ranked by what an answer
would save, each with a draft of the missing article."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.commands.asking import Asked, ask_again
from bot.domain import Match
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.draft import draft, file_name
from bot.mind import Mind
from bot.service.asked import Ending, Question
from bot.understanding.clusters import cluster
from bot.understanding.masking import mask, unaddressed, without_signs

# What one question cost, a handover being 1. A handover that several wordings led to counts once.
WORK: Mapping[Ending, float] = {
    Ending.HANDED_OVER: 1.0,  # a person had to answer
    Ending.UNANSWERED: 0.5,  # the customer went away without an answer
    Ending.ANSWERED: 0.5,  # with one that did not help (👎)
    Ending.CHOSEN: 0.5,  # the same
    Ending.WORKED_OUT: 0.2,  # the customer had to ask twice
}
MONTH = timedelta(days=30)
SHORTEST = timedelta(days=7)  # from which a month is reckoned; a single day says too little
EXAMPLES = 8  # wordings shown
NEAR = 3  # articles that lend a draft their tags…
NEAR_ENOUGH = 0.5  # …if they are at least half as likely as the nearest


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions of one language that ask the same and were not well answered; nothing in it tells
    who asked. `saves` are the handovers that an answer would save in thirty days; `in_vain` the
    articles that were shown and did not settle it."""

    language: str
    title: str
    count: int
    customers: int
    work: float
    handovers: int
    saves: float
    endings: Mapping[str, int]
    examples: tuple[str, ...]
    nearest: Match | None
    in_vain: tuple[str, ...]
    replies: tuple[str, ...]
    first_asked: datetime
    last_asked: datetime
    file: str
    draft: str


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps, what would save most first. `questions` were asked in all, `unanswered` of them not
    well, and `mended` of those would be answered today."""

    since: datetime
    until: datetime
    questions: int = 0
    unanswered: int = 0
    mended: int = 0
    gaps: tuple[Gap, ...] = ()


def find_gaps(questions: Sequence[Question], mind: Mind, since: datetime, now: datetime) -> Gaps:
    """The gaps among these questions, as the knowledge base is now."""
    badly = [question for question in questions if is_gap(question)]
    by_language: defaultdict[str, list[Asked]] = defaultdict(list)
    for asked in ask_again(badly, mind, now):
        if not asked.is_mended:
            by_language[asked.language].append(asked)
    first = min((question.asked_at for question in questions), default=now)
    span = max(now - max(since, first), SHORTEST)
    gaps = [
        _gap([asked[place] for place in places], mind.kb, MONTH / span)
        for language, asked in sorted(by_language.items())
        for places in cluster(
            [one.question.text for one in asked], language, phrasings(mind.kb, language)
        )
    ]
    gaps.sort(key=lambda gap: (-gap.work, -gap.count, -gap.customers, gap.language, gap.title))
    open_ones = sum(map(len, by_language.values()))
    mended = len(badly) - open_ones
    return Gaps(since, now, len(questions), len(badly), mended, _named_apart(gaps, mind.kb))


def is_gap(question: Question) -> bool:
    """Whether a better knowledge base would have served this customer better. "Did you mean", and
    the right article pressed, is none: there only a wording is missing (see kb_suggest)."""
    if question.helpful is False:
        return True
    return question.ending in {Ending.HANDED_OVER, Ending.UNANSWERED, Ending.WORKED_OUT}


def work_of(questions: Iterable[Question]) -> tuple[float, int]:
    """What these questions cost together, and how many handovers were among them."""
    handovers = {question.handover for question in questions if question.handover is not None}
    others = (WORK[question.ending] for question in questions if question.handover is None)
    return round(len(handovers) * WORK[Ending.HANDED_OVER] + sum(others), 2), len(handovers)


def phrasings(kb: KnowledgeBase, language: str) -> list[str]:
    """How the knowledge base itself asks in this language."""
    articles = kb.articles_in(language)
    return [text for article in articles for text in (article.title, *article.questions)]


def _gap(asked: Sequence[Asked], kb: KnowledgeBase, monthly: float) -> Gap:
    """`asked` has the most typical question first."""
    questions = [one.question for one in asked]
    language = asked[0].language
    examples = _distinct(mask(question.text, question.names) for question in questions)
    wordings = _distinct(map(without_signs, examples)) or examples
    replies = _replies(questions)
    near = [match for one in asked[:NEAR] for match in one.matches[:NEAR]]
    near = sorted(near, key=lambda match: -match.score)
    enough = NEAR_ENOUGH * near[0].score if near else 0.0
    tagged = [match.article for match in near if match.score >= enough][:NEAR]
    work, handovers = work_of(questions)
    return Gap(
        language=language,
        title=wordings[0],
        count=len(questions),
        customers=len({question.contact_id for question in questions}),
        work=work,
        handovers=handovers,
        saves=round(handovers * monthly, 1),
        endings=dict(sorted(Counter(map(_how, questions)).items())),
        examples=examples[:EXAMPLES],
        nearest=asked[0].matches[0] if asked[0].matches else None,
        in_vain=tuple(sorted({q.article_id for q in questions if q.article_id and _failed(q)})),
        replies=replies,
        first_asked=min(question.asked_at for question in questions),
        last_asked=max(question.asked_at for question in questions),
        file=f"{language}/{file_name(wordings[0])}.md",
        draft=draft(language, wordings, tagged, _answer(replies)),
    )


def _how(question: Question) -> str:
    return "unhelpful" if question.helpful is False else question.ending.value


def _failed(question: Question) -> bool:
    """Whether what the customer was shown did not settle it."""
    return question.helpful is False or question.ending is Ending.HANDED_OVER


def _replies(questions: Sequence[Question]) -> tuple[str, ...]:
    """What people answered, masked, each handover's messages together."""
    talks = {question.handover: question for question in questions if question.replies}
    return _distinct(
        mask("\n".join(question.replies), question.names) for question in talks.values()
    )


def _answer(replies: Sequence[str]) -> str:
    """The fullest of the answers: whoever edits it cuts more easily than they invent."""
    return max(map(unaddressed, replies), key=len, default="")


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Each once, whatever its capitals and spaces; the first as it was written."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(" ".join(text.casefold().split()).strip(" ?!."), text)
    return tuple(text for key, text in found.items() if key)


def _named_apart(gaps: Iterable[Gap], kb: KnowledgeBase) -> tuple[Gap, ...]:
    """No two drafts have the same file name, and none has that of an article."""
    used = Counter(f"{language}/{id}.md" for language, id in kb.articles)
    named = []
    for gap in gaps:
        used[gap.file] += 1
        number = used[gap.file]
        stem = gap.file.removesuffix(".md")
        named.append(gap if number == 1 else replace(gap, file=f"{stem[:48]}-{number}.md"))
    return tuple(named)
