"""The decision, rule by rule: what the customer does, what comes of it, and the reason given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType

import pytest

from bot.domain import (
    Address,
    Article,
    Attachment,
    ButtonPress,
    Deletion,
    Edit,
    HandoffRule,
    InboundMessage,
    Match,
    Option,
    Outcome,
    Person,
    Reading,
)
from bot.engine import Context, Decision, Rated, Standing, decide
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.policy import Policy
from tests.conftest import shipped_kb

TODAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOME, ANN = Address("telegram", "1"), Person("1", "Ann Smith")
LINK = Option("Open", url="https://shop.example")


def _article(id: str, language: str = "en", **fields: object) -> Article:
    return replace(
        Article(id, language, f"{id.title()}?", f"All about {id}.", tags=("returns",)),
        **fields,  # type: ignore[arg-type]
    )


RETURNS = _article("returns", see_also=("refunds", "gone", "old"), buttons=(LINK,))
REFUNDS = _article("refunds")
SIZES = _article("sizes", tags=("sizes",))
GIFTS = _article("gifts", handoff=HandoffRule.OFFER)
INJURY = _article("injury", handoff=HandoffRule.ALWAYS)
OLD = _article("old", valid_until=date(2026, 11, 21))
LAST_DAY = _article("last-day", valid_until=TODAY)
RETURNS_LV = _article("returns", "lv", body="Viss par atgriešanu.")
ONLY_LV = _article("only-lv", "lv", title="Tikai *latviski*?")
ARTICLES = (RETURNS, REFUNDS, SIZES, GIFTS, INJURY, OLD, LAST_DAY, RETURNS_LV, ONLY_LV)


def small_shop() -> KnowledgeBase:
    """The shipped phrases, with few articles, one for each rule, and nine of ten to be right."""
    shipped = shipped_kb(TODAY)
    articles = {(article.language, article.id): article for article in ARTICLES}
    return replace(shipped, articles=MappingProxyType(articles), policy=Policy())


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return small_shop()


FRESH = Standing("en", name="Ann Smith")
TALKING = replace(FRESH, with_person=True)


def shown(*options: Option | str, **context: object) -> Standing:
    """The bot has just shown these buttons."""
    given = tuple(o if isinstance(o, Option) else Option(f"Label of {o}", o) for o in options)
    return replace(FRESH, context=Context(options=given, **context))  # type: ignore[arg-type]


HUMAN_OFFERED = shown("human", "no_human")
HELPFUL_ASKED = shown("article:refunds", "helpful:1:returns", "helpful:0:returns")


def hits(*scored: tuple[Article, float]) -> tuple[Match, ...]:
    return tuple(Match(article, score, article.title) for article, score in scored)


def sure(article: Article, score: float, precision: float) -> tuple[Match, ...]:
    return (Match(article, score, article.title, precision),)


def message(text: str, attachments: Iterable[Attachment] = ()) -> InboundMessage:
    return InboundMessage("m:1", HOME, ANN, text, AT, "1", tuple(attachments))


def heard(
    text: str = "…",
    *intents: str,
    found: tuple[Match, ...] = (),
    languages: Mapping[str, float] | None = None,
) -> Reading:
    spoken = {"en": 1.0} if languages is None else languages
    return Reading(text, spoken, found, frozenset(intents))


def said(
    kb: KnowledgeBase, text: str, *intents: str, standing: Standing = FRESH,
    found: tuple[Match, ...] = (), languages: Mapping[str, float] | None = None,
) -> Decision:  # fmt: skip
    """The decision about a message of which this was understood."""
    reading = heard(text, *intents, found=found, languages=languages)
    return decide(message(text), reading, standing, kb, TODAY)


def pressed(kb: KnowledgeBase, value: str, standing: Standing = FRESH) -> Decision:
    press = ButtonPress("p:1", HOME, ANN, value, AT)
    return decide(press, Reading(""), standing, kb, TODAY)


def text_of(decision: Decision) -> str:
    return decision.reply.text if decision.reply else ""


def values_of(decision: Decision) -> list[str | None]:
    return [o.value for o in decision.reply.options] if decision.reply else []


# --- questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "misses", "outcome", "why"),
    [
        (hits((RETURNS, 0.92), (SIZES, 0.05)), 0, "answered", "0.92 (returns); of answers"),
        (sure(RETURNS, 0.6, precision=0.9), 0, "answered", "90% should be right, 90% is asked"),
        (sure(RETURNS, 0.6, precision=0.89), 0, "clarified", "not sure enough to answer"),
        (hits((RETURNS, 0.3), (SIZES, 0.2)), 0, "clarified", "not sure enough to answer"),
        (hits((RETURNS, 0.5)), 1, "clarified", "not sure enough to answer"),
        (hits((RETURNS, 0.29)), 0, "rephrase", "best match 0.29 (returns): nothing fits"),
        ((), 0, "rephrase", "best match 0.00: nothing fits"),
        (hits((RETURNS, 0.29)), 1, "handed_off", "nothing fits, a second time"),
        ((), 1, "handed_off", "nothing fits, a second time"),
        (hits((RETURNS, 0.9)), 1, "answered", "answers at least this sure"),
    ],
)
def test_how_sure_decides_what_is_said(
    found: tuple[Match, ...], misses: int, outcome: str, why: str, kb: KnowledgeBase
) -> None:
    """How often such answers are right, and how likely the right one is near: answer, "did you
    mean", rephrase once, then a person."""
    decision = said(kb, "a question", found=found, standing=shown(misses=misses))
    assert decision.outcome == outcome
    assert why in decision.why[0]
    assert decision.reply is not None


def test_an_answer_has_its_buttons_and_asks_whether_it_helped(kb: KnowledgeBase) -> None:
    """The article, its own links, what to see also as far as it is there and valid, and 👍 / 👎."""
    decision = said(kb, "q", found=hits((RETURNS, 0.9)))
    assert decision.article == RETURNS
    assert text_of(decision) == "All about returns.\n\n*Did this help?*"
    assert decision.reply is not None
    assert [o.label for o in decision.reply.options] == ["Open", "Refunds?", "👍", "👎"]
    remembered = [o.value for o in decision.context.options]
    assert remembered == ["article:refunds", "helpful:1:returns", "helpful:0:returns"]


def test_an_article_that_offers_a_person(kb: KnowledgeBase) -> None:
    """`handoff: offer` answers, and says that a colleague may be asked."""
    decision = said(kb, "q", found=hits((GIFTS, 0.9)))
    assert decision.outcome == "answered"
    assert kb.say("en", "offer_after_answer") in text_of(decision)
    assert "human" in values_of(decision)


def test_an_article_that_always_brings_a_person(kb: KnowledgeBase) -> None:
    """`handoff: always` answers and hands over at once; no one asks whether it helped."""
    decision = said(kb, "q", found=hits((INJURY, 0.9)))
    assert (decision.outcome, decision.handoff, decision.article) == (
        "handed_off", "article", INJURY,
    )  # fmt: skip
    assert text_of(decision).startswith("All about injury.")
    assert "handoff: always" in decision.why[0]
    assert "Did this help" not in text_of(decision)


def test_did_you_mean_has_three_at_most_and_a_way_out(kb: KnowledgeBase) -> None:
    """Up to three near articles, then "none of these"."""
    found = hits((RETURNS, 0.3), (REFUNDS, 0.25), (SIZES, 0.2), (GIFTS, 0.15))
    decision = said(kb, "q", found=found)
    assert values_of(decision) == ["article:returns", "article:refunds", "article:sizes", "none"]
    few = said(kb, "q", found=hits((RETURNS, 0.6), (SIZES, 0.01)))
    assert values_of(few) == ["article:returns", "none"]


def test_what_was_nearest_is_kept_for_the_agent(kb: KnowledgeBase) -> None:
    """When the customer then asks for a person, the card shows what the question was near to."""
    asked = said(kb, "q", found=hits((RETURNS, 0.44), (SIZES, 0.43)))
    then = said(kb, "a person", "human", standing=replace(FRESH, context=asked.context))
    assert then.context.close == ("returns", "sizes")


def test_an_expired_article_answers_nothing(kb: KnowledgeBase) -> None:
    """Yesterday's offer is not given, nor does it stand in the way of what is valid."""
    assert said(kb, "q", found=hits((OLD, 0.9))).outcome == "rephrase"
    beside = said(kb, "q", found=hits((OLD, 0.9), (RETURNS, 0.92)))
    assert beside.article == RETURNS
    assert said(kb, "q", found=hits((LAST_DAY, 0.9))).article == LAST_DAY
    assert pressed(kb, "article:old").outcome == "noted"


# --- languages -----------------------------------------------------------------------------------

LV_HIT = hits((RETURNS_LV, 0.9))


@pytest.mark.parametrize(
    ("standing", "languages", "found", "answered_in"),
    [
        (FRESH, {"lv": 0.9, "en": 0.1}, LV_HIT, "lv"),
        (FRESH, {"lv": 0.5, "en": 0.5}, LV_HIT, "en"),
        (FRESH, {}, LV_HIT, "en"),
        (FRESH, {"lv": 0.9, "en": 0.1}, (), "en"),
        (FRESH, {"lv": 0.99, "en": 0.01}, (), "lv"),
        (replace(FRESH, chosen_language="en"), {"lv": 1.0}, LV_HIT, "en"),
        (replace(FRESH, language="lv"), {"en": 1.0}, hits((RETURNS, 0.9)), "en"),
        (replace(FRESH, language="lv", chosen_language="lv"), {"en": 1.0}, (), "lv"),
        (replace(FRESH, language="de"), {"lv": 0.5, "en": 0.4}, (), "lv"),
    ],
    ids=[
        "clearly another", "in doubt", "an ok", "another, without sense", "certainly another",
        "chosen", "back again", "chosen, nonsense", "a language that is no longer spoken",
    ],
)  # fmt: skip
def test_which_language_is_answered_in(
    standing: Standing,
    languages: dict[str, float],
    found: tuple[Match, ...],
    answered_in: str,
    kb: KnowledgeBase,
) -> None:
    """The conversation's language changes with a text that is clearly in another; a chosen one
    never does."""
    assert said(kb, "q", standing=standing, languages=languages, found=found).language == (
        answered_in
    )


def test_a_command_switches_no_language(kb: KnowledgeBase) -> None:
    """ "/help" is English letters in every language."""
    latvian = replace(FRESH, language="lv")
    decision = said(kb, "/help", standing=latvian, languages={"en": 1.0})
    assert (decision.language, text_of(decision)) == ("lv", kb.say("lv", "help", slash="/"))


def test_the_same_article_is_shown_in_the_customers_language(kb: KnowledgeBase) -> None:
    """Found by its English wording, answered in Latvian, for it exists in both."""
    latvian = replace(FRESH, chosen_language="lv")
    decision = said(kb, "q", standing=latvian, found=hits((RETURNS, 0.9)))
    assert decision.article == RETURNS_LV
    assert text_of(decision).startswith("Viss par atgriešanu.")


def test_an_article_in_another_language_only_is_offered(kb: KnowledgeBase) -> None:
    """The customer is told which language, the title is inert, and may see it or ask a person."""
    decision = said(kb, "q", found=hits((ONLY_LV, 0.9)))
    assert decision.outcome == "offered_human"
    assert "Latvian" in text_of(decision)
    assert "Tikai \\*latviski\\*?" in text_of(decision)
    assert values_of(decision) == ["show:lv:only-lv", "human"]
    assert "it exists only in lv" in decision.why[0]
    then = pressed(kb, "show:lv:only-lv", replace(FRESH, context=decision.context))
    assert (then.outcome, then.article, then.language) == ("answered", ONLY_LV, "en")
    assert text_of(then) == "All about only-lv.\n\n*Did this help?*"


@pytest.mark.parametrize(
    "how", ["/language lv", "/language LV", "/LANGUAGE  lv", "/language@bot lv"]
)
def test_choosing_a_language(how: str, kb: KnowledgeBase) -> None:
    """It is answered in that language at once, and remembered."""
    decision = said(kb, how)
    assert (decision.choose_language, decision.language) == ("lv", "lv")
    assert text_of(decision) == kb.say("lv", "language_set")


@pytest.mark.parametrize("how", ["/language", "/language xx"])
def test_the_languages_are_shown(how: str, kb: KnowledgeBase) -> None:
    """Each under its own name, so that everybody finds theirs."""
    decision = said(kb, how)
    assert decision.choose_language is None
    assert values_of(decision) == ["language:en", "language:lv"]
    assert pressed(kb, "language:lv").choose_language == "lv"
    assert pressed(kb, "language:de").outcome == "noted"


# --- a person ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "intents", "standing"),
    [
        ("I want a human", ["human"], FRESH),
        ("/human", [], FRESH),
        ("/human@frontdesk_bot", [], FRESH),
        ("a human please, thanks", ["human", "thanks"], FRESH),
        ("hello, a human", ["human", "greeting"], HELPFUL_ASKED),
        ("a human!", ["human"], shown(comment_on=5)),
        ("stop it, a human", ["human", "stop"], FRESH),
    ],
)
def test_who_asks_for_a_person_gets_one(
    text: str, intents: list[str], standing: Standing, kb: KnowledgeBase
) -> None:
    """At once, whatever else is happening and whatever else was said, even if an article fits."""
    decision = said(kb, text, *intents, standing=standing, found=hits((RETURNS, 0.99)))
    assert (decision.outcome, decision.handoff) == ("handed_off", "asked")
    assert "Ann" in text_of(decision)


@pytest.mark.parametrize(
    ("text", "intents", "standing", "outcome", "why"),
    [
        ("yes", ["yes"], HUMAN_OFFERED, "handed_off", "says yes to a person"),
        ("yes, thanks", ["yes", "thanks"], HUMAN_OFFERED, "handed_off", "says yes to a person"),
        ("no", ["no"], HUMAN_OFFERED, "greeted", "no person wanted"),
        ("yes", ["yes"], FRESH, "greeted", "a yes or no to nothing"),
        ("no", ["no"], FRESH, "greeted", "a yes or no to nothing"),
        ("yes", ["yes"], HELPFUL_ASKED, "rated", "👍"),
        ("no", ["no"], HELPFUL_ASKED, "offered_human", "👎"),
        ("no", ["no"], shown("article:returns", "article:sizes", "none"), "offered_human",
         "none of the suggestions"),
        ("yes", ["yes"], shown("article:returns", "none"), "answered", "pressed: Returns?"),
        ("yes", ["yes"], shown("article:returns", "article:sizes", "none"), "greeted", "nothing"),
    ],
)  # fmt: skip
def test_yes_and_no_mean_the_buttons_that_were_shown(
    text: str, intents: list[str], standing: Standing, outcome: str, why: str, kb: KnowledgeBase
) -> None:
    """People type where we show buttons."""
    decision = said(kb, text, *intents, standing=standing)
    assert decision.outcome == outcome
    assert why in decision.why[0]


def test_yes_after_an_answer_that_offers_a_person_means_that_it_helped(kb: KnowledgeBase) -> None:
    """The last question there is "Did this help?"."""
    answer = said(kb, "q", found=hits((GIFTS, 0.9)))
    after = replace(FRESH, context=answer.context)
    assert said(kb, "yes", "yes", standing=after).rated == Rated("helpful", "gifts", 1)
    assert said(kb, "no", "no", standing=after).outcome == "offered_human"


@pytest.mark.parametrize(
    "text", ["hello", "thanks", "How do I return it?", "/help", "yes", "2", ""]
)
def test_while_a_person_has_it_the_bot_is_silent(text: str, kb: KnowledgeBase) -> None:
    """Whatever is written goes to the person; nothing is answered, nothing is forgotten."""
    standing = replace(HELPFUL_ASKED, with_person=True)
    decision = said(kb, text, "greeting", "thanks", "yes", standing=standing,
                    found=hits((RETURNS, 0.9)))  # fmt: skip
    assert (decision.outcome, decision.reply, decision.handoff) == ("relayed", None, None)


def test_what_works_while_a_person_has_it(kb: KnowledgeBase) -> None:
    """The customer stays in control: language, opting out, and being told that a person comes."""
    assert said(kb, "/language lv", standing=TALKING).choose_language == "lv"
    assert said(kb, "/stop", standing=TALKING).opted_out is True
    again = said(kb, "/human", standing=TALKING)
    assert (again.outcome, again.handoff) == ("relayed", None)
    assert text_of(again) == kb.say("en", "already_handed_over", name="Ann")


@pytest.mark.parametrize("value", ["human", "article:returns", "topic:returns", "none", "nonsense"])
def test_the_bots_buttons_do_nothing_while_a_person_has_it(value: str, kb: KnowledgeBase) -> None:
    """They are noted; the bot says nothing between the two."""
    decision = pressed(kb, value, TALKING)
    assert (decision.outcome, decision.reply, decision.handoff) == ("relayed", None, None)


def test_a_thumb_down_while_a_person_has_it_is_no_good_news(kb: KnowledgeBase) -> None:
    """It is counted; "good to hear" would be mockery, and a person is there already."""
    decision = pressed(kb, "helpful:0:returns", TALKING)
    assert decision.rated == Rated("helpful", "returns", 0)
    assert decision.reply is None
    assert pressed(kb, "helpful:1:returns", TALKING).rated == Rated("helpful", "returns", 1)


# --- words beside questions ----------------------------------------------------------------------


@pytest.mark.parametrize("intent", ["greeting", "thanks", "goodbye"])
def test_small_talk_is_answered_as_such(intent: str, kb: KnowledgeBase) -> None:
    """A greeting gets a greeting by name and the topics; thanks get thanks."""
    decision = said(kb, "…", intent)
    assert decision.outcome == "greeted"
    assert text_of(decision) == kb.say("en", intent, name="Ann")
    assert (values_of(decision) != []) == (intent == "greeting")


def test_a_hostile_name_is_only_a_name(kb: KnowledgeBase) -> None:
    """Markdown in a name shows as it is."""
    decision = said(kb, "hi", "greeting", standing=replace(FRESH, name="*Bob*[x](http://e) Y"))
    assert "\\*Bob\\*" in text_of(decision)
    nameless = said(kb, "hi", "greeting", standing=replace(FRESH, name="  "))
    assert text_of(nameless) == kb.say("en", "greeting", name="")


def test_start_welcomes_and_brings_back_messages(kb: KnowledgeBase) -> None:
    """/start shows the topics, forgets misses, and ends an opt-out; so does a link that names an
    article, whose answer comes at once."""
    plain = said(kb, "/start", standing=shown(misses=1))
    assert (plain.outcome, plain.opted_out, plain.context.misses) == ("greeted", False, 0)
    assert "topic:returns" in values_of(plain)
    campaign = said(kb, "/start spring-mail")
    assert (campaign.outcome, campaign.context.started_with) == ("greeted", "spring-mail")
    article = said(kb, "/start returns")
    assert (article.outcome, article.article, article.opted_out) == ("answered", RETURNS, False)
    assert article.context.started_with == "returns"


@pytest.mark.parametrize("how", ["text", "command", "button"])
def test_opting_out(how: str, kb: KnowledgeBase) -> None:
    """In words, by command, by the button below a follow-up: at once, and confirmed."""
    by = {
        "text": said(kb, "stop writing to me", "stop"),
        "command": said(kb, "/stop"),
        "button": pressed(kb, "opt_out"),
    }
    assert (by[how].outcome, by[how].opted_out) == ("noted", True)
    assert text_of(by[how]) == kb.say("en", "opted_out")


def test_an_unknown_command_is_a_question(kb: KnowledgeBase) -> None:
    """A path or a command of another bot is read like any text."""
    assert said(kb, "/returns", found=hits((RETURNS, 0.9))).outcome == "answered"
    assert said(kb, "/").outcome == "rephrase"


# --- attachments, edits, deletions ---------------------------------------------------------------

PHOTO = Attachment("photo", "f1")


def test_an_attachment_without_words_is_seen(kb: KnowledgeBase) -> None:
    """The bot says that it cannot look, and offers somebody who can; also after a rating."""
    for standing in (FRESH, shown(comment_on=5)):
        decision = decide(message("", [PHOTO]), Reading(""), standing, kb, TODAY)
        assert decision.outcome == "offered_human"
        assert text_of(decision) == kb.say("en", "attachment_seen")
        assert values_of(decision) == ["human", "no_human"]
        assert decision.rated is None


def test_an_attachment_with_words_is_a_question(kb: KnowledgeBase) -> None:
    """A picture with "can I return this?" below it is answered."""
    reading = heard("can I return this?", found=hits((RETURNS, 0.9)))
    decision = decide(message("can I return this?", [PHOTO]), reading, FRESH, kb, TODAY)
    assert decision.outcome == "answered"
    held = decide(message("", [PHOTO]), Reading(""), TALKING, kb, TODAY)
    assert (held.outcome, held.reply) == ("relayed", None)


def edit(message_id: str = "1") -> Edit:
    return Edit("e:1", HOME, ANN, message_id, "…", AT)


def test_an_edit_of_what_was_answered_changes_nothing(kb: KnowledgeBase) -> None:
    """Both versions are kept; nothing is said twice, and nothing that was pending is forgotten."""
    before = shown("human", misses=1, comment_on=5)
    for event in (edit(), Deletion("d:1", HOME, ANN, "1", AT)):
        decision = decide(event, heard(found=hits((RETURNS, 0.9))), before, kb, TODAY)
        assert (decision.outcome, decision.reply) == ("noted", None)
        assert decision.context == before.context
        held = decide(event, heard(), replace(before, with_person=True), kb, TODAY)
        assert (held.outcome, held.reply) == ("relayed", None)


def test_an_edit_of_what_was_not_understood_is_a_new_attempt(kb: KnowledgeBase) -> None:
    """A typing mistake, corrected: answered as if it had been written so."""
    first = said(kb, "retrn?")
    assert (first.outcome, first.context.unclear) == ("rephrase", "1")
    reading = heard("return?", found=hits((RETURNS, 0.9)))
    standing = replace(FRESH, context=first.context)
    second = decide(edit("1"), reading, standing, kb, TODAY)
    assert (second.outcome, second.context.unclear) == ("answered", "")
    assert decide(edit("2"), reading, standing, kb, TODAY).outcome == "noted"


# --- buttons -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "outcome", "why"),
    [
        ("human", "handed_off", "pressed: talk to a person"),
        ("no_human", "greeted", "pressed: no, thanks"),
        ("none", "offered_human", "none of the suggestions was meant"),
        ("article:returns", "answered", "pressed: Returns?"),
        ("article:only-lv", "offered_human", "it exists only in lv"),
        ("show:lv:returns", "answered", "pressed: Returns?"),
        ("topic:returns", "clarified", "pressed: topic returns"),
        ("helpful:1:returns", "rated", "👍"),
        ("helpful:0:returns", "offered_human", "👎"),
        ("csat:7:4", "rated", "rated 4 of 5"),
        ("article:gone", "noted", "unknown button"),
        ("show:lv:gone", "noted", "unknown button"),
        ("show:", "noted", "unknown button"),
        ("topic:gone", "noted", "unknown button"),
        ("csat:7:6", "noted", "unknown button"),
        ("csat:x:5", "noted", "unknown button"),
        ("csat:²:5", "noted", "unknown button"),
        (f"csat:{'9' * 30}:5", "noted", "unknown button"),
        ("csat", "noted", "unknown button"),
        ("", "noted", "unknown button"),
        ("whatever", "noted", "unknown button"),
    ],
)
def test_every_button(value: str, outcome: str, why: str, kb: KnowledgeBase) -> None:
    """Ours do what they say; those of an older installation, or forged, are answered kindly."""
    decision = pressed(kb, value)
    assert decision.outcome == outcome
    assert why in decision.why[0]
    assert decision.reply is not None
    if outcome == "noted":
        assert text_of(decision) == kb.say("en", "old_button")
        assert decision.rated is None


def test_a_topic_shows_its_questions(kb: KnowledgeBase) -> None:
    """By an article's first tag, without what has expired, eight at the most."""
    decision = pressed(kb, "topic:returns")
    assert "article:returns" in values_of(decision)
    assert "article:old" not in values_of(decision)
    assert "article:sizes" not in values_of(decision)
    assert len(values_of(decision)) <= 8


def test_a_thumb_is_counted_for_its_article(kb: KnowledgeBase) -> None:
    """👎 offers a person, and keeps which article did not help."""
    down = pressed(kb, "helpful:0:returns")
    assert (down.rated, down.article) == (Rated("helpful", "returns", 0), RETURNS)
    assert values_of(down) == ["human", "no_human"]
    assert pressed(kb, "helpful:1:returns").rated == Rated("helpful", "returns", 1)


@pytest.mark.parametrize(
    ("text", "pressed_value"),
    [("2", "article:sizes"), ("02", "article:sizes"), ("sizes?", "article:sizes"), ("3", "none"),
     ("None of these", "none")],
)  # fmt: skip
def test_a_number_or_a_label_typed_is_that_button(
    text: str, pressed_value: str, kb: KnowledgeBase
) -> None:
    """Where buttons cannot be shown, or people type."""
    standing = shown(
        Option("Returns?", "article:returns"), Option("Sizes?", "article:sizes"),
        Option("None of these", "none"),
    )  # fmt: skip
    typed, by_button = said(kb, text, standing=standing), pressed(kb, pressed_value, standing)
    assert (typed.outcome, typed.article, typed.why) == (
        by_button.outcome, by_button.article, by_button.why,
    )  # fmt: skip


@pytest.mark.parametrize("text", ["0", "4", "22", "1234", "²", "2 tents"])
def test_other_numbers_are_questions(text: str, kb: KnowledgeBase) -> None:
    """Only a number of a button that was shown presses it; an order's number does not."""
    standing = shown("article:returns", "article:sizes", "none")
    assert said(kb, text, standing=standing).outcome == "rephrase"
    assert said(kb, "2").outcome == "rephrase"


# --- ratings -------------------------------------------------------------------------------------


def test_words_after_a_rating_are_its_comment(kb: KnowledgeBase) -> None:
    """The next words, once; what comes after them is a question again."""
    rated = pressed(kb, "csat:7:2")
    assert rated.context.comment_on == 7
    after = replace(FRESH, context=rated.context)
    comment = said(kb, "It took ages", standing=after)
    assert comment.rated == Rated("csat", "7", comment="It took ages")
    assert text_of(comment) == kb.say("en", "csat_comment_thanks")
    assert comment.context.comment_on is None
    assert said(kb, "x", standing=replace(FRESH, context=comment.context)).outcome == "rephrase"


def test_a_clear_question_after_a_rating_is_answered(kb: KnowledgeBase) -> None:
    """Who rates and then asks something wants an answer, not thanks for a comment."""
    after = shown(comment_on=7)
    asked = said(kb, "How do I return it?", standing=after, found=hits((RETURNS, 0.9)))
    assert (asked.outcome, asked.rated) == ("answered", None)
    greeted = said(kb, "hello", "greeting", standing=after)
    assert (greeted.outcome, greeted.rated) == ("greeted", None)


def test_a_long_comment_is_kept_within_reason(kb: KnowledgeBase) -> None:
    """Two thousand characters are more than anybody reads."""
    comment = said(kb, "x" * 4096, standing=shown(comment_on=7)).rated
    assert comment is not None and comment.comment is not None
    assert len(comment.comment) == 2000


def test_a_rating_may_be_given_while_a_person_has_it_again(kb: KnowledgeBase) -> None:
    """The poll of the last ticket still counts after the next one was opened."""
    assert pressed(kb, "csat:7:5", TALKING).rated == Rated("csat", "7", 5)


# --- what is remembered --------------------------------------------------------------------------


def test_the_context_survives_being_stored() -> None:
    """As JSON, empty fields left out; a link's button is no choice; unknown fields are ignored."""
    context = Context(1, (Option("A", "a"), LINK), 5, "mail", ("returns",), "9")
    stored = context.to_json()
    assert Context.from_json(stored) == replace(context, options=(Option("A", "a"),))
    assert Context().to_json() == {}
    assert Context.from_json({"from": "a later version"}) == Context()


def test_a_miss_is_forgotten_by_anything_that_is_understood(kb: KnowledgeBase) -> None:
    """Two misses in a row bring a person; with a greeting in between they are not in a row."""
    missed = said(kb, "qwrt")
    assert missed.context.misses == 1
    greeted = said(kb, "hi", "greeting", standing=replace(FRESH, context=missed.context))
    assert greeted.context.misses == 0
    again = said(kb, "qwrt", standing=replace(FRESH, context=greeted.context))
    assert again.outcome == Outcome.REPHRASE
