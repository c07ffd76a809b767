"""One event with all that the rules look at: its language, and the articles that fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.domain import Article, Match, Outcome, Reading, Reply
from bot.engine.values import Decision, Standing
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.escape import escape_markdown

SURE_LANGUAGE = 0.6  # probability from which a text may switch the language of a conversation…
CERTAIN_LANGUAGE = 0.97  # …and from which one may that means nothing to us
SMALL_TALK_LANGUAGE = 0.9  # …and from which a greeting may
SOME_SENSE = 0.2  # score from which a text means something
SMALL_TALK = {"greeting", "thanks", "goodbye", "yes", "no"}
# Commands without their slash: Slack keeps what begins with one to itself.
PLAIN_COMMANDS = {"start", "help", "language"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One event with all that the rules look at."""

    standing: Standing
    reading: Reading
    language: str
    matches: tuple[Match, ...]  # one per article id, in the customer's language where it exists
    kb: KnowledgeBase
    today: date
    slash: str = "/"  # what commands begin with, where the customer writes

    def say(self, key: str, **values: object) -> str:
        name = escape_markdown(self.standing.first_name)
        return self.kb.say(self.language, key, **{"name": name, **values})

    def decide(
        self, outcome: Outcome, why: Iterable[str] | str, reply: Reply | None = None, **rest: Any
    ) -> Decision:
        """A decision whose reply's buttons are remembered, with the misses counted anew unless
        a context is given."""
        context = rest.pop("context", None) or replace(self.standing.context, misses=0)
        if reply is not None:
            context = replace(context, options=tuple(o for o in reply.options if o.value))
        return Decision(
            outcome=outcome,
            language=self.language,
            context=replace(context, comment_on=rest.pop("comment_on", None)),
            why=(why,) if isinstance(why, str) else tuple(why),
            reply=reply,
            matches=self.matches,
            **rest,
        )


def choose_language(reading: Reading, standing: Standing, kb: KnowledgeBase) -> str:
    """The language to answer in: the chosen one; else that of the conversation, until a text is
    clearly in another. A "no", an "ok", a product's name, a command or a typing cat switch nothing:
    people answer yes and no, and write what they were told to write, in any language."""
    if standing.chosen_language:
        return standing.chosen_language
    if not reading.languages or _is_neutral(reading):
        return standing.language
    likeliest = max(sorted(reading.languages), key=lambda code: reading.languages[code])
    certain = reading.languages[likeliest]
    usual = reading.languages.get(standing.language, 0.0)
    fits, fits_usual = (_best_fit(reading, code) for code in (likeliest, standing.language))
    # "size" is a Turkish word, too: what is asked about in the usual language is in that language.
    makes_sense = fits >= max(SOME_SENSE, fits_usual)
    needed = SURE_LANGUAGE if makes_sense else CERTAIN_LANGUAGE
    if reading.intents:
        needed = SMALL_TALK_LANGUAGE if reading.intents <= SMALL_TALK else SURE_LANGUAGE
    if standing.language in kb.languages and (certain < needed or certain < 2 * usual):
        return standing.language
    return likeliest


def _is_neutral(reading: Reading) -> bool:
    text = reading.text.strip().casefold()
    is_answer = bool(reading.intents) and reading.intents <= {"yes", "no", "stop"}
    return is_answer or text.startswith("/") or text in PLAIN_COMMANDS


def _best_fit(reading: Reading, language: str) -> float:
    scores = (match.score for match in reading.matches if match.article.language == language)
    return max(scores, default=0.0)


def merge(
    matches: Iterable[Match], language: str, kb: KnowledgeBase, today: date
) -> tuple[Match, ...]:
    """The matches of one language, best first, shown in `language` where the article exists in it.

    That one language is the customer's if anything fits in it, else that of the best match: how
    far the next article is behind says something only between phrasings of one language."""
    valid = [match for match in matches if is_valid(match.article, today)]
    own = [match for match in valid if match.article.language == language]
    if not own or own[0].score < kb.policy.clarify_score:
        own = [m for m in valid if m.article.language == valid[0].article.language]
    return tuple(
        replace(match, article=kb.article(match.article.id, language) or match.article)
        for match in own
    )


def is_valid(article: Article, today: date) -> bool:
    return article.valid_until is None or article.valid_until >= today


def is_confident(turn: Turn) -> bool:
    policy = turn.kb.policy
    if not turn.matches or turn.matches[0].score < policy.answer_score:
        return False
    second = turn.matches[1].score if len(turn.matches) > 1 else 0.0
    return turn.matches[0].score - second >= policy.answer_margin
