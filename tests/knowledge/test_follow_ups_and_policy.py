"""What is sent some time after an event, and the numbers admins may turn."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal

import pytest

from bot.domain import Option, Reply
from bot.knowledge.durations import parse_duration

from .folder import Folder

FOLLOW_UP = """---
title: How is it going?
after: delivered_at
delay: 3d
buttons:
  - url: https://harebell.example/care
    text: {en: Care tips, lv: Kopšanas padomi}
---
## en
Hello{, name}! How is the {product}?

## lv
Labdien{, name}! Kā klājas?
"""


def test_a_follow_up_speaks_the_customers_language(shop: Folder) -> None:
    """Its text and buttons come in the language asked for, else in the default one."""
    shop.write("follow_ups/after-delivery.md", FOLLOW_UP)
    kb = shop.load()
    assert kb.faults == ()
    plan = kb.follow_ups["after-delivery"]
    assert (plan.event, plan.delay) == ("delivered_at", timedelta(days=3))
    url = "https://harebell.example/care"
    assert kb.follow_up("after-delivery", "lv", name="Anna") == Reply(
        "Labdien, Anna! Kā klājas?", (Option("Kopšanas padomi", url=url),)
    )
    assert kb.follow_up("after-delivery", "tr", product="tent") == Reply(
        "Hello! How is the tent?", (Option("Care tips", url=url),)
    )
    assert kb.follow_up("unknown", "en") is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "delivered_at",
            "delivered",
            ':3: "after: delivered" means nothing. Do: write "delivered_at"',
        ),
        ("delay: 3d", "delay: soon", ':4: "delay: soon" is no length of time'),
        ("delay: 3d", "", '"delay" is empty or missing'),
        ("{product}", "{produkt}", ':9: {produkt} is never filled in. Do: write "product"'),
        ("{product}", "{", ":9: the text has a brace that is no placeholder"),
        ("## lv", "## en", ':12: there are two sections "## en"'),
        ("## lv", "## klingon", ':12: "klingon" is no language'),
        ("## en\n", "", ":9: a text has no language. Do: begin each text with a line like ## en"),
        ("Labdien{, name}! Kā klājas?", "", ":12: there is no text for the customer"),
        ("lv: Kop", "lt: Kop", ':7: "lt" means nothing here'),
        ("{en: Care tips, lv: Kopšanas padomi}", "Care", "this should be"),
    ],
)
def test_a_slip_in_a_follow_up_is_named(shop: Folder, old: str, new: str, words: str) -> None:
    """A follow-up with a fault is not sent at all: no customer gets half of one."""
    shop.write("follow_ups/after-delivery.md", FOLLOW_UP.replace(old, new))
    kb = shop.load()
    assert kb.follow_ups == {}
    assert any(words in str(fault) for fault in kb.faults), [str(fault) for fault in kb.faults]


def test_a_policy_is_read_and_what_is_left_out_keeps_its_default(shop: Folder) -> None:
    """Durations and times are written as people write them."""
    shop.write(
        "policy.yaml",
        "precision: 0.95\nprecision_by_tag: {payment: 0.99}\nburst: 5s\n"
        "rating: {ask_after: 30m}\nfollow_up_hours:\n  from: 9:30\n",
    )
    policy = shop.load().policy
    assert (policy.precision, policy.clarify_chance) == (0.95, 0.5)
    assert policy.burst == timedelta(seconds=5)
    assert policy.precision_for(["payment", "orders"]) == 0.99
    assert policy.precision_for(["orders"]) == 0.95
    assert policy.rating.ask_after == timedelta(minutes=30)
    assert (policy.follow_up_hours.start, policy.follow_up_hours.end) == (time(9, 30), time(20))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("precison: 0.5", ':1: "precison" means nothing here. Do: write "precision"'),
        ("\nprecision: high", ":2: \"precision\" cannot be 'high'. Do: write a number from"),
        ("precision: 1.5", "Do: write a number from 0 to 1, as in 0.6"),
        ("precision: nan", "Do: write a number from 0 to 1, as in 0.6"),
        ("precision_by_tag: {payment: 2}", "Do: write a number from 0 to 1, as in 0.6"),
        ("burst: soon", ":1: \"burst\": 'soon' is no length of time"),
        ("rating:\n  ask_after: 1 year", ":2: \"rating.ask_after\": '1 year' is no length of time"),
        ("rating:\n  ask: 1h", ':2: "rating.ask" means nothing here. Do: use one of: ask_after'),
        ("rating: 1h", 'Do: write "name: value" lines below it'),
        (
            "follow_up_hours:\n  from: early",
            ":2: \"follow_up_hours.from\": 'early' is no time of day",
        ),
        ("follow_up_hours:\n  from: 25:00", "'25:00' is no time of day: write it as 10:00"),
        ("follow_up_hours:\n  from: '21:00'", '"from" must be earlier than "to"'),
    ],
)
def test_a_slip_in_the_policy_is_named(shop: Folder, text: str, words: str) -> None:
    """The file, the line, what is wrong, what to write; the defaults hold meanwhile."""
    shop.write("policy.yaml", text)
    kb = shop.load()
    assert kb.policy.precision == 0.9
    assert any(words in str(fault) for fault in kb.faults), [str(fault) for fault in kb.faults]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "complaints:\n  roles:\n    agent: {limit: -3}",
            ":3: \"complaints.roles.agent.limit\" cannot be '-3'. Do: write an amount from 0",
        ),
        ("complaints: {roles: {agent: {limit: 20 EUR}}}", "as in 20 or 49.90"),
        ("complaints: {roles: {supervisor: {limit: [20]}}}", "is wrong. Do: write an amount"),
        (
            "complaints:\n  currency: euro",
            ":2: \"complaints.currency\" cannot be 'euro'. Do: write its",
        ),
        ("complaints: {topics: complaint}", "cannot be 'complaint'. Do: write a list, as in [one"),
        (
            "complaints: {topics: [{a: b}]}",
            '"complaints.topics" is wrong. Do: write one text there',
        ),
        ("complaints:\n  causes: late", ':2: "complaints.causes" cannot be'),
        ("complaints:\n  causes:\n    late: ''", ":3: \"complaints.causes.late\" cannot be ''"),
        (
            "complaints:\n  roles:\n    agent:\n      remedies: [cash]",
            ":4: \"complaints.roles.agent.remedies\": 'cash' is no remedy; use credit, coupon",
        ),
        ("complaints: {roles: {agent: {people: [U1]}}}", '"agent" needs no people'),
        ("complaints: {roles: {boss: {}}}", "Do: use one of: agent, supervisor"),
        (
            "complaints: {due: 3d}",
            '"complaints.due" cannot be \'3d\'. Do: write "name: value" lines',
        ),
        ("complaints: {due: {normal: soon}}", "'soon' is no length of time"),
        ("people: {upset: 2}", "\"people.upset\" cannot be '2'. Do: write a number from 0 to 1"),
        ("people: {offer: 0.95}", '"offer" must not be above "upset"'),
        ("people: {words: [data breach]}", 'Do: write "en: [words, other words]" lines below it'),
        (
            "people: {words: {en: breach}}",
            "\"people.words.en\" cannot be 'breach'. Do: write a list",
        ),
        ("desk: {files: {max_megabytes: 500}}", "Do: write a whole number from 1 to 50."),
        ("desk: {hide: [name]}", "Do: write 'local_time', 'customer_since',"),
        ("desk: {rota: [{name: Olga}]}", '"desk.rota.slack" is missing. Do: write it there.'),
    ],
)
def test_a_slip_about_people_and_complaints_is_named(shop: Folder, text: str, words: str) -> None:
    """And the last good policy stays in use until it is mended."""
    shop.write("policy.yaml", "complaints: {currency: PLN, roles: {agent: {limit: 7.50}}}")
    before = shop.load()
    shop.write("policy.yaml", text)
    kb = shop.load(before)
    assert kb.policy.complaints.currency == "PLN"
    assert kb.policy.complaints.roles.agent.limit == Decimal("7.50")
    assert any(words in str(fault) for fault in kb.faults), [str(fault) for fault in kb.faults]


@pytest.mark.parametrize(
    ("text", "duration"),
    [("30m", timedelta(minutes=30)), ("2 h", timedelta(hours=2)), ("0d", timedelta())],
)
def test_lengths_of_time(text: str, duration: timedelta) -> None:
    """A number and a unit."""
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "3", "d", "-1d", "1.5h", "1w", "999999d", "٣d"])
def test_what_is_no_length_of_time(text: str) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(ValueError, match="30m, 2h or 3d"):
        parse_duration(text)
