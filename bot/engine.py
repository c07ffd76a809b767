"""The decision: what to do about one customer's event. Pure: no clock, no database, no network.

Rules are tried in order, the first that has an answer wins, and says why in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.domain import (
    Article,
    ButtonPress,
    Deletion,
    Edit,
    HandoffRule,
    InboundMessage,
    Match,
    Option,
    Outcome,
    Reading,
    Reply,
)
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.escape import escape_markdown

CLOSE_QUESTIONS = 3  # at most this many "did you mean" buttons
TOPIC_QUESTIONS = 8
SURE_LANGUAGE = 0.6  # probability from which a text may switch the language of a conversation…
CERTAIN_LANGUAGE = 0.97  # …and from which one may that means nothing to us
SOME_SENSE = 0.2  # score from which a text means something
CUSTOMER_SCALE = ("1", "2", "3", "4", "5")
COMMAND_HUMAN, COMMAND_STOP = "/human", "/stop"


@dataclass(frozen=True, slots=True)
class Context:
    """What the bot remembers of a conversation between two events; stored as JSON."""

    misses: int = 0  # questions in a row that found nothing
    options: tuple[Option, ...] = ()  # the buttons shown last, so that "2" can mean the second
    comment_on: int | None = None  # the ticket whose rating may be followed by words
    started_with: str = ""  # the payload of the deep link the customer came by
    close: tuple[str, ...] = ()  # ids of the articles nearest to the last question
    unclear: str = ""  # the message that was not understood; an edit of it is a new attempt

    def to_json(self) -> dict[str, Any]:
        """The context with empty fields left out."""
        plain = {
            "misses": self.misses,
            "options": [[o.label, o.value] for o in self.options if o.value],
            "comment_on": self.comment_on,
            "started_with": self.started_with,
            "close": list(self.close),
            "unclear": self.unclear,
        }
        return {key: value for key, value in plain.items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Context:
        """What `to_json` wrote; fields of an older version are ignored."""
        return cls(
            misses=stored.get("misses", 0),
            options=tuple(Option(label, value) for label, value in stored.get("options", ())),
            comment_on=stored.get("comment_on"),
            started_with=stored.get("started_with", ""),
            close=tuple(stored.get("close", ())),
            unclear=stored.get("unclear", ""),
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands when an event arrives."""

    language: str
    chosen_language: str | None = None
    name: str = ""
    with_person: bool = False  # an unresolved ticket exists
    context: Context = field(default_factory=Context)

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else ""


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating the customer gave: `kind` helpful or csat; `subject` a ticket or an article."""

    kind: str
    subject: str
    score: int | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens now. `handoff` is the reason's code when a person is to be brought in."""

    outcome: Outcome
    language: str
    context: Context
    why: tuple[str, ...]
    reply: Reply | None = None
    handoff: str | None = None
    article: Article | None = None
    matches: tuple[Match, ...] = ()
    rated: Rated | None = None
    choose_language: str | None = None
    opted_out: bool | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One event with all that the rules look at."""

    standing: Standing
    reading: Reading
    language: str
    matches: tuple[Match, ...]  # one per article id, in the customer's language where it exists
    kb: KnowledgeBase
    today: date

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


def decide(
    event: InboundMessage | ButtonPress | Edit | Deletion,
    reading: Reading,
    standing: Standing,
    kb: KnowledgeBase,
    today: date,
) -> Decision:
    """Decide about one event of a customer.

    `reading` is what was understood of its text (of the button's value: nothing). While a person
    has the conversation the outcome is `relayed` and the bot has nothing to say, but for ratings
    and the words that a customer needs to be in control (/language, /stop)."""
    language = choose_language(reading, standing, kb)
    turn = Turn(standing, reading, language, merge(reading.matches, language, kb, today), kb, today)
    if isinstance(event, ButtonPress):
        return _pressed(event.value, turn)
    if isinstance(event, Deletion):
        return _kept(turn, "the customer took a message back")
    if isinstance(event, Edit) and event.message_id != standing.context.unclear:
        return _kept(turn, "the customer changed a message that was dealt with; both are kept")
    attachments = event.attachments if isinstance(event, InboundMessage) else ()
    decision = _said(event.text.strip(), bool(attachments), turn)
    unclear = decision.outcome in {Outcome.CLARIFIED, Outcome.REPHRASE}
    context = replace(decision.context, unclear=event.message_id if unclear else "")
    return replace(decision, context=context)


def _kept(turn: Turn, why: str) -> Decision:
    outcome = Outcome.RELAYED if turn.standing.with_person else Outcome.NOTED
    return turn.decide(outcome, why, context=turn.standing.context)


def _said(text: str, has_attachment: bool, turn: Turn) -> Decision:
    command = _command(text, turn)
    if command is not None:
        return command
    if turn.standing.with_person:
        return turn.decide(Outcome.RELAYED, "a person has this conversation")
    pressed = _typed_button(text, turn.standing.context.options)
    if pressed is not None:
        return _pressed(pressed, turn)
    if "human" in turn.reading.intents:
        return hand_over(turn, "asked", "the customer asks for a person")
    if "stop" in turn.reading.intents:
        return _stop(turn)
    if turn.standing.context.comment_on is not None and not _is_confident(turn):
        return _comment(text, turn)
    if has_attachment and not text:
        return _offer(turn, "attachment_seen", "an attachment without words")
    small_talk = _small_talk(turn)
    return small_talk if small_talk is not None else _question(turn)


# --- language and matches ------------------------------------------------------------------------


def choose_language(reading: Reading, standing: Standing, kb: KnowledgeBase) -> str:
    """The language to answer in: the chosen one; else that of the conversation, until a text is
    clearly in another. An "ok", a product's name or a typing cat switch nothing."""
    if standing.chosen_language:
        return standing.chosen_language
    if not reading.languages:
        return standing.language
    likeliest = max(sorted(reading.languages), key=lambda code: reading.languages[code])
    certain = reading.languages[likeliest]
    usual = reading.languages.get(standing.language, 0.0)
    fits = [m.score for m in reading.matches if m.article.language == likeliest]
    makes_sense = bool(reading.intents) or max(fits, default=0.0) >= SOME_SENSE
    needed = SURE_LANGUAGE if makes_sense else CERTAIN_LANGUAGE
    if standing.language in kb.languages and (certain < needed or certain < 2 * usual):
        return standing.language
    return likeliest


def merge(
    matches: Iterable[Match], language: str, kb: KnowledgeBase, today: date
) -> tuple[Match, ...]:
    """The matches of one language, best first, shown in `language` where the article exists in it.

    That one language is the customer's if anything fits in it, else that of the best match: how
    far the next article is behind says something only between phrasings of one language."""
    valid = [match for match in matches if _is_valid(match.article, today)]
    own = [match for match in valid if match.article.language == language]
    if not own or own[0].score < kb.policy.clarify_score:
        own = [m for m in valid if m.article.language == valid[0].article.language]
    return tuple(
        replace(match, article=kb.article(match.article.id, language) or match.article)
        for match in own
    )


def _is_valid(article: Article, today: date) -> bool:
    return article.valid_until is None or article.valid_until >= today


# --- words ---------------------------------------------------------------------------------------


def _command(text: str, turn: Turn) -> Decision | None:
    if not text.startswith("/"):
        return None
    word, _, rest = text.partition(" ")
    word, rest = word.partition("@")[0].lower(), rest.strip()
    if word == "/language":
        return _language(rest.lower(), turn)
    if word == COMMAND_STOP:
        return _stop(turn)
    if turn.standing.with_person:
        if word == COMMAND_HUMAN:
            reply = Reply(turn.say("already_handed_over"))
            return turn.decide(Outcome.RELAYED, "/human, and a person has it already", reply)
        return None
    if word == COMMAND_HUMAN:
        return hand_over(turn, "asked", "/human")
    if word == "/start":
        return _start(rest, turn)
    if word == "/help":
        return turn.decide(Outcome.GREETED, "/help", Reply(turn.say("help")))
    return None


def _start(payload: str, turn: Turn) -> Decision:
    article = turn.kb.article(payload, turn.language) if payload else None
    context = replace(turn.standing.context, misses=0, started_with=payload[:64])
    if article is not None:
        decision = _answer(Match(article, 1.0, payload), turn, f"the link names “{payload}”")
        return replace(decision, context=replace(decision.context, started_with=payload[:64]))
    reply = Reply(turn.say("welcome"), _topic_options(turn))
    return turn.decide(Outcome.GREETED, "/start", reply, context=context, opted_out=False)


def _topic_options(turn: Turn) -> tuple[Option, ...]:
    topics = turn.kb.topics(turn.language)
    return tuple(Option(title, f"topic:{tag}") for tag, title in topics)


def _language(wanted: str, turn: Turn) -> Decision:
    if wanted in turn.kb.languages:
        said = turn.kb.say(wanted, "language_set")
        decision = turn.decide(Outcome.GREETED, f"/language {wanted}", Reply(said))
        return replace(decision, language=wanted, choose_language=wanted)
    options = tuple(
        Option(turn.kb.say(code, "language_name"), f"language:{code}") for code in turn.kb.languages
    )
    return turn.decide(Outcome.GREETED, "/language", Reply(turn.say("choose_language"), options))


def _stop(turn: Turn) -> Decision:
    reply = Reply(turn.say("opted_out"))
    return turn.decide(
        Outcome.NOTED, "the customer wants no unasked messages", reply, opted_out=True
    )


def _typed_button(text: str, options: tuple[Option, ...]) -> str | None:
    """The value of the button whose number or exact label was typed."""
    if text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= len(options):
        return options[int(text[:3]) - 1].value
    return next((o.value for o in options if o.label.casefold() == text.casefold()), None)


def _comment(text: str, turn: Turn) -> Decision:
    rated = Rated("csat", str(turn.standing.context.comment_on), comment=text[:2000])
    reply = Reply(turn.say("csat_comment_thanks"))
    return turn.decide(Outcome.RATED, "words after a rating", reply, rated=rated)


def _small_talk(turn: Turn) -> Decision | None:
    intents, options = turn.reading.intents, turn.standing.context.options
    offered = {option.value for option in options}
    if "human" in offered and "yes" in intents:
        return hand_over(turn, "accepted", "the customer says yes to a person")
    if "human" in offered and "no" in intents:
        return turn.decide(Outcome.GREETED, "no person wanted", Reply(turn.say("carry_on")))
    if turn.reading.intents and turn.reading.intents <= {"yes", "no"}:
        return turn.decide(Outcome.GREETED, "a yes or no to nothing", Reply(turn.say("carry_on")))
    for intent in ("greeting", "thanks", "goodbye"):
        if intent in intents:
            options = _topic_options(turn) if intent == "greeting" else ()
            return turn.decide(
                Outcome.GREETED, f"heard: {intent}", Reply(turn.say(intent), options)
            )
    return None


# --- questions -----------------------------------------------------------------------------------


def _is_confident(turn: Turn) -> bool:
    policy = turn.kb.policy
    if not turn.matches or turn.matches[0].score < policy.answer_score:
        return False
    second = turn.matches[1].score if len(turn.matches) > 1 else 0.0
    return turn.matches[0].score - second >= policy.answer_margin


def _question(turn: Turn) -> Decision:
    policy, matches = turn.kb.policy, turn.matches
    near = tuple(m.article.id for m in matches[:CLOSE_QUESTIONS] if m.score >= SOME_SENSE)
    close_ids = near or turn.standing.context.close
    turn = replace(
        turn,
        standing=replace(turn.standing, context=replace(turn.standing.context, close=close_ids)),
    )
    best = matches[0].score if matches else 0.0
    seen = f"best match {best:.2f}" + (f" ({matches[0].article.id})" if matches else "")
    if _is_confident(turn):
        return _answer(matches[0], turn, f"{seen}, sure enough from {policy.answer_score:.2f}")
    close = [match for match in matches if match.score >= policy.clarify_score]
    if close:
        return _did_you_mean(close[:CLOSE_QUESTIONS], turn, f"{seen}, not sure or too close")
    if turn.standing.context.misses == 0:
        context = replace(turn.standing.context, misses=1)
        reply = Reply(turn.say("rephrase"), (_human_option(turn),))
        return turn.decide(Outcome.REPHRASE, f"{seen}: nothing fits", reply, context=context)
    return hand_over(turn, "not_understood", f"{seen}: nothing fits, a second time")


def _answer(match: Match, turn: Turn, why: str) -> Decision:
    article = match.article
    if article.language != turn.language:
        return _other_language(article, turn, why)
    if article.handoff is HandoffRule.ALWAYS:
        decision = hand_over(turn, "article", f"{why}; its rule is handoff: always", article)
        text = f"{article.body}\n\n{turn.say('handing_over_also')}"
        return replace(decision, reply=Reply(text, article.buttons))
    text, options = article.body, list(article.buttons)
    if article.handoff is HandoffRule.OFFER:
        text = f"{text}\n\n{turn.say('offer_after_answer')}"
        options.append(_human_option(turn))
    options += _see_also(article, turn)
    options += _helpful_options(article)
    reply = Reply(f"{text}\n\n*{turn.say('did_this_help')}*", tuple(options))
    return turn.decide(Outcome.ANSWERED, why, reply, article=article)


def _see_also(article: Article, turn: Turn) -> list[Option]:
    related = (turn.kb.article(name, turn.language) for name in article.see_also[:2])
    return [_article_option(a) for a in related if a is not None and _is_valid(a, turn.today)]


def _helpful_options(article: Article) -> list[Option]:
    return [Option("👍", f"helpful:1:{article.id}"), Option("👎", f"helpful:0:{article.id}")]


def _article_option(article: Article) -> Option:
    return Option(article.title, f"article:{article.id}")


def _human_option(turn: Turn) -> Option:
    return Option(turn.say("talk_to_person"), "human")


def _did_you_mean(close: list[Match], turn: Turn, why: str) -> Decision:
    options = [_article_option(match.article) for match in close]
    options.append(Option(turn.say("none_of_these"), "none"))
    reply = Reply(turn.say("did_you_mean"), tuple(options))
    return turn.decide(Outcome.CLARIFIED, why, reply)


def _other_language(article: Article, turn: Turn, why: str) -> Decision:
    name = turn.say(f"language_{article.language}")
    text = turn.say("only_in_language", language=name, title=escape_markdown(article.title))
    show = Option(turn.say("show_it"), f"show:{article.language}:{article.id}")
    reply = Reply(text, (show, _human_option(turn)))
    return turn.decide(
        Outcome.OFFERED_HUMAN,
        f"{why}; it exists only in {article.language}",
        reply,
        article=article,
    )


def _offer(turn: Turn, phrase: str, why: str, **rest: Any) -> Decision:
    options = (_human_option(turn), Option(turn.say("no_thanks"), "no_human"))
    return turn.decide(Outcome.OFFERED_HUMAN, why, Reply(turn.say(phrase), options), **rest)


def hand_over(turn: Turn, reason: str, why: str, article: Article | None = None) -> Decision:
    """Bring a person in; the customer is told that somebody comes."""
    phrase = "handing_over_sorry" if reason in {"not_understood", "error"} else "handing_over"
    reply = Reply(turn.say(phrase))
    if turn.standing.with_person:
        reply = Reply(turn.say("already_handed_over"))
        return turn.decide(Outcome.RELAYED, f"{why}; a person has it already", reply)
    return turn.decide(Outcome.HANDED_OFF, why, reply, handoff=reason, article=article)


# --- buttons -------------------------------------------------------------------------------------


def _pressed(value: str, turn: Turn) -> Decision:
    name, _, rest = value.partition(":")
    if name in {"csat", "helpful", "language", "opt_out"}:
        return _pressed_anytime(name, rest, turn)
    if turn.standing.with_person:
        return turn.decide(Outcome.RELAYED, f"pressed {value}; a person has this conversation")
    if name == "human":
        return hand_over(turn, "accepted", "pressed: talk to a person")
    if name == "no_human":
        return turn.decide(Outcome.GREETED, "pressed: no, thanks", Reply(turn.say("carry_on")))
    if name == "none":
        return _offer(turn, "offer_human", "none of the suggestions was meant")
    if name == "topic":
        return _topic(rest, turn)
    article = _named_article(name, rest, turn)
    if article is None:
        return turn.decide(
            Outcome.NOTED, f"unknown button {value!r}", Reply(turn.say("old_button"))
        )
    shown = replace(turn, language=article.language) if name == "show" else turn
    decision = _answer(Match(article, 1.0, article.title), shown, f"pressed: {article.title}")
    return replace(decision, language=turn.language)


def _named_article(name: str, rest: str, turn: Turn) -> Article | None:
    if name == "article":
        languages = (turn.language, *turn.kb.languages)
        found = (turn.kb.article(rest, language) for language in languages)
        return next((article for article in found if article is not None), None)
    if name == "show":
        language, _, article_id = rest.partition(":")
        return turn.kb.article(article_id, language)
    return None


def _pressed_anytime(name: str, rest: str, turn: Turn) -> Decision:
    if name == "csat":
        ticket, _, score = rest.partition(":")
        if ticket.isdigit() and score in CUSTOMER_SCALE:
            rated = Rated("csat", ticket, int(score))
            reply = Reply(turn.say("csat_thanks"))
            return turn.decide(
                Outcome.RATED, f"rated {score} of 5", reply, rated=rated, comment_on=int(ticket)
            )
    if name == "helpful":
        score, _, article_id = rest.partition(":")
        rated = Rated("helpful", article_id, int(score == "1"))
        if score == "1" or turn.standing.with_person:
            return turn.decide(Outcome.RATED, "👍", Reply(turn.say("helpful")), rated=rated)
        decision = _offer(turn, "unhelpful", "👎: the answer did not help", rated=rated)
        return replace(decision, article=turn.kb.article(article_id, turn.language))
    if name == "language" and rest in turn.kb.languages:
        return _language(rest, turn)
    if name == "opt_out":
        return _stop(turn)
    return _old_button(f"{name}:{rest}", turn)


def _old_button(value: str, turn: Turn) -> Decision:
    return turn.decide(Outcome.NOTED, f"unknown button {value!r}", Reply(turn.say("old_button")))


def _topic(tag: str, turn: Turn) -> Decision:
    articles = [
        article
        for article in turn.kb.articles_in(turn.language)
        if tag in article.tags[:1] and _is_valid(article, turn.today)
    ]
    if not articles:
        return _old_button(f"topic:{tag}", turn)
    options = tuple(_article_option(article) for article in articles[:TOPIC_QUESTIONS])
    reply = Reply(turn.say("choose_question"), options)
    return turn.decide(Outcome.CLARIFIED, f"pressed: topic {tag}", reply)
