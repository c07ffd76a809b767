"""What customers choose for themselves: topics, a language, to be left in peace."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import Match, Option, Outcome, Reply
from bot.engine.answers import answer
from bot.engine.offers import article_option
from bot.engine.turn import Turn, is_valid
from bot.engine.values import Decision

TOPIC_QUESTIONS = 8


def topic_options(turn: Turn) -> tuple[Option, ...]:
    topics = turn.kb.topics(turn.language)
    return tuple(Option(title, f"topic:{tag}") for tag, title in topics)


def topic(tag: str, turn: Turn) -> Decision:
    articles = [
        article
        for article in turn.kb.articles_in(turn.language)
        if tag in article.tags[:1] and is_valid(article, turn.today)
    ]
    if not articles:
        return old_button(f"topic:{tag}", turn)
    if len(articles) == 1:
        return answer(Match(articles[0], 1.0, tag), turn, f"pressed: topic {tag}, of one article")
    options = tuple(article_option(article) for article in articles[:TOPIC_QUESTIONS])
    reply = Reply(turn.say("choose_question"), options)
    return turn.decide(Outcome.CLARIFIED, f"pressed: topic {tag}", reply)


def set_language(wanted: str, turn: Turn) -> Decision:
    if wanted in turn.kb.languages:
        said = turn.kb.say(wanted, "language_set")
        decision = turn.decide(Outcome.GREETED, f"/language {wanted}", Reply(said))
        return replace(decision, language=wanted, choose_language=wanted)
    options = tuple(
        Option(turn.kb.say(code, "language_name"), f"language:{code}") for code in turn.kb.languages
    )
    return turn.decide(Outcome.GREETED, "/language", Reply(turn.say("choose_language"), options))


def stop(turn: Turn) -> Decision:
    reply = Reply(turn.say("opted_out"))
    return turn.decide(
        Outcome.NOTED, "the customer wants no unasked messages", reply, opted_out=True
    )


def old_button(value: str, turn: Turn) -> Decision:
    return turn.decide(Outcome.NOTED, f"unknown button {value!r}", Reply(turn.say("old_button")))
