"""Questions: answered, asked back, or given to a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain import Article, HandoffRule, Match, Option, Outcome, Reply
from bot.engine.turn import SOME_SENSE, Turn, is_confident, is_valid
from bot.engine.values import Decision
from bot.knowledge.escape import escape_markdown

CLOSE_QUESTIONS = 3  # at most this many "did you mean" buttons


def question(turn: Turn) -> Decision:
    policy, matches = turn.kb.policy, turn.matches
    near = tuple(m.article.id for m in matches[:CLOSE_QUESTIONS] if m.score >= SOME_SENSE)
    close_ids = near or turn.standing.context.close
    turn = replace(
        turn,
        standing=replace(turn.standing, context=replace(turn.standing.context, close=close_ids)),
    )
    best = matches[0].score if matches else 0.0
    seen = f"best match {best:.2f}" + (f" ({matches[0].article.id})" if matches else "")
    if is_confident(turn):
        return answer(matches[0], turn, f"{seen}, sure enough from {policy.answer_score:.2f}")
    close = [match for match in matches if match.score >= policy.clarify_score]
    if close:
        return _did_you_mean(close[:CLOSE_QUESTIONS], turn, f"{seen}, not sure or too close")
    if turn.standing.context.misses == 0:
        context = replace(turn.standing.context, misses=1)
        reply = Reply(turn.say("rephrase"), (human_option(turn),))
        return turn.decide(Outcome.REPHRASE, f"{seen}: nothing fits", reply, context=context)
    return hand_over(turn, "not_understood", f"{seen}: nothing fits, a second time")


def answer(match: Match, turn: Turn, why: str, in_any_language: bool = False) -> Decision:
    article = match.article
    if article.language != turn.language and not in_any_language:
        return _other_language(article, turn, why)
    if article.handoff is HandoffRule.ALWAYS:
        decision = hand_over(turn, "article", f"{why}; its rule is handoff: always", article)
        text = f"{article.body}\n\n{turn.say('handing_over_also')}"
        return replace(decision, reply=Reply(text, article.buttons))
    text, options = article.body, list(article.buttons)
    if article.handoff is HandoffRule.OFFER:
        text = f"{text}\n\n{turn.say('offer_after_answer')}"
        options.append(human_option(turn))
    options += _see_also(article, turn)
    options += _helpful_options(article)
    reply = Reply(f"{text}\n\n*{turn.say('did_this_help')}*", tuple(options))
    return turn.decide(Outcome.ANSWERED, why, reply, article=article)


def _see_also(article: Article, turn: Turn) -> list[Option]:
    related = (turn.kb.article(name, turn.language) for name in article.see_also[:2])
    return [article_option(a) for a in related if a is not None and is_valid(a, turn.today)]


def _helpful_options(article: Article) -> list[Option]:
    return [Option("👍", f"helpful:1:{article.id}"), Option("👎", f"helpful:0:{article.id}")]


def article_option(article: Article) -> Option:
    return Option(article.title, f"article:{article.id}")


def human_option(turn: Turn) -> Option:
    return Option(turn.say("talk_to_person"), "human")


def _did_you_mean(close: list[Match], turn: Turn, why: str) -> Decision:
    options = [article_option(match.article) for match in close]
    options.append(Option(turn.say("none_of_these"), "none"))
    reply = Reply(turn.say("did_you_mean"), tuple(options))
    return turn.decide(Outcome.CLARIFIED, why, reply)


def _other_language(article: Article, turn: Turn, why: str) -> Decision:
    name = turn.say(f"language_{article.language}")
    text = turn.say("only_in_language", language=name, title=escape_markdown(article.title))
    show = Option(turn.say("show_it"), f"show:{article.language}:{article.id}")
    reply = Reply(text, (show, human_option(turn)))
    return turn.decide(
        Outcome.OFFERED_HUMAN,
        f"{why}; it exists only in {article.language}",
        reply,
        article=article,
    )


def offer(turn: Turn, phrase: str, why: str, **rest: Any) -> Decision:
    options = (human_option(turn), Option(turn.say("no_thanks"), "no_human"))
    return turn.decide(Outcome.OFFERED_HUMAN, why, Reply(turn.say(phrase), options), **rest)


def hand_over(turn: Turn, reason: str, why: str, article: Article | None = None) -> Decision:
    """Bring a person in; the customer is told that somebody comes."""
    phrase = "handing_over_sorry" if reason in {"not_understood", "error"} else "handing_over"
    reply = Reply(turn.say(phrase))
    if turn.standing.with_person:
        reply = Reply(turn.say("already_handed_over"))
        return turn.decide(Outcome.RELAYED, f"{why}; a person has it already", reply)
    return turn.decide(Outcome.HANDED_OFF, why, reply, handoff=reason, article=article)
