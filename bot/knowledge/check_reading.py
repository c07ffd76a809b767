"""Whether an answer can be read in a chat, at a glance, by anybody."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain import Article
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faults import Fault
from bot.knowledge.prose import Sentence, sentences
from bot.knowledge.readability import ease

FEWEST_WORDS = 30  # with fewer, a readability formula says more about chance than about the text


def check_reading(kb: KnowledgeBase) -> Iterator[Fault]:
    """A warning for each answer that is over-long or hard to read, and each over-long sentence."""
    for article in kb.articles.values():
        line = kb.line(article.path, "body")
        text = sentences(article.body)
        yield from _length(article, text, line, kb.tone.answer_words)
        yield from _ease(article, text, line)
        for sentence in text:
            count = len(sentence.words)
            if count > kb.tone.sentence_words:
                what = f"a sentence of {count} words (“{_beginning(sentence)} …”)"
                do = f"make it two; {kb.tone.sentence_words} words are the most that reads well"
                yield Fault(article.path, (line or 1) + sentence.line, what, do, "warning")


def _length(
    article: Article, text: list[Sentence], line: int | None, longest: int
) -> Iterator[Fault]:
    count = sum(len(sentence.words) for sentence in text)
    if count > longest:
        what = f"the answer has {count} words, more than the {longest} that are read in a chat"
        do = "keep what most people need and link to the rest, or split it into two articles"
        yield Fault(article.path, line, what, do, "warning")


def _ease(article: Article, text: list[Sentence], line: int | None) -> Iterator[Fault]:
    words = [sentence.words for sentence in text]
    found = ease(words, article.language)
    if found and found.hard and sum(map(len, words)) >= FEWEST_WORDS:
        side = "below" if found.value < found.bound else "above"
        what = f"it is hard to read ({found.formula} {found.value:.0f}, {side} {found.bound:.0f})"
        do = "use shorter sentences and everyday words"
        yield Fault(article.path, line, what, do, "warning")


def _beginning(sentence: Sentence) -> str:
    return " ".join(sentence.text.split()[:5])
