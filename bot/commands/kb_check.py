"""The whole check of a knowledge base: its files, its patterns, and what its own index makes of
its example questions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from bot.domain import Article, Match
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.check import check, in_order
from bot.knowledge.check_twins import is_twin
from bot.knowledge.faults import Fault, Level
from bot.knowledge.files import POLICY
from bot.understanding.patterns import PatternError, parse

if TYPE_CHECKING:
    from bot.understanding.embeddings import Vectors

QUOTED = 60  # characters of an example question that are shown
SURE = 0.8  # belief from which, give or take, the bot answers
SEVERAL = 2  # questions answered wrongly that make it a warning…
SHARE = 0.25  # …if they are this share of those tried; one in ten is the bot's to miss
BELIEF = 1.0  # questions that two articles can be expected to take from each other: a note


class HeldOut(Protocol):
    """An example question asked while it was left out, as `understanding.index` tells it."""

    @property
    def article_id(self) -> str: ...
    @property
    def phrasing(self) -> str: ...
    @property
    def found_id(self) -> str: ...
    @property
    def score(self) -> float: ...


class Searchable(Protocol):
    """What is asked of a language's index."""

    @property
    def held_out(self) -> Sequence[HeldOut]: ...
    @property
    def advice(self) -> Sequence[str]: ...
    def search(self, text: str, limit: int = ...) -> tuple[Match, ...]: ...


def faults_of(kb: KnowledgeBase) -> list[Fault]:
    """Everything that is wrong in the files, by file and line; no index is built for it."""
    return in_order([*check(kb), *_patterns(kb)])


def indexes_of(kb: KnowledgeBase, vectors: Vectors | None = None) -> dict[str, Searchable]:
    """The index of each language, as the bot has it: with the embeddings if there are `vectors`,
    and as sure as the policy asks. Blocking, and the slow part of a check."""
    from bot.understanding.choose import choose_index

    unanswerable = kb.policy.unanswerable
    return {
        language: choose_index(kb.articles_in(language), language, vectors, unanswerable)
        for language in kb.languages
    }


def examine(kb: KnowledgeBase, indexes: Mapping[str, Searchable]) -> list[Fault]:
    """The same, and what only shows when the index (by language) answers the example questions."""
    faults = faults_of(kb)
    for language, index in indexes.items():
        faults += _advised(kb, language, index)
        # A question that stands twice is an error already; asking it would only repeat that.
        twin = is_twin(kb, language)
        faults += _lost(kb, language, index, twin)
        held_out = [one for one in index.held_out if not twin(one.phrasing)]
        faults += _confused(kb, language, held_out)
    return in_order(faults)


def as_rows(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """Faults as JSON."""
    return [
        {"path": f.path, "line": f.line, "level": f.level, "what": f.what, "do": f.what_to_do}
        for f in faults
    ]


def as_words(kb: KnowledgeBase, faults: Sequence[Fault]) -> str:
    """Faults for a person, a line each, and the sum at the end; notes are counted only if any."""
    counts = Counter(fault.level for fault in faults)
    found = [_count(counts["error"], "error"), _count(counts["warning"], "warning")]
    found += [_count(counts["note"], "note")] if counts["note"] else []
    where = f"{_count(len(kb.articles), 'article')} in {_count(len(kb.languages), 'language')}"
    return "\n".join([*(f"{f.level}: {f}" for f in faults), f"{where}: {', '.join(found)}"])


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _patterns(kb: KnowledgeBase) -> Iterator[Fault]:
    """Patterns in `hear:` and in the policy's `people: words:` that cannot be understood."""
    for code, phrases in kb.phrases.items():
        for intent, patterns in phrases.hear.items():
            path = f"{kb.folder}/phrases/{code}.yaml"
            yield from _misspelt(kb, path, patterns, "hear", intent)
    for code, words in kb.policy.people.words.items():
        yield from _misspelt(kb, f"{kb.folder}/{POLICY}", words, "people", "words", code)


def _misspelt(
    kb: KnowledgeBase, path: str, patterns: Sequence[str], *where: str
) -> Iterator[Fault]:
    name = ".".join(where)
    for number, pattern in enumerate(patterns):
        try:
            parse(where[-1], pattern)
        except PatternError as error:
            line = kb.line(path, *where, number)
            what = f'"{name}": {error.what}'
            yield Fault(path, line, what, error.what_to_do)


def _advised(kb: KnowledgeBase, language: str, index: Searchable) -> Iterator[Fault]:
    """What would make a language's index surer, or faster."""
    from bot.understanding import choose

    folder = f"{kb.folder}/articles/{language}"
    for advice in index.advice:
        yield Fault(folder, None, advice, "add articles and example questions", "note")
    if advice := choose.advice(kb.articles_in(language)):
        yield Fault(folder, None, advice, choose.INSTALL, "note")


def _lost(
    kb: KnowledgeBase, language: str, index: Searchable, twin: Callable[[str], bool]
) -> Iterator[Fault]:
    """Example questions that do not find the very article they stand in."""
    for article in kb.articles_in(language):
        for n, question in enumerate(article.questions):
            if twin(question):
                continue
            found = index.search(question, 1)
            if found and found[0].article.id == article.id:
                continue
            line = kb.line(article.path, "questions", n)
            if not found:
                what = f"the question “{_short(question)}” finds no article, not even this one"
                do = "word it as a customer would, with a word that says what it is about"
            else:
                other = found[0].article
                what = f"the question “{_short(question)}” finds {other.id} (“{other.title}”)"
                do = f"move it to {other.path}, or word it so that only this article fits"
            yield Fault(article.path, line, what, do, "warning")


def _confused(kb: KnowledgeBase, language: str, held_out: Sequence[HeldOut]) -> Iterator[Fault]:
    """Pairs of articles that draw each other's questions: what becomes of customers who word theirs
    nearly as in an example. A warning where several would be answered wrongly, a note where the bot
    would be in two minds."""
    asked = Counter(one.article_id for one in held_out)
    astray: defaultdict[tuple[str, str], list[HeldOut]] = defaultdict(list)
    for one in held_out:
        if one.found_id and one.found_id != one.article_id:
            astray[one.article_id, one.found_id].append(one)
    for (id, other_id), lost in sorted(astray.items()):
        article, other = kb.article(id, language), kb.article(other_id, language)
        if not article or not other:
            continue
        back = astray.get((other_id, id), [])
        sure = [one for one in lost if one.score >= SURE]
        many = SHARE * asked[id]
        if len(sure) >= max(SEVERAL, many):
            yield _overlap(kb, article, other, sure, asked[id], "warning")
        elif (sure and len(sure) >= many) or (
            _belief(lost) >= many
            and _belief(lost) + _belief(back) >= BELIEF
            and (_belief(lost), other_id) >= (_belief(back), id)  # told of the worse direction
        ):
            yield _overlap(kb, article, other, lost, asked[id], "note")


def _belief(astray: Sequence[HeldOut]) -> float:
    """How many questions the other article can be expected to take."""
    return sum(one.score for one in astray)


def _overlap(
    kb: KnowledgeBase,
    article: Article,
    other: Article,
    astray: Sequence[HeldOut],
    asked: int,
    level: Level,
) -> Fault:
    surest = max(astray, key=lambda one: (one.score, one.phrasing))
    taken = "is easily taken for" if len(astray) == 1 else "are easily taken for"
    happens = "would be answered with" if level == "warning" else taken
    what = (
        f"{len(astray)} of its {asked} example questions {happens} {other.id} "
        f"(“{other.title}”), e.g. “{_short(surest.phrasing)}”"
    )
    do = "give each article its own words, or make one article of the two"
    return Fault(article.path, kb.line(article.path, "questions"), what, do, level)


def _short(text: str) -> str:
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 1]}…"
