"""One event with all that the rules look at: its language, and the articles that fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.domain import Article, Match, Mood, Outcome, Reading, Reply
from bot.engine.join_codes import code_in
from bot.engine.values import Context, Decision, Standing, Told
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.escape import escape_markdown
from bot.knowledge.policy import Policy

SURE_LANGUAGE = 0.6  # probability from which a text may switch the language of a conversation…
CERTAIN_LANGUAGE = 0.97  # …and from which one may that means nothing to us
SMALL_TALK_LANGUAGE = 0.9  # …and from which a greeting may
MIXED = 0.2  # share of a text from which a language takes part in it
CLOSE_QUESTIONS = 3  # at most this many "did you mean" buttons
AGAINST_ODDS = 0.35  # probability below which an answer is likelier wrong than right, by far
SOME_SENSE = 0.2  # score from which a text means something
SMALL_TALK = {"greeting", "thanks", "goodbye", "yes", "no", "unhelpful", "bot", "chatter"}
# Commands without their slash: Slack keeps what begins with one to itself.
PLAIN_COMMANDS = {"start", "help", "language", "complaint", "link"}


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
    mood: Mood = field(default_factory=Mood)  # of the text in its conversation
    continues: bool = False  # the text was understood as continuing the question before it

    def say(self, key: str, **values: object) -> str:
        name = escape_markdown(self.standing.first_name)
        return self.kb.say(self.language, key, **{"name": name, **values})

    @property
    def told(self) -> tuple[Told, ...]:
        """What the customer was shown lately, the last one last."""
        return self.standing.context.told_lately(self.standing.now)

    def with_context(self, context: Context) -> Turn:
        return replace(self, standing=replace(self.standing, context=context))

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
    people answer yes and no, and write what they were told to write, in any language. A text in
    two languages is answered in the one of them that the customer has mostly used."""
    if standing.chosen_language:
        return standing.chosen_language
    # A text may be in a language that there are no answers in.
    spoken = {code: p for code, p in reading.languages.items() if code in kb.languages}
    if not spoken or _is_neutral(reading):
        return standing.language
    likeliest = max(sorted(spoken), key=lambda code: spoken[code])
    certain = spoken[likeliest]
    if certain < SURE_LANGUAGE and (mostly := _mostly_used(spoken, standing)):
        return mostly
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


def _mostly_used(spoken: Mapping[str, float], standing: Standing) -> str | None:
    """Of the languages in a mixed text the one that this customer has mostly used, if any."""
    taking_part = [code for code, share in spoken.items() if share >= MIXED]
    if len(taking_part) < 2:
        return None
    used = Counter(code for code in standing.context.spoken if code in taking_part)
    most = used.most_common(1)
    return most[0][0] if most else None


def is_clear(language: str, reading: Reading) -> bool:
    """Whether a text tells beyond doubt which language its author speaks."""
    return not _is_neutral(reading) and reading.languages.get(language, 0.0) >= SMALL_TALK_LANGUAGE


def _is_neutral(reading: Reading) -> bool:
    text = reading.text.strip().casefold()
    is_answer = bool(reading.intents) and reading.intents <= {"yes", "no", "stop"}
    is_command = text.startswith("/") or text in PLAIN_COMMANDS
    return is_answer or is_command or bool(code_in(text))


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
    if chance(own) < kb.policy.clarify_chance:
        own = [m for m in valid if m.article.language == valid[0].article.language]
    return tuple(
        replace(match, article=kb.article(match.article.id, language) or match.article)
        for match in own
    )


def see(turn: Turn, reading: Reading) -> Turn:
    """The same turn with another reading: of a part, or of the text in its context."""
    matches = merge(reading.matches, turn.language, turn.kb, turn.today)
    return replace(turn, reading=reading, matches=matches)


def same_topic(turn: Turn) -> bool:
    """Whether the best match is about what was spoken of last."""
    found = turn.matches[0].article if turn.matches else None
    earlier = turn.kb.article(*turn.told[-1].place) if turn.told else None
    if found is None or earlier is None:
        return False
    related = {earlier.id, *earlier.see_also, *turn.standing.context.close}
    shares_tag = not set(found.tags).isdisjoint(earlier.tags)
    return shares_tag or found.id in related or earlier.id in found.see_also


def is_valid(article: Article, today: date) -> bool:
    return article.valid_until is None or article.valid_until >= today


def is_confident(turn: Turn) -> bool:
    return bool(turn.matches) and is_sure(turn.matches[0], turn.kb.policy)


def is_sure(match: Match, policy: Policy) -> bool:
    """Whether answers at least this sure should be right as often as the admin asks for. Where
    nearly every answer is right, that would let hopeless ones pass: none is given against odds."""
    wanted = policy.precision_for(match.article.tags)
    return match.score >= AGAINST_ODDS and max(match.precision, match.score) >= wanted


def chance(matches: Sequence[Match]) -> float:
    """How likely the article meant is among the best few."""
    return min(1.0, sum(match.score for match in matches[:CLOSE_QUESTIONS]))
