"""Cards: what they show, and that Slack takes them whatever customers are called or write."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.slack.blocks import checked_blocks
from bot.storage.tables import Message
from handoff import moods
from handoff.cards import (
    Card,
    Line,
    Suggestion,
    bare_blocks,
    blocks,
    first_line,
    is_bare,
    summary,
)
from handoff.complaints.cards import ComplaintView, RemedyLine
from handoff.facts import Customer, Earlier
from handoff.gist import Gist
from handoff.moods import Feelings
from handoff.said import telling
from handoff.story import excerpt
from handoff.wording import at, day, plain
from tests.conftest import shipped_kb

KB = shipped_kb(date(2026, 11, 22))
LANGUAGES = ("en", "ru", "tr", "lv", "pl")
OPENED = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CARD = Card(
    ticket_id=7,
    name="Maria Ozola",
    customer=Customer("Telegram", "Latvian"),
    reason="The customer asked for a person",
    opened_at=OPENED,
    lines=(Line("Maria Ozola", "My tent leaks"), Line("Bot", "I'm bringing in a colleague.")),
    suggestions=(Suggestion("How do I claim on the warranty?", "You have two years.", "warranty"),),
)
DUE = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
REFUND = RemedyLine("refund", "20 EUR", "given", "Ivo", "late twice")
COMPLAINT = ComplaintView("C-0007", "high", DUE, owner="Ivo", cause="Late delivery")
EARLIER = (Earlier(3, OPENED, "https://slack.com/archives/C0DESK/p91", 4), Earlier(2, OPENED))
KNOWN = Customer(
    "Telegram", "Latvian", "14:05 there", OPENED, True, 2, "Tent", OPENED, EARLIER, 4, 1
)
UPSET = Feelings(("calm", "displeased", "upset"), ("“stolen”", "capitals", "emoji 😡"))
HOSTILE = [
    "<!channel> <@U1> <https://evil.example|https://bank.example>",
    "*_~`bold`~_*",
    "&amp; &lt;b&gt;",
    "x" * 5000,
    "&" * 4096,
    "*" * 4096,
    "\n" * 3000,
    "> quote\n> > quote\n```code",
    "‮evil‬ \u200b \x00 \x07",
    "👩‍👩‍👧‍👦" * 600,
    "line\n" * 700,
]


def words(key: str, **values: object) -> str:
    return KB.say("en", key, **values)


def shown(card: Card) -> str:
    return json.dumps(blocks(card, words), ensure_ascii=False)


def buttons(card: Card) -> list[str]:
    return [
        element["action_id"]
        for block in blocks(card, words)
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def test_a_card_shows_who_why_since_when_and_what_was_said() -> None:
    """Everything an agent needs before claiming it."""
    text = shown(CARD)
    for part in ("#7", "Maria Ozola", "Telegram", "Latvian", "asked for a person", "My tent leaks",
                 "claim on the warranty?", "You have two years.", at(OPENED)):  # fmt: skip
        assert part in text
    assert buttons(CARD) == ["claim", "resolve", "complaint", "more"]
    assert summary(CARD, words) == "#7 Maria Ozola · Waiting for a colleague"


def test_a_claimed_card_names_the_claimer_and_can_be_resolved() -> None:
    """There is nothing more to claim."""
    claimed = replace(CARD, claimed_by="Ivo")
    assert buttons(claimed) == ["resolve", "complaint", "snooze", "more"]
    assert "With Ivo" in shown(claimed)


def test_a_resolved_card_can_be_reopened_and_shows_its_rating() -> None:
    """What is done can be read, or begun anew; nothing is suggested to be sent any more."""
    resolved = replace(CARD, claimed_by="Ivo", resolved_by="Ivo", score=4)
    assert buttons(resolved) == ["reopen", "more"]
    assert "preview" in shown(CARD) and "preview" not in shown(resolved)
    assert "★★★★☆" in shown(resolved)
    assert "Resolved by Ivo" in summary(resolved, words)


def test_the_hint_fits_the_card() -> None:
    """Who may claim is told so; afterwards it says whose words leave the house."""
    assert words("desk_hint") in shown(CARD)
    claimed = shown(replace(CARD, claimed_by="Ivo"))
    assert words("desk_hint") not in claimed
    assert "What Ivo writes in this thread" in claimed


def test_what_the_bot_said_is_one_short_line() -> None:
    """Its answers are long, and known."""
    assert first_line("Yes.") == "Yes."
    assert first_line("You have two years.\n\n1. Write to us") == "You have two years…"
    assert len(first_line("word " * 100)) <= 81


def test_a_bare_card_has_its_line_and_its_buttons() -> None:
    """Slack takes it, whatever is wrong with the other one."""
    made = bare_blocks(CARD, words)
    checked_blocks([dict(block) for block in made])
    assert [block["type"] for block in made] == ["section", "actions"]
    assert is_bare(made) and not is_bare(blocks(CARD, words))


def test_a_customer_without_a_name_is_called_so() -> None:
    """An empty name leaves no hole."""
    assert "no name" in shown(replace(CARD, name=""))
    assert "no name" in summary(replace(CARD, name=""), words)


def test_a_time_is_shown_in_the_zone_of_whoever_looks() -> None:
    """Slack's own date format, with UTC for old clients."""
    assert at(OPENED) == ("<!date^1795339800^{date_short_pretty} {time}|2026-11-22 09:30 UTC>")


def texts(node: Any) -> list[str]:
    """Every mrkdwn text in some blocks."""
    if isinstance(node, dict):
        own = [str(node["text"])] if node.get("type") == "mrkdwn" else []
        return own + [text for value in node.values() for text in texts(value)]
    return (
        [text for value in node for text in texts(value)] if isinstance(node, list | tuple) else []
    )


@pytest.mark.parametrize("evil", HOSTILE, ids=lambda text: repr(text[:20]))
@pytest.mark.parametrize(
    "where",
    [
        "name",
        "reason",
        "line",
        "who",
        "article",
        "origin",
        "agent",
        "mood",
        "remedy",
        "complaint",
        "product",
        "wish",
        "titles",
        "called",
    ],
)
def test_slack_takes_a_card_whatever_is_in_it(where: str, evil: str) -> None:
    """Within every limit of Slack's, and with no mention or link that a customer wrote."""
    card = {
        "name": replace(CARD, name=evil),
        "reason": replace(CARD, reason=evil),
        "line": replace(CARD, lines=(Line("Maria", evil),) * 6),
        "who": replace(CARD, lines=(Line(evil, "hello"),) * 6),
        "article": replace(CARD, suggestions=(Suggestion(evil, evil),) * 3),
        "origin": replace(CARD, came_from=evil),
        "product": replace(CARD, customer=Customer(product=evil, bought_at=OPENED)),
        "wish": replace(CARD, gist=Gist(evil)),
        "titles": replace(CARD, gist=Gist("", (evil,) * 5)),
        "called": replace(CARD, escalated_to=evil, suggested_to=evil),
        "agent": replace(CARD, claimed_by=evil),
        "mood": replace(CARD, feelings=Feelings(("upset",) * 12, (evil, f"“{evil}”") * 2)),
        "remedy": replace(
            CARD,
            complaint=replace(
                COMPLAINT, remedies=(RemedyLine("other", "", "waiting", evil, evil),) * 30
            ),
        ),
        "complaint": replace(
            CARD,
            complaint=replace(COMPLAINT, owner=evil, cause=evil, transfers=2, transfer_reason=evil),
        ),
    }[where]
    checked_blocks([dict(block) for block in blocks(card, words)])
    for text in [*texts(blocks(card, words)), summary(card, words)]:
        assert set(re.findall(r"<[^>]*>?", text)) <= {at(OPENED), at(DUE), day(OPENED)}
        assert not re.search(r"&(?!amp;|lt;|gt;)", text), "an escape was cut in two"


@settings(max_examples=150, deadline=None)
@given(name=st.text(max_size=300), text=st.text(max_size=4096), claimed=st.text(max_size=40))
def test_any_text_makes_a_card_that_slack_takes(name: str, text: str, claimed: str) -> None:
    """Whatever Unicode has to offer."""
    card = replace(CARD, name=name, lines=(Line(name, text),) * 6, claimed_by=claimed)
    checked_blocks([dict(block) for block in blocks(card, words)])
    assert summary(card, words).strip()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "state",
    [
        {},
        {"claimed_by": "Ivo"},
        {"resolved_by": "Ivo", "score": 1},
        {"urgency": 2, "feelings": UPSET, "before": ("#3 🔴 Anna, 12 min",)},
        {"complaint": replace(COMPLAINT, transfers=1, asked_at=DUE, remedies=(REFUND,))},
        {"customer": KNOWN, "gist": Gist("Where?", ("Returns",), 1, 2, "C-0007", "12 min")},
        {"is_snoozed": True, "escalated_to": "Olga", "suggested_to": "Eva", "clock": "⏳ 14:05"},
    ],
    ids=["waiting", "claimed", "resolved", "urgent", "complaint", "known", "put aside"],
)
def test_a_card_in_every_language(language: str, state: dict[str, Any]) -> None:
    """Labels fit Slack's buttons in each of the five, and no placeholder is left over."""
    card = replace(CARD, **state)

    def say(key: str, **values: object) -> str:
        return KB.say(language, key, **values)

    made = blocks(card, say)
    checked_blocks([dict(block) for block in made])
    assert not re.search(r"\{\w+\}", re.sub(r"<!date[^>]*>", "", json.dumps(made)))


def test_the_urgent_is_marked_until_it_is_resolved() -> None:
    """Red for the upset, SOS for danger, whoever has it; in the notification, too."""
    for urgency, sign in ((1, "🔴"), (2, "🆘")):
        card = replace(CARD, urgency=urgency)
        assert shown(card).count(f"{sign} *#7") == 1
        assert summary(card, words).startswith(f"{sign} #7 ")
        assert f"{sign} *#7" in shown(replace(card, claimed_by="Ivo"))
        resolved = replace(card, claimed_by="Ivo", resolved_by="Ivo")
        assert "✅ *#7" in shown(resolved) and sign not in summary(resolved, words)


def test_where_somebody_may_be_in_danger_no_article_is_offered_and_nobody_is_calm() -> None:
    """ "Nie chcę już żyć" resembles an article on deleting accounts, and is said in calm words."""
    for urgency in (1, 2):
        calm = replace(CARD, urgency=urgency, feelings=Feelings(("calm",)))
        assert (words("desk_suggestions") in shown(calm)) is (urgency == 1)
        assert ("🙂 calm" in shown(calm)) is (urgency == 1)
    assert "😠 upset" in shown(replace(CARD, urgency=2, feelings=Feelings(("upset",))))


def test_a_mood_is_shown_with_its_course_and_its_reasons() -> None:
    """The level now in a word, a face for each message, and what said so; the customer's own words
    as they are."""
    assert "*Mood*\\n🙂😕😠 upset\\n“stolen”, capitals, 😡" in shown(replace(CARD, feelings=UPSET))
    assert "*Mood*\\n😠 upset\\n“stolen”" in shown(
        replace(CARD, feelings=replace(UPSET, levels=("upset",)))
    )


def test_who_is_calm_needs_no_reasons_and_nobody_knows_no_line() -> None:
    """A mood of which nothing is known is not shown as calm."""
    calm = replace(CARD, feelings=Feelings(("upset", "calm"), ("capitals",)))
    assert "😠🙂 calm" in shown(calm) and "capitals" not in shown(calm)
    assert "Mood" not in shown(CARD)


@pytest.mark.parametrize("sign", sorted(moods.SIGNS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sign_has_its_words(language: str, sign: str) -> None:
    """What says that somebody is upset can be read in each of the five languages."""
    feelings = Feelings(("upset",), (sign,))
    text = moods.mood_fact(feelings, lambda key, **values: KB.say(language, key, **values))
    assert text.splitlines()[1] not in {"", sign} or (language, sign) == ("en", "capitals")


def test_an_open_complaint_is_on_the_card_with_what_can_be_done() -> None:
    """Number, severity, date, owner and cause; and the buttons for a remedy and a transfer."""
    card = replace(CARD, complaint=COMPLAINT, customer=replace(CARD.customer, complaints=2))
    for part in ("*Complaint C-0007* · serious · due", at(DUE), "Owner: Ivo", "Late delivery",
                 "Earlier complaints: 2"):  # fmt: skip
        assert part in shown(card)
    assert "overdue" not in shown(card)
    assert "*overdue*" in shown(replace(card, complaint=replace(COMPLAINT, is_overdue=True)))
    assert buttons(card) == ["claim", "resolve", "complaint", "remedy", "more"]
    assert buttons(replace(card, claimed_by="Ivo"))[0] == "resolve"
    assert buttons(replace(card, resolved_by="Ivo")) == ["reopen", "more"]
    assert '"Details"' in shown(card) and '"Complaint"' in shown(CARD)


def test_a_complaint_nobody_has_says_so() -> None:
    """Until somebody claims it."""
    assert words("desk_owner_none") in shown(replace(CARD, complaint=replace(COMPLAINT, owner="")))


def test_each_remedy_is_a_line() -> None:
    """What, how much, how it stands, by whom, and why."""
    coupon = RemedyLine("coupon", "100 EUR", "waiting", "Eva", "a regular customer")
    card = replace(CARD, complaint=replace(COMPLAINT, remedies=(REFUND, coupon)))
    assert "• *refund 20 EUR* — given, approved by Ivo: late twice" in shown(card)
    assert "• *coupon 100 EUR* — waits for a supervisor, proposed by Eva: a reg" in shown(card)


def test_a_complaint_shows_how_it_went_on() -> None:
    """Passed on and why; asked about; closed because the customer said so, or said nothing."""
    passed = replace(COMPLAINT, transfers=2, transfer_reason="on leave")
    assert "Passed on: 2, last because “on leave”" in shown(replace(CARD, complaint=passed))
    asked = replace(COMPLAINT, asked_at=DUE)
    assert "asked whether it is settled" in shown(replace(CARD, complaint=asked))
    for outcome in ("settled", "assumed"):
        card = replace(CARD, complaint=replace(asked, outcome=outcome))
        assert words(f"desk_complaint_closed_{outcome}") in shown(card)
        assert "due" not in shown(card) and "asked whether" not in shown(card)
        assert buttons(card) == ["claim", "resolve", "complaint", "more"]


def test_what_should_be_taken_first_stands_below_the_headline() -> None:
    """Before anything of this ticket's own."""
    made = blocks(replace(CARD, before=("#3 🔴 Anna, 12 min", "#5 🔔 Leo, 4 min")), words)
    assert made[1]["type"] == "context"
    assert texts(made[1]) == ["Before this one: #3 🔴 Anna, 12 min · #5 🔔 Leo, 4 min"]


def test_plain_text_shows_what_was_typed() -> None:
    """Formatting signs stay visible, and format nothing."""
    assert plain("a & b < c").replace("\u2060", "") == "a &amp; b &lt; c"
    assert "*bold*" not in plain("*bold*")
    assert plain("*bold*").replace("\u2060", "") == "*bold*"


def test_the_customers_last_messages_stay_on_the_card() -> None:
    """However much the bot has said since, the question itself is there; its own words in between
    are kept, those before it are not."""
    said = [("bot", "Hello"), ("contact", "Where is my order?"), *[("bot", "…")] * 6,
            ("contact", "That's not it"), ("contact", "A person!")]  # fmt: skip
    rows = [
        Message(id=number, conversation_id=1, author=author, text=text, sent_at=OPENED)
        for number, (author, text) in enumerate(said)
    ]
    shown = [message.text for message in reversed(telling(rows[::-1]))]
    assert shown == ["Where is my order?", "…", "…", "…", "…", "That's not it", "A person!"]


def test_an_article_is_shown_by_its_first_sentence() -> None:
    """Enough to choose by."""
    assert excerpt("You have **two years**. Write to us.") == "You have two years."
    assert excerpt("word " * 100).endswith("…")
