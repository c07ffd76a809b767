"""Articles that say what another one says already, so that no question can tell them apart."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from rapidfuzz import fuzz

from bot.domain import Article
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faults import Fault, Level

ALIKE = 90  # of 100, from which two bodies are one and the same answer
FEWEST_WORDS = 12  # shorter bodies ("we pass this on to a colleague") may well be alike
RUN = 3  # words in a row that two bodies must share to be compared at all
SHARED = 0.5  # the share of such runs
COMMON = 200  # articles with a run that are paired; boilerplate in more of them tells nothing

_WORD = re.compile(r"[^\W_]+")


def check_twins(kb: KnowledgeBase) -> Iterator[Fault]:
    """Example questions and titles that stand twice in a language, and bodies nearly the same."""
    yield from _asked_twice(kb)
    for language in kb.languages:
        articles = kb.articles_in(language)
        yield from _same_title(kb, articles)
        yield from _same_body(kb, articles)


def _asked_twice(kb: KnowledgeBase) -> Iterator[Fault]:
    """Questions that stand twice in one language: no reader could tell which answer is meant."""
    owners: dict[tuple[str, str], Article] = {}
    for article in sorted(kb.articles.values(), key=lambda article: article.path):
        seen: set[str] = set()
        for n, question in enumerate(article.questions):
            asked = _asked(question)
            owner = owners.setdefault((article.language, asked), article)
            if owner is not article or asked in seen:
                line = kb.line(article.path, "questions", n)
                where = f"in {owner.path} too" if owner is not article else "twice"
                what = f'the question "{question}" stands here {where}'
                do = "keep it in the article that answers it"
                level: Level = "error" if owner is not article else "warning"
                yield Fault(article.path, line, what, do, level)
            seen.add(asked)


def is_twin(kb: KnowledgeBase, language: str) -> Callable[[str], bool]:
    """Tells the example questions that stand in several articles of a language."""
    owners = Counter(
        asked
        for article in kb.articles_in(language)
        for asked in {_asked(question) for question in article.questions}
    )
    return lambda question: owners[_asked(question)] > 1


def _asked(question: str) -> str:
    return " ".join(question.casefold().strip(" ?!.").split())


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _same_title(kb: KnowledgeBase, articles: Sequence[Article]) -> Iterator[Fault]:
    owners: dict[str, Article] = {}
    for article in articles:
        owner = owners.setdefault(_words(article.title), article)
        if owner is not article:
            what = f"the title is that of {owner.path}, and customers choose by titles"
            do = "say in each title what only this article answers"
            yield Fault(article.path, kb.line(article.path, "title"), what, do, "warning")


def _same_body(kb: KnowledgeBase, articles: Sequence[Article]) -> Iterator[Fault]:
    bodies = [_words(article.body) for article in articles]
    for first, second in _candidates([body.split() for body in bodies]):
        score = fuzz.ratio(bodies[first], bodies[second])
        if score >= ALIKE:
            article, other = articles[second], articles[first]
            what = f"the answer is nearly the same as in {other.path}"
            do = "make one article of the two, or say in each what sets it apart"
            yield Fault(article.path, kb.line(article.path, "body"), what, do, "warning")


def _candidates(bodies: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Pairs that share enough runs of words to be worth comparing letter by letter; found through
    the runs, so that a thousand articles take no million comparisons."""
    runs = [{tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1)} for words in bodies]
    holders: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, found in enumerate(runs):
        if len(bodies[number]) >= FEWEST_WORDS:
            for run in found:
                holders[run].append(number)
    shared: defaultdict[tuple[int, int], int] = defaultdict(int)
    for numbers in holders.values():
        for pair in combinations(numbers[:COMMON], 2):
            shared[pair] += 1
    return sorted(
        pair
        for pair, count in shared.items()
        if count >= SHARED * min(len(runs[pair[0]]), len(runs[pair[1]]))
    )
