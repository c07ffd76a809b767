"""Numbers in `policy.yaml` that may be written and are rarely meant."""

from __future__ import annotations

from collections.abc import Iterator

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faults import Fault, nearest
from bot.knowledge.files import POLICY

STRICTEST = 0.99  # a precision above which next to nothing is answered…
LAXEST = 0.5  # …and one below which most answers are wrong
UNANSWERABLE = 0.9  # share of unanswerable questions above which no question is taken for another


def check_policy(kb: KnowledgeBase) -> Iterator[Fault]:
    """Strictness that silences the bot or lets it guess, and tags that no article has."""
    policy, by_tag = kb.policy, kb.policy.precision_by_tag
    yield from _precision(kb, policy.precision, "precision")
    tags = {tag for article in (*kb.articles.values(), *kb.expired) for tag in article.tags}
    for tag, precision in by_tag.items():
        if tag not in tags:
            yield _warning(kb, f'no article has the tag "{tag}"', nearest(tag, tags),
                           "precision_by_tag", tag)  # fmt: skip
        yield from _precision(kb, precision, "precision_by_tag", tag)
    if policy.unanswerable > UNANSWERABLE:
        what = f'"unanswerable: {policy.unanswerable:g}" leaves hardly anything that is answered'
        do = "write the share of questions that nothing here answers, as in 0.1"
        yield _warning(kb, what, do, "unanswerable")


def _precision(kb: KnowledgeBase, precision: float, *where: str) -> Iterator[Fault]:
    written = f'"{where[-1]}: {precision:g}"'
    if precision > STRICTEST:
        what = f"with {written} hardly anything will be answered"
        yield _warning(kb, what, "write at most 0.99; 0.95 is strict", *where)
    elif precision < LAXEST:
        what = f"with {written} most answers may be wrong"
        yield _warning(kb, what, "write at least 0.5; 0.9 is usual", *where)


def _warning(kb: KnowledgeBase, what: str, do: str, *where: str) -> Fault:
    path = f"{kb.folder}/{POLICY}"
    return Fault(path, kb.line(path, *where), what, do, "warning")
