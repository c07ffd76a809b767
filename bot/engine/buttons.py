"""A button was pressed, or its number or label typed."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.domain import Article, Match, Option, Outcome, Reply
from bot.engine.answers import answer
from bot.engine.choices import old_button, set_language, stop, topic
from bot.engine.complaints import COMPLAIN, complain, settled, unsettled
from bot.engine.join_codes import WRONG, code_in
from bot.engine.joining import JOIN, joins
from bot.engine.offers import offer
from bot.engine.people import asked
from bot.engine.turn import Turn, is_valid
from bot.engine.values import Decision, Rated
from bot.engine.waiting import BUTTONS, LEAVE_IT, left, while_waiting

LOW_SCORE = 2  # up to this it was no good help
CUSTOMER_SCALE = ("1", "2", "3", "4", "5")


def pressed(value: str, turn: Turn) -> Decision:
    name, _, rest = value.partition(":")
    if name == JOIN:
        return joins(code_in(rest) or WRONG, turn, "pressed: join")
    if name in {"csat", "helpful", "language", "opt_out", "settled", COMPLAIN}:
        return _pressed_anytime(name, rest, turn)
    if turn.standing.with_person and name in BUTTONS:
        return while_waiting(name, turn)
    if turn.standing.with_person:
        return turn.decide(Outcome.RELAYED, f"pressed {value}; a person has this conversation")
    if name == "human":
        return asked(turn, "pressed: talk to a person", "accepted")
    if name == LEAVE_IT:
        return left(turn, "pressed: leave it with you")
    if name == "no_human" or name in BUTTONS:  # whoever waited does not wait any more
        return turn.decide(Outcome.GREETED, "pressed: no, thanks", Reply(turn.say("carry_on")))
    if name == "none":
        return offer(turn, "offer_human", "none of the suggestions was meant")
    if name == "topic":
        return topic(rest, turn)
    article = _named_article(name, rest, turn)
    if article is None or not is_valid(article, turn.today):
        return old_button(value, turn)
    why = f"pressed: {article.title}"
    match = Match(article, 1.0, article.title)
    decision = answer(match, turn, why, in_any_language=name == "show")
    context = decision.context.asking(article.title, turn.standing.now)
    return replace(decision, context=context)


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
        if re.fullmatch(r"[0-9]{1,9}", ticket) and score in CUSTOMER_SCALE:
            rated = Rated("csat", ticket, int(score))
            reply = Reply(turn.say("csat_thanks" if int(score) > LOW_SCORE else "csat_sorry"))
            return turn.decide(
                Outcome.RATED, f"rated {score} of 5", reply, rated=rated, comment_on=int(ticket)
            )
    if name == "helpful":
        score, _, article_id = rest.partition(":")
        rated = Rated("helpful", article_id, int(score == "1"))
        if score == "1":
            return turn.decide(Outcome.RATED, "👍", Reply(turn.say("helpful")), rated=rated)
        if turn.standing.with_person:
            return turn.decide(Outcome.RATED, "👎; a person has this conversation", rated=rated)
        decision = offer(turn, "unhelpful", "👎: the answer did not help", rated=rated)
        article = turn.kb.article(article_id, turn.language)
        context = decision.context
        if article is not None:  # given again, it would be of no more help
            context = context.telling(article, turn.standing.now, in_vain=True)
        return replace(decision, article=article, context=context)
    if name == COMPLAIN:
        return complain(turn, "pressed: make a complaint")
    if name == "settled":
        return _pressed_settled(rest, turn)
    if name == "language" and rest in turn.kb.languages:
        return set_language(rest, turn)
    if name == "opt_out":
        return stop(turn)
    return old_button(f"{name}:{rest}", turn)


def _pressed_settled(rest: str, turn: Turn) -> Decision:
    answer, _, number = rest.partition(":")
    complaint = turn.standing.complaint
    if complaint is None and answer == "0":  # it was closed while they were silent
        return complain(turn, "pressed: no, it is not settled; it was closed meanwhile")
    if complaint is None or number != str(complaint.id) or not complaint.is_asked:
        return old_button(f"settled:{rest}", turn)
    if answer == "1":
        return settled(turn, "pressed: yes, it is settled")
    return unsettled(turn, "pressed: no, it is not settled")


def typed_button(text: str, options: tuple[Option, ...]) -> str | None:
    """The value of the button whose number or exact label was typed."""
    # Two digits at the most: an order's number is no button.
    if re.fullmatch(r"[0-9]{1,2}", text) and 1 <= int(text) <= len(options):
        return options[int(text) - 1].value
    return next((o.value for o in options if o.label.casefold() == text.casefold()), None)
