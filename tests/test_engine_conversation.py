"""The decision in a conversation: what was asked and said before, and several questions at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import Article, HandoffRule, InboundMessage, Match, Reading
from bot.engine import Context, Decision, Standing, decide
from bot.engine.burst import as_one, goes_on, patience
from bot.knowledge.base import KnowledgeBase
from tests.test_engine import (
    AT,
    FRESH,
    GIFTS,
    HUMAN_OFFERED,
    INJURY,
    REFUNDS,
    RETURNS,
    SIZES,
    TALKING,
    TODAY,
    message,
    pressed,
    said,
    small_shop,
    text_of,
    values_of,
)


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return small_shop()


def part(text: str, article: Article | None = None, score: float = 0.95) -> Reading:
    found = (Match(article, score, article.title),) if article else ()
    return Reading(text, {"en": 1.0}, found, frozenset({"question"}))


def asks(
    kb: KnowledgeBase, *parts: Reading, standing: Standing = FRESH, whole: Article | None = None
) -> Decision:
    """The decision about a message of these questions."""
    text = " ".join(each.text for each in parts)
    found = (Match(whole, 0.95, ""),) if whole else ()
    return decide(
        message(text), Reading(text, {"en": 1.0}, found, parts=parts), standing, kb, TODAY
    )


def asked(
    kb: KnowledgeBase, article: Article, standing: Standing, after: timedelta = timedelta(minutes=1)
) -> tuple[Decision, Standing]:
    """A question that this article answers, and how the conversation stands after it."""
    later = replace(standing, now=max(standing.now, AT) + after)
    decision = said(kb, "a q", standing=later, found=(Match(article, 0.95, ""),))
    return decision, replace(later, context=decision.context)


# --- the same question again ---------------------------------------------------------------------


def test_an_answer_is_not_repeated_right_after_it(kb: KnowledgeBase) -> None:
    """It stands there already: the customer is pointed to it, offered what else may be meant and a
    person; the third time a person comes, and knows which answer did not do."""
    _, standing = asked(kb, RETURNS, FRESH)
    again, standing = asked(kb, RETURNS, standing)
    assert (again.outcome, text_of(again)) == ("offered_human", kb.say("en", "told_already"))
    assert values_of(again) == ["human"]
    assert again.article == RETURNS and "told before, this is time 2" in again.why[0]
    third, standing = asked(kb, RETURNS, standing)
    assert (third.outcome, third.handoff, third.article) == ("handed_off", "again", RETURNS)
    afterwards, _ = asked(kb, RETURNS, standing)
    assert afterwards.outcome == "answered"


def test_the_next_nearest_article_is_offered_instead(kb: KnowledgeBase) -> None:
    """Perhaps something else was meant; but nothing that was told as well."""
    _, standing = asked(kb, RETURNS, FRESH)
    found = (Match(RETURNS, 0.9, ""), Match(SIZES, 0.06, ""), Match(GIFTS, 0.01, ""))
    again = said(kb, "a q", standing=standing, found=found)
    assert values_of(again) == ["article:sizes", "human"]


def test_an_answer_further_back_is_repeated_in_short(kb: KnowledgeBase) -> None:
    """With other answers in between it has to be looked for, so it is said again, briefly, and can
    be shown whole."""
    _, standing = asked(kb, RETURNS, FRESH)
    _, standing = asked(kb, SIZES, standing)
    again, standing = asked(kb, RETURNS, standing)
    assert again.outcome == "answered"
    assert text_of(again) == kb.say("en", "told_before", short="All about returns.")
    assert values_of(again) == ["article:returns", "human"]
    whole = pressed(kb, "article:returns", standing)
    assert text_of(whole).startswith("All about returns.") and whole.outcome == "answered"


def test_a_thumb_down_counts_as_told_in_vain(kb: KnowledgeBase) -> None:
    """Who said that an answer did not help and asks again gets a person, not the same answer."""
    _, standing = asked(kb, RETURNS, FRESH)
    standing = replace(standing, context=pressed(kb, "helpful:0:returns", standing).context)
    again, _ = asked(kb, RETURNS, standing)
    assert (again.outcome, again.handoff) == ("handed_off", "again")


def test_an_answer_of_yesterday_is_given_again(kb: KnowledgeBase) -> None:
    """Nobody is expected to remember longer than a day."""
    _, standing = asked(kb, RETURNS, FRESH)
    again, _ = asked(kb, RETURNS, standing, after=timedelta(days=1, minutes=1))
    assert (again.outcome, again.why[0].count("told before")) == ("answered", 0)


def test_a_button_always_shows_its_article(kb: KnowledgeBase) -> None:
    """Who presses an article's button wants to read it, told before or not."""
    _, standing = asked(kb, RETURNS, FRESH)
    for _ in range(3):
        shown = pressed(kb, "article:returns", standing)
        assert text_of(shown).startswith("All about returns.")
        standing = replace(standing, context=shown.context)


LIST = "Below that you choose:\n\n- a\n- b"
MORE = f"\n\n{'And so on. ' * 60}"


@pytest.mark.parametrize(
    ("body", "short"),
    [
        (f"{LIST}{MORE}", LIST),
        ("**Short.**\n\nAnd whole.", "**Short.**\n\nAnd whole."),
        (f"First.{MORE}", "First."),
        ("It depends on:\n\n" + "- much\n" * 200, "*Returns?*"),
        (f"**You choose:**\n\nnamely:{MORE}", "*Returns?*"),
    ],
)
def test_an_answer_in_short_is_never_cut_before_its_list(
    kb: KnowledgeBase, body: str, short: str
) -> None:
    """A beginning that leads to a list is nothing without it."""
    article = replace(RETURNS, id="long", body=body)
    _, standing = asked(kb, article, FRESH)
    _, standing = asked(kb, SIZES, standing)
    again = said(kb, "a q", standing=standing, found=(Match(article, 0.95, ""),))
    assert text_of(again) == kb.say("en", "told_before", short=short)


def test_what_did_not_help_brings_the_person_who_was_offered(kb: KnowledgeBase) -> None:
    """Pointed to the last answer, "that didn't help" is no "no, thanks"; the person who comes knows
    which answer it was. Where nobody was offered, somebody is."""
    _, standing = asked(kb, RETURNS, FRESH)
    _, standing = asked(kb, RETURNS, standing)
    brought = said(kb, "that didn't help", "unhelpful", standing=standing)
    assert (brought.handoff, brought.article) == ("again", RETURNS)
    offered = said(kb, "it didn't help", "unhelpful")
    assert (offered.outcome, text_of(offered)) == ("offered_human", kb.say("en", "unhelpful"))


def test_ok_thanks_is_thanks_where_a_person_was_only_mentioned(kb: KnowledgeBase) -> None:
    """It accepts the answer; where it was asked whether one should come, it accepts the person."""
    _, standing = asked(kb, RETURNS, FRESH)
    _, standing = asked(kb, RETURNS, standing)
    thanks = said(kb, "ok thanks", "yes", "thanks", standing=standing)
    assert (thanks.handoff, text_of(thanks)) == (None, kb.say("en", "thanks", name="Ann"))
    assert said(kb, "yes", "yes", standing=standing).handoff == "accepted"
    offered = said(kb, "it didn't help", "unhelpful")
    standing = replace(FRESH, context=offered.context)
    wanted = said(kb, "yes, thanks", "yes", "thanks", standing=standing)
    assert wanted.handoff == "accepted"


# --- in context ----------------------------------------------------------------------------------


def continuing(article: Article, *cues: str) -> Reading:
    """ "And for shoes?", which says nothing alone, and this after the question before it."""
    found = (Match(article, 0.95, ""),)
    context = Reading("and for shoes? jacket", {"en": 1.0}, found, frozenset(cues))
    return Reading("and for shoes?", {"en": 1.0}, in_context=context)


def test_a_continuation_is_understood_by_the_question_before_it(kb: KnowledgeBase) -> None:
    """It is answered as what it means after that question, the reason says so, and the next one
    may continue it in its turn."""
    decision = decide(message("and for shoes?"), continuing(SIZES), FRESH, kb, TODAY)
    assert (decision.outcome, decision.article) == ("answered", SIZES)
    assert "continuing the question before it" in decision.why[0]
    assert decision.context.asked == "and for shoes? jacket"


def test_a_continuation_that_the_same_answer_covers(kb: KnowledgeBase) -> None:
    """Nothing more is known than what was said, so that is said: no promise that it goes for shoes,
    too, and nothing that counts as asked in vain."""
    _, standing = asked(kb, RETURNS, FRESH)
    decision = decide(message("and for shoes?"), continuing(RETURNS), standing, kb, TODAY)
    assert text_of(decision) == kb.say("en", "told_already")
    assert [told.times for told in decision.context.told] == [1]


def test_what_is_clear_alone_needs_no_context(kb: KnowledgeBase) -> None:
    """A clear question stays what it is, whatever was asked before."""
    reading = replace(continuing(SIZES), matches=(Match(REFUNDS, 0.95, ""),))
    assert decide(message("and refunds?"), reading, FRESH, kb, TODAY).article == REFUNDS


def test_a_short_text_is_no_continuation_if_it_means_something(kb: KnowledgeBase) -> None:
    """ "Sizes" may be one of two things, whatever came before; "and sizes?" goes on with it."""
    near = (Match(SIZES, 0.4, ""), Match(GIFTS, 0.3, ""))
    short = replace(continuing(RETURNS), matches=near)
    assert decide(message("sizes"), short, FRESH, kb, TODAY).outcome == "clarified"
    said_so = replace(continuing(RETURNS, "continuation"), matches=near)
    assert decide(message("and sizes?"), said_so, FRESH, kb, TODAY).article == RETURNS


def test_what_says_nothing_of_its_own_goes_on(kb: KnowledgeBase) -> None:
    """ "And how much does it cost?" is about what was spoken of, however sure it seems alone; if
    that leads nowhere near, it stands for itself."""
    _, standing = asked(kb, RETURNS, FRESH)
    near = replace(standing, context=replace(standing.context, close=("refunds",)))
    alone = (Match(SIZES, 0.99, ""),)
    vague = replace(continuing(REFUNDS, "vague"), matches=alone)
    assert decide(message("and how much?"), vague, near, kb, TODAY).article == REFUNDS
    elsewhere = replace(continuing(replace(GIFTS, id="far", tags=("far",)), "vague"), matches=alone)
    assert decide(message("and how much?"), elsewhere, near, kb, TODAY).article == SIZES


def test_words_that_mean_something_else_do_not_come_to_the_same_answer(kb: KnowledgeBase) -> None:
    """They are not told that all is in the last answer, but asked what they mean."""
    _, standing = asked(kb, RETURNS, FRESH)
    near = (Match(SIZES, 0.4, ""), Match(GIFTS, 0.3, ""))
    reading = replace(continuing(RETURNS, "continuation"), matches=near)
    decision = decide(message("and sizes?"), reading, standing, kb, TODAY)
    assert decision.outcome == "clarified"


def test_an_answer_told_in_another_language_is_news(kb: KnowledgeBase) -> None:
    """Who changes the language and asks again wants to read it in that one."""
    _, standing = asked(kb, RETURNS, replace(FRESH, chosen_language="lv"))
    again, _ = asked(kb, RETURNS, replace(standing, chosen_language="en"))
    assert text_of(again).startswith("All about returns.")


def test_what_was_asked_is_kept_for_an_hour_and_until_thanks(kb: KnowledgeBase) -> None:
    """A question is continued soon or not at all; thanks and goodbye end it, a greeting and what
    was not understood do not."""
    _, standing = asked(kb, RETURNS, FRESH)
    context = standing.context
    assert context.before(standing.now + timedelta(minutes=59)) == "a q"
    assert context.before(standing.now + timedelta(minutes=61)) == ""
    for intent, kept in (("thanks", ""), ("goodbye", ""), ("greeting", "a q")):
        after = said(kb, "…", intent, standing=standing).context
        assert after.before(standing.now) == kept
    assert said(kb, "qwrt", standing=standing).context.before(standing.now) == "a q"


# --- several questions ---------------------------------------------------------------------------


def test_several_questions_get_several_answers(kb: KnowledgeBase) -> None:
    """In their order, each below its title, with the buttons of all and one row of thumbs."""
    decision = asks(kb, part("sizes?", SIZES), part("return?", RETURNS))
    assert (decision.outcome, decision.article) == ("answered", SIZES)
    assert text_of(decision) == (
        "**Sizes?**\n\nAll about sizes.\n\n**Returns?**\n\nAll about returns.\n\n*Did this help?*"
    )
    assert values_of(decision) == [None, "helpful:1:sizes", "helpful:0:sizes"]
    assert "“sizes?”: sizes 0.95; “return?”: returns 0.95" in decision.why[0]
    assert [told.article for told in decision.context.told] == ["en/sizes", "en/returns"]
    assert decision.context.asked == "return?"


def test_at_most_three_answers_in_one_reply(kb: KnowledgeBase) -> None:
    """More than that nobody reads: the fourth is offered as a button."""
    four = (RETURNS, SIZES, REFUNDS, GIFTS)
    decision = asks(kb, *(part(f"{article.id}?", article) for article in four))
    assert "All about refunds." in text_of(decision)
    assert "All about gifts." not in text_of(decision)
    assert "article:gifts" in values_of(decision)


def test_what_was_not_understood_beside_an_answer_is_said(kb: KnowledgeBase) -> None:
    """One question answered, the other named, and a person offered for it."""
    decision = asks(kb, part("return?", RETURNS), part("can you *sing*?"))
    assert decision.outcome == "answered"
    assert text_of(decision).startswith("All about returns.\n\n")
    assert kb.say("en", "part_unclear", question="can you \\*sing\\*?") in text_of(decision)
    assert "human" in values_of(decision)


def test_the_same_asked_twice_is_answered_once(kb: KnowledgeBase) -> None:
    """Two questions that one article answers are one; what is near to it is no other question."""
    twice = asks(kb, part("return?", RETURNS), part("send back?", RETURNS), whole=RETURNS)
    assert text_of(twice).count("All about returns.") == 1 and "**" not in text_of(twice)
    near = asks(kb, part("return?", RETURNS), part("what now?", RETURNS, 0.3), whole=RETURNS)
    assert kb.say("en", "part_unclear", question="what now?") not in text_of(near)


def test_a_story_with_one_question_is_one_question(kb: KnowledgeBase) -> None:
    """It is understood as a whole; where that says too little, by its question."""
    one = asks(kb, part("can I return it?", RETURNS), whole=SIZES)
    assert one.article == SIZES
    story = Reading(
        "My aunt… can I return it?", {"en": 1.0}, (Match(SIZES, 0.4, ""), Match(RETURNS, 0.3, "")),
        parts=(part("can I return it?", RETURNS),),
    )  # fmt: skip
    assert decide(message(story.text), story, FRESH, kb, TODAY).article == RETURNS


def test_people_are_brought_and_offered_beside_several_answers(kb: KnowledgeBase) -> None:
    """`handoff: always` of any of the articles brings a person, `offer` offers one."""
    always = asks(kb, part("return?", RETURNS), part("hurt?", INJURY))
    assert (always.outcome, always.handoff, always.article) == ("handed_off", "article", INJURY)
    assert "All about returns." in text_of(always) and "All about injury." in text_of(always)
    offered = asks(kb, part("return?", RETURNS), part("gift?", GIFTS))
    assert kb.say("en", "offer_after_answer") in text_of(offered)
    assert "human" in values_of(offered) and GIFTS.handoff is HandoffRule.OFFER


def told(text: str, article: Article, score: float = 0.95) -> Reading:
    return replace(part(text, article, score), intents=frozenset())


def test_who_needs_a_person_gets_one_whatever_else_is_asked(kb: KnowledgeBase) -> None:
    """An injury that is merely told, be it seen only in the whole message, brings a person first;
    nothing is then said of what was not understood beside it."""
    hours, what = part("sizes?", SIZES), part("what should I do?", GIFTS, 0.3)
    seen_whole = asks(kb, what, hours, whole=INJURY)
    for decision in (seen_whole, asks(kb, told("It burnt me.", INJURY), what, hours)):
        assert (decision.handoff, decision.article) == ("article", INJURY)
        assert "All about sizes." in text_of(decision) and "what should" not in text_of(decision)
    one = asks(kb, told("It burnt me.", INJURY), hours)
    assert one.handoff == "article"


def test_what_is_told_is_answered_where_it_is_sure(kb: KnowledgeBase) -> None:
    """Beside several questions; a story that is not is left alone."""
    questions = part("sizes?", SIZES), part("refunds?", REFUNDS)
    assert "All about returns." in text_of(
        asks(kb, told("I return it.", RETURNS, 0.97), *questions)
    )
    unsure = asks(kb, told("I return it.", RETURNS, 0.92), *questions)
    assert "All about returns." not in text_of(unsure)


def test_a_vague_question_is_read_with_what_was_told(kb: KnowledgeBase) -> None:
    """ "How long does it take?" is not about delivery after a story about a refund."""
    context = Reading("… how long?", {"en": 1.0}, (Match(REFUNDS, 0.95, ""),), frozenset({"vague"}))
    vague = replace(part("how long?", GIFTS), in_context=context)
    decision = asks(kb, part("sizes?", SIZES), vague)
    assert "All about refunds." in text_of(decision) and "gifts" not in text_of(decision)


def test_questions_between_commas_need_an_answer_each(kb: KnowledgeBase) -> None:
    """Commas part much that is no question: all or nothing."""
    listed = frozenset({"question", "listed"})
    pieces = [replace(part(a.id, a), intents=listed) for a in (RETURNS, SIZES, REFUNDS)]
    assert text_of(asks(kb, *pieces)).count("All about") == 3
    doubtful = replace(part("gifts", GIFTS, 0.3), intents=listed)
    assert text_of(asks(kb, *pieces[:2], doubtful, whole=RETURNS)).count("All about") == 1


def test_a_single_guess_is_one(kb: KnowledgeBase) -> None:
    """Not "one of these" where there is one."""
    decision = said(kb, "a q", found=(Match(RETURNS, 0.6, ""),))
    assert text_of(decision) == kb.say("en", "did_you_mean_one")


def test_a_tag_may_ask_for_more(kb: KnowledgeBase) -> None:
    """`precision_by_tag` holds for one question and for each of several."""
    strict = kb.policy.model_copy(update={"precision_by_tag": {"sizes": 0.99}})
    kb = replace(kb, policy=strict)
    assert said(kb, "a q", found=(Match(SIZES, 0.95, ""),)).outcome == "clarified"
    assert said(kb, "a q", found=(Match(RETURNS, 0.95, ""),)).outcome == "answered"
    decision = asks(kb, part("return?", RETURNS), part("sizes?", SIZES))
    assert "All about sizes." not in text_of(decision)
    assert "article:sizes" in values_of(decision)


# --- patience ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision_of", "can_wait"),
    [
        ("an answer", False), ("did you mean", True), ("rephrase", True), ("a greeting", True),
        ("/help", False), ("a person", False), ("yes to a person", False),
    ],
)  # fmt: skip
def test_what_can_wait_for_more(kb: KnowledgeBase, decision_of: str, can_wait: bool) -> None:
    """Anything less than an answer may turn out to be half a question; what is plainly meant need
    not wait."""
    decisions = {
        "an answer": said(kb, "a q", found=(Match(RETURNS, 0.95, ""),)),
        "did you mean": said(kb, "a q", found=(Match(RETURNS, 0.6, ""),)),
        "rephrase": said(kb, "a q"),
        "a greeting": said(kb, "hello", "greeting"),
        "/help": said(kb, "/help"),
        "a person": said(kb, "a person", "human"),
        "yes to a person": said(kb, "yes", "yes", standing=HUMAN_OFFERED),
    }
    assert decisions[decision_of].can_wait is can_wait


def test_nobody_waits_while_a_person_has_it(kb: KnowledgeBase) -> None:
    """What a customer writes to a colleague is passed on as it comes."""
    assert not said(kb, "hello", "greeting", standing=TALKING).can_wait


def test_which_messages_are_one_burst() -> None:
    """Those of one person in one place that stand for nothing by themselves."""
    one, two = message("hello"), message("where is my parcel")
    stranger = replace(two, contact=replace(two.contact, user_id="2"))
    assert goes_on(one, two)
    assert not goes_on(one, stranger) and not goes_on(one, None)
    assert not goes_on(one, message("/help")) and not goes_on(message("help"), two)
    assert goes_on(one, message("2"))
    assert not goes_on(one, message("2"), HUMAN_OFFERED.context.options)


def test_a_burst_as_one_message() -> None:
    """The words of all, one line each; the last one's place and time."""
    said_last: InboundMessage = replace(message("parcel?"), external_id="m:2", message_id="2")
    whole = as_one([message("hello"), message(""), said_last])
    assert (whole.text, whole.message_id) == ("hello\nparcel?", "2")


def test_patience_has_an_end() -> None:
    """As long as the policy says after each message, and five times as long after the first."""
    burst = timedelta(seconds=2)
    assert patience([AT], burst) == AT + burst
    arrived = [AT + timedelta(seconds=second) for second in range(30)]
    assert patience(arrived, burst) == AT + 5 * burst


# --- language ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "languages", "standing", "expected"),
    [
        ("a short text, by the platform's locale", {"en": 0.3, "lv": 0.3}, "lv", "lv"),
        ("a clear text", {"en": 0.95, "lv": 0.05}, "lv", "en"),
        ("a neighbour's language", {"uk": 0.9, "lv": 0.06, "en": 0.04}, "lv", "lv"),
    ],
)
def test_the_language_of_a_reply(
    kb: KnowledgeBase, what: str, languages: dict[str, float], standing: str, expected: str
) -> None:
    """The conversation and the platform's locale are what a text has to outweigh; a language that
    there are no answers in outweighs nothing."""
    begun = replace(FRESH, language=standing)
    found = (Match(RETURNS, 0.95, ""),)
    assert said(kb, "a q", standing=begun, languages=languages, found=found).language == expected


def test_one_word_switches_nothing(kb: KnowledgeBase) -> None:
    """ "ok" is said in every language."""
    latvian = replace(FRESH, language="lv")
    assert said(kb, "ok", "yes", standing=latvian, languages={"en": 1.0}).language == "lv"


def test_a_mixed_message_is_answered_in_the_language_mostly_used(kb: KnowledgeBase) -> None:
    """Not in that of the last message, but in the one that the customer keeps to."""
    context = Context(spoken=("lv", "lv", "lv", "en"))
    standing = replace(FRESH, language="en", context=context)
    mixed = {"en": 0.5, "lv": 0.5}
    found = (Match(RETURNS, 0.95, ""),)
    assert said(kb, "a q", standing=standing, languages=mixed, found=found).language == "lv"
    plain = said(kb, "a q", standing=standing, languages={"en": 0.95, "lv": 0.05}, found=found)
    assert (plain.language, plain.context.spoken[-2:]) == ("en", ("en", "en"))


def test_what_is_remembered_is_stored_and_bounded(kb: KnowledgeBase) -> None:
    """As JSON; only so much of it, however long a conversation lasts."""
    context = Context()
    for number in range(40):
        context = (
            context.asking("x" * 9999, AT)
            .telling(replace(SIZES, id=f"a{number}"), AT)
            .speaking("en")
        )
    assert Context.from_json(context.to_json()) == context
    assert len(str(context.to_json())) < 1500
