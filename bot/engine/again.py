"""What a customer has been told already is not told again as if nothing had happened."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import Article, Option, Outcome, Reply
from bot.engine.offers import WORTH_OFFERING, article_option, hand_over, human_option
from bot.engine.turn import Turn
from bot.engine.values import Decision, Told, name_of
from bot.knowledge.escape import escape_markdown

ENOUGH = 2  # times that an answer is given before a person comes
SHORT = 300  # characters of an answer that are worth repeating…
LIST = 600  # …and with the list that its beginning leads to


def told_before(article: Article, turn: Turn) -> Told | None:
    """What is remembered of having shown this article lately."""
    return next((told for told in turn.told if told.article == name_of(article)), None)


def tell_again(article: Article, earlier: Told, turn: Turn, why: str) -> Decision:
    """The answer to a question is one that was given lately. If it was the last one, the customer
    is pointed to it; if others came in between, it is repeated in short. Beside it stand what else
    may be meant, and a person, who comes by himself at the third time."""
    why = f"{why}; told before, this is time {earlier.times + 1}"
    if earlier.times >= ENOUGH:
        return hand_over(turn, "again", why, article)
    context = turn.standing.context.telling(article, turn.standing.now, in_vain=not turn.continues)
    context = replace(context, misses=0)
    others = (*_next_best(article, turn), human_option(turn))
    if turn.told[-1].article == name_of(article):
        reply = Reply(turn.say("told_already"), others)
        outcome = Outcome.OFFERED_HUMAN
    else:
        whole = Option(turn.say("show_it"), f"article:{article.id}")
        reply = Reply(turn.say("told_before", short=_in_short(article)), (whole, *others))
        outcome = Outcome.ANSWERED
    return turn.decide(outcome, why, reply, article=article, context=context)


def _in_short(article: Article) -> str:
    """The whole answer if it is short, else its beginning, with the list that this leads to; where
    that is long, too, what it was about."""
    body = article.body.strip()
    paragraphs = body.split("\n\n")
    first = paragraphs[0]
    if len(body) <= SHORT or len(paragraphs) == 1:
        short = body
    else:
        short = f"{first}\n\n{paragraphs[1]}" if _leads_on(first) else first
    is_whole = len(short) <= (LIST if _leads_on(first) else SHORT) and not _leads_on(short)
    return short if is_whole else f"*{escape_markdown(article.title)}*"


def _leads_on(text: str) -> bool:
    return text.rstrip("*_ ").endswith(":")


def _next_best(article: Article, turn: Turn) -> tuple[Option, ...]:
    known = {told.article for told in turn.told} | {name_of(article)}
    # Who goes on from an answer asks for something beside it, more likely than it looks.
    worth = WORTH_OFFERING / 5 if turn.continues else WORTH_OFFERING
    near = (m.article for m in turn.matches if m.score >= worth)
    return tuple(article_option(other) for other in near if name_of(other) not in known)[:1]
