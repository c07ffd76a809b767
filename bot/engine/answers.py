"""An article as an answer: its text, its buttons, whether it helped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import Article, HandoffRule, Match, Option, Outcome, Reply
from bot.engine.complaints import COMPLAIN, complain
from bot.engine.feelings import is_displeased
from bot.engine.offers import article_option, hand_over, human_option
from bot.engine.turn import Turn, is_valid
from bot.engine.values import Context, Decision
from bot.knowledge.escape import escape_markdown


def answer(match: Match, turn: Turn, why: str, in_any_language: bool = False) -> Decision:
    """Show an article, bring or offer a person as it says, and remember that it was shown."""
    article = match.article
    if article.language != turn.language and not in_any_language:
        return _other_language(article, turn, why)
    return show([article], article.body, turn, why)


def show(
    articles: Sequence[Article], text: str, turn: Turn, why: str, also: Sequence[Option] = ()
) -> Decision:
    """Give `text`, which is made of these articles, with the buttons of all, and `also` others.
    The first one that asks for a person brings one; the first of all is what it is about."""
    topics = turn.kb.policy.complaints.topics
    complaint = next((a for a in articles if _is_about(a, topics)), None)
    if complaint is not None and is_displeased(turn):
        return complain(turn, f"{why}; it is an answer to complaints", text, complaint)
    always = next((a for a in articles if _brings_person(a, turn)), None)
    own = [option for article in articles for option in article.buttons]
    if complaint is not None:  # who asks how to make one may want to, or not
        own.append(Option(turn.say("complaint_make"), COMPLAIN))
    if always is not None:
        decision = hand_over(turn, "article", f"{why}; its rule is handoff: always", always)
        reply = Reply(f"{text}\n\n{turn.say('handing_over_also')}", _once(own))
        return replace(decision, reply=reply)
    if any(article.handoff is HandoffRule.OFFER for article in articles):
        text = f"{text}\n\n{turn.say('offer_after_answer')}"
        own.append(human_option(turn))
    own += [*also, *(option for a in articles for option in _see_also(a, articles, turn))]
    reply = Reply(
        f"{text}\n\n*{turn.say('did_this_help')}*", (*_once(own), *_helpful_options(articles[0]))
    )
    context = _having_told(articles, turn)
    return turn.decide(Outcome.ANSWERED, why, reply, article=articles[0], context=context)


def _brings_person(article: Article, turn: Turn) -> bool:
    is_topic = _is_about(article, turn.kb.policy.people.topics)
    return article.handoff is HandoffRule.ALWAYS or is_topic


def _is_about(article: Article, tags: Sequence[str]) -> bool:
    return not set(article.tags).isdisjoint(tags)


def _having_told(articles: Sequence[Article], turn: Turn) -> Context:
    context = replace(turn.standing.context, misses=0)
    for article in articles:
        context = context.telling(article, turn.standing.now)
    return context


def _see_also(article: Article, shown: Sequence[Article], turn: Turn) -> list[Option]:
    """Related articles; beside several answers none but the buttons of their own."""
    if len(shown) > 1:
        return []
    related = (turn.kb.article(name, turn.language) for name in article.see_also[:2])
    return [article_option(a) for a in related if a is not None and is_valid(a, turn.today)]


def _once(options: Sequence[Option]) -> tuple[Option, ...]:
    return tuple(dict.fromkeys(options))


def _helpful_options(article: Article) -> list[Option]:
    return [Option("👍", f"helpful:1:{article.id}"), Option("👎", f"helpful:0:{article.id}")]


def _other_language(article: Article, turn: Turn, why: str) -> Decision:
    name = turn.say(f"language_{article.language}")
    text = turn.say("only_in_language", language=name, title=escape_markdown(article.title))
    show_it = Option(turn.say("show_it"), f"show:{article.language}:{article.id}")
    return turn.decide(
        Outcome.OFFERED_HUMAN,
        f"{why}; it exists only in {article.language}",
        Reply(text, (show_it, human_option(turn))),
        article=article,
    )
