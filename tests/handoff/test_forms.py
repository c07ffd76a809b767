"""The forms of the desk: what they ask, and what is wrong with what has been put in."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from bot.domain import Address, DeskForm
from bot.knowledge.complaint_policy import Roles
from bot.playground.slack.blocks import checked_view
from handoff.forms.checks import faults
from handoff.forms.views import NAMES, Present, Subject, view
from tests.handoff.complaint_desk import AGENTS, IVO, NOW, ROLES, SHIPPED, with_roles, words

POLICY = SHIPPED.policy.complaints
THREAD = Address("slack", "C0DESK", "100.1")
LANGUAGES = ("en", "ru", "tr", "lv", "pl")


def form(name: str, **values: str) -> DeskForm:
    return DeskForm("1", THREAD, IVO, name, 7, values, NOW)


def wrong(name: str, roles: Roles = ROLES, **values: str) -> Mapping[str, str]:
    """What the desk is told, by field."""
    return faults(form(name, **values), with_roles(roles), "en")


# --- what is asked -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_slack_takes_every_form_in_every_language(name: str, language: str) -> None:
    """Titles and buttons are within Slack's 24 characters by themselves, not by being cut."""

    def say(key: str, **values: object) -> str:
        return SHIPPED.say(language, key, **values)

    made = view(name, Subject(7, THREAD, "3"), Present(asked="Ivo: 50 EUR"), POLICY, say)
    assert checked_view(dict(made), "modal")["callback_id"] == f"frontdesk:{name}"
    for part in ("title", "submit", "close"):
        assert "…" not in made[part]["text"]
    about = json.loads(made["private_metadata"])
    began = {"began": {"severity": "normal", "cause": ""}} if name == "complaint" else {}
    assert about == {"ticket": 7, "subject": "3", "channel": "C0DESK", "card": "100.1", **began}


def test_a_complaints_form_shows_how_it_stands() -> None:
    """Severity and cause are chosen already, by the names the policy has for them."""
    made = view("complaint", Subject(7, THREAD), Present("high", "late"), POLICY, words)
    chosen = {b["block_id"]: b["element"]["initial_option"]["text"]["text"] for b in made["blocks"]}
    assert chosen == {"severity": "serious", "cause": "Late delivery"}


def test_a_policy_without_causes_asks_for_none() -> None:
    """Slack refuses a choice among nothing."""
    none = POLICY.model_copy(update={"causes": {}})
    made = view("complaint", Subject(7, THREAD), Present(cause="late"), none, words)
    assert [block["block_id"] for block in made["blocks"]] == ["severity"]


def test_more_than_slack_takes_is_cut() -> None:
    """A hundred and one causes, one of them a novel, and a reason as long as a form allows."""
    causes = {f"c{number}": "long " * 40 for number in range(101)}
    many = POLICY.model_copy(update={"causes": causes})
    checked_view(dict(view("complaint", Subject(7, THREAD), Present(), many, words)), "modal")
    asked = Present(asked="<!channel> " * 500)
    made = view("refuse", Subject(7, THREAD, "3"), asked, POLICY, words)
    checked_view(dict(made), "modal")
    assert made["blocks"][0]["text"]["type"] == "plain_text", "a colleague's words stay inert"


# --- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "key"),
    [
        ("", "amount_missing"),
        ("lots", "amount_not_a_number"),
        ("-5", "amount_not_positive"),
        ("0", "amount_not_positive"),
        ("$20", "amount_currency"),
        ("20 USD", "amount_currency"),
        ("999999999", "amount_too_much"),
        ("200.01", "amount_too_much"),
    ],
)
def test_an_amount_that_cannot_be_given_is_named_with_the_reason(amount: str, key: str) -> None:
    """The sentence stands below the amount, and says what can be written instead."""
    found = wrong("remedy", kind="refund", amount=amount, reason="Late")
    assert found == {"amount": words(key, currency="EUR", limit="200 EUR")}


@pytest.mark.parametrize("amount", ["20", "20.50", "20,5", "€20", "20 EUR", "200"])
def test_an_amount_as_people_write_it_is_taken(amount: str) -> None:
    """Up to what a supervisor may give; who decides is seen to afterwards."""
    assert wrong("remedy", kind="refund", amount=amount, reason="Late") == {}


@pytest.mark.parametrize(
    ("values", "field", "key"),
    [
        ({"kind": "refund", "amount": "5", "reason": " \n"}, "reason", "reason_missing"),
        ({"kind": "replacement", "amount": "5", "reason": "x"}, "amount", "amount_not_wanted"),
        ({"kind": "apology", "amount": "five", "reason": "x"}, "amount", "amount_not_wanted"),
        ({"kind": "other", "reason": "x", "words": "  "}, "words", "words_missing"),
        ({"kind": "horse", "reason": "x"}, "kind", "remedy_unknown"),
        ({"kind": "", "reason": "x"}, "kind", "remedy_unknown"),
    ],
)
def test_what_is_missing_or_too_much_is_said(values: dict[str, str], field: str, key: str) -> None:
    """Each at its own field."""
    assert wrong("remedy", ROLES, **values) == {field: words(key)}


def test_all_that_is_wrong_is_said_at_once() -> None:
    """Nobody likes to send a form three times."""
    assert set(wrong("remedy", kind="credit", amount="x", reason="")) == {"amount", "reason"}


def test_what_nobody_could_approve_is_not_even_asked() -> None:
    """No supervisor is named, or no role gives such things: said while the form is open."""
    alone = Roles(agent=AGENTS)
    none_named = {"amount": words("remedy_no_supervisor")}
    assert wrong("remedy", alone, kind="refund", amount="50", reason="x") == none_named
    by_kind = wrong("remedy", alone, kind="replacement", reason="x")
    assert by_kind == {"kind": words("remedy_no_supervisor")}
    nobody = Roles(agent=AGENTS, supervisor=AGENTS)
    not_given = {"kind": words("remedy_nobody_gives")}
    assert wrong("remedy", nobody, kind="replacement", reason="x") == not_given


def test_the_other_forms_want_a_choice_and_a_reason() -> None:
    """A cause may have gone from the policy while the form was open."""
    assert wrong("complaint", severity="high", cause="late") == {}
    assert wrong("complaint", severity="high") == {}
    assert set(wrong("complaint", severity="", cause="gone")) == {"severity", "cause"}
    assert set(wrong("transfer")) == {"to", "reason"}
    assert wrong("transfer", to="U2", reason="Speaks Polish") == {}
    assert wrong("approve", reason=" ") == {"reason": words("reason_missing")}
    assert wrong("refuse", reason="No") == wrong("unknown") == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_has_its_words_in_every_language(language: str) -> None:
    """In the desk's language, with nothing left to fill in."""
    sent = [
        form("remedy", kind="refund", amount=amount, reason="")
        for amount in ("", "x", "-1", "$1", "999999999")
    ]
    for each in (*sent, form("complaint", severity="", cause="gone"), form("transfer")):
        for sentence in faults(each, with_roles(ROLES), language).values():
            assert sentence and "{" not in sentence
