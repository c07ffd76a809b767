"""Amounts as people write them, and who may give what: pure rules."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.complaint_policy import MOST, Complaints, Role, Roles
from handoff.complaints.rules import NoAmount, cents_of, money, number_of
from handoff.remedies.rules import (
    Verdict,
    deciders,
    fault_of,
    limit_of,
    may_decide,
    state_of,
    verdict,
)

CENTS = st.integers(1, int(MOST) * 100)
CURRENCIES = st.sampled_from(["EUR", "USD", "GBP", "PLN", "TRY", "SEK"])


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("20", 2000), ("20.5", 2050), ("20,50", 2050), ("0,05", 5), ("+20", 2000), ("007", 700),
        ("€20", 2000), ("20 €", 2000), ("20€", 2000), ("EUR 20", 2000), ("20eur", 2000),
        ("20 euro", 2000), ("20 EUR.", 2000), ("20,-", 2000), ("20.– €", 2000), ("20,--", 2000),
        ("1 200,00", 120000), ("1\u202f200,5", 120050), ("1\u00a0200", 120000), ("1.200", 120000),
        ("1,200.50", 120050), ("1.200,50", 120050), ("1'200.50", 120050), ("1’200", 120000),
        ("1,000,000", 100_000_000), ("\u200b20\u200e", 2000), (" \t20\n", 2000), ("٢٠", 2000),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_it_is_meant(written: str, cents: int) -> None:
    """With a full stop or a comma, with thousands apart, with the currency before it or after it,
    and with what a copy from a web page brings along."""
    assert cents_of(written, "EUR") == cents


@pytest.mark.parametrize(
    ("written", "currency", "cents"),
    [
        ("20 zł", "PLN", 2000), ("20 ZŁ.", "PLN", 2000), ("20TL", "TRY", 2000),
        ("₺20", "TRY", 2000),
        ("20 руб.", "RUB", 2000), ("$20", "USD", 2000), ("$20", "CAD", 2000), ("£20", "GBP", 2000),
        ("20 kr", "SEK", 2000), ("20 Kc\u030c", "CZK", 2000), ("CHF 20", "CHF", 2000),
    ],
)  # fmt: skip
def test_a_currency_has_more_than_one_name(written: str, currency: str, cents: int) -> None:
    """Its sign, its letters, what it is called, composed or not."""
    assert cents_of(written, currency) == cents


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "amount_missing"), (" \u200b ", "amount_missing"),
        *((text, "amount_not_a_number") for text in (
            "twenty", "1e3", "nan", "inf", "0x14", "20+5", "20 20", "2 0", "20.", ".5", "20..5",
            "0.005", "0.999", "1,200,50", "1,200.500", "12,34,567", "20%", "20²", "--20", "20-",
            "€", "-", "9" * 5000, "20 EUR 5", "20\x00", "=20", "½",
        )),
        *((text, "amount_not_positive") for text in ("0", "0,00", "-5", "−5 €", "€ -5", "000")),
        *((text, "amount_too_much") for text in ("1000000.01", "9" * 40, "1.000.001")),
        *((text, "amount_currency") for text in ("20 USD", "$20", "20 zł", "20 apples", "€20 $")),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_the_reason(written: str, reason: str) -> None:
    """Nothing is guessed: what can be read in two ways is no number."""
    with pytest.raises(NoAmount) as caught:
        cents_of(written, "EUR")
    assert caught.value.reason == reason


@given(CENTS, CURRENCIES, st.sampled_from(["en", "ru", "tr", "lv", "pl", "ar", "xx", ""]))
def test_what_we_write_we_read(cents: int, currency: str, language: str) -> None:
    """An amount shown to people can be typed back."""
    assert cents_of(money(cents, currency, language), currency) == cents


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "20.50 EUR"),
        ("xx", "20.50 EUR"),
        *((code, "20,50 EUR") for code in ("ru", "tr", "lv", "pl")),
    ],
)
def test_an_amount_is_written_as_in_its_language(language: str, written: str) -> None:
    """With a comma where people write one, and nothing behind it where there is nothing."""
    assert money(2050, "EUR", language) == written
    assert money(2000, "EUR", language) == "20 EUR"


@given(
    CENTS,
    st.sampled_from(["", " ", ".", ",", "'", "\u00a0", "\u202f"]),
    st.sampled_from([".", ","]),
    st.sampled_from(["{}", "€{}", "{} €", "EUR{}", "{}eur", "  {}  ", "+{}"]),
)
def test_however_it_is_grouped(cents: int, group: str, point: str, shape: str) -> None:
    """Every way of parting thousands and hundredths means the same amount, if the two differ."""
    whole = f"{cents // 100:,}".replace(",", group)
    written = shape.format(f"{whole}{point}{cents % 100:02d}")
    if group == point and cents >= 100_000:
        with pytest.raises(NoAmount):
            cents_of(written, "EUR")
    else:
        assert cents_of(written, "EUR") == cents


@given(st.text(max_size=60))
def test_any_text_is_an_amount_or_is_refused(text: str) -> None:
    """Never an accident, and never an amount outside of what can be given."""
    try:
        cents = cents_of(text, "EUR")
    except NoAmount as error:
        assert error.reason.startswith("amount_")
    else:
        assert 0 < cents <= MOST * 100


def test_a_complaint_is_called_by_its_number() -> None:
    """Short to say, and of one width for a long time."""
    assert (number_of(7), number_of(12345)) == ("C-0007", "C-12345")


# --- who may give what ---------------------------------------------------------------------------

AGENT = Role.model_validate({"limit": 20, "remedies": ["credit", "refund", "apology"]})
OLGA = Role.model_validate({"limit": 200, "people": ["U9"]})
POLICY = Complaints(roles=Roles(agent=AGENT, supervisor=OLGA))
NO_SUPERVISOR = Complaints(roles=Roles(agent=AGENT, supervisor=Role(limit=Decimal(200))))
NEITHER = Complaints(roles=Roles(agent=AGENT, supervisor=Role(remedies=("credit",))))


@pytest.mark.parametrize(
    ("policy", "agent", "kind", "cents", "expected"),
    [
        (POLICY, "U1", "refund", 2000, Verdict.APPROVED),
        (POLICY, "U1", "refund", 2001, Verdict.WAITS),
        (POLICY, "U1", "replacement", None, Verdict.WAITS),
        (POLICY, "U1", "apology", None, Verdict.APPROVED),
        (POLICY, "U9", "refund", 20000, Verdict.APPROVED),
        (POLICY, "U9", "refund", 20001, Verdict.TOO_MUCH),
        (POLICY, "U1", "refund", 20001, Verdict.TOO_MUCH),
        (NO_SUPERVISOR, "U1", "refund", 2001, Verdict.NO_SUPERVISOR),
        (NO_SUPERVISOR, "U1", "refund", 20001, Verdict.TOO_MUCH),
        (NO_SUPERVISOR, "U1", "other", None, Verdict.NO_SUPERVISOR),
        (NEITHER, "U1", "replacement", None, Verdict.NOT_GIVEN),
    ],
)
def test_the_verdict(
    policy: Complaints, agent: str, kind: str, cents: int | None, expected: Verdict
) -> None:
    """To the cent: within one's own limit, for somebody else to decide, or for nobody."""
    assert verdict(policy, agent, kind, cents) is expected


@given(st.sampled_from(["U1", "U9"]), st.sampled_from(["credit", "replacement"]), CENTS)
def test_what_waits_somebody_else_may_decide(agent: str, kind: str, cents: int) -> None:
    """Nothing waits for ever, and who may not give it never decides it."""
    amount = cents if kind == "credit" else None
    found = verdict(POLICY, agent, kind, amount)
    people = deciders(POLICY, kind, amount)
    assert may_decide(POLICY, agent, kind, amount) == (found is Verdict.APPROVED)
    if found is Verdict.WAITS:
        assert people and agent not in people
        assert all(may_decide(POLICY, person, kind, amount) for person in people)


def test_the_most_that_anybody_may_give() -> None:
    """Of those roles that give it at all."""
    assert limit_of(POLICY, "refund") == 20000
    assert limit_of(NEITHER, "refund") == 2000
    assert limit_of(NEITHER, "replacement") == 0


@given(st.text(max_size=9), st.none() | st.integers(), st.text(max_size=3), st.text(max_size=3))
def test_a_proposal_has_a_fault_or_can_be_given(
    kind: str, cents: int | None, reason: str, words: str
) -> None:
    """Whatever is typed, the answer is a phrase's key or none."""
    for each in (kind, "refund", "apology", "other"):
        fault = fault_of(each, cents, reason, words)
        assert fault == "" or fault.partition("_")[0] in {"amount", "remedy", "reason", "words"}


@pytest.mark.parametrize(
    ("decision", "is_given", "failure", "state"),
    [
        (None, False, None, "waiting"), ("refused", False, None, "refused"),
        ("approved", False, None, "approved"), ("approved", True, None, "given"),
        ("approved", False, "closed", "failed"),
    ],
)  # fmt: skip
def test_where_a_remedy_stands(
    decision: str | None, is_given: bool, failure: str | None, state: str
) -> None:
    """By what is stored of it."""
    assert state_of(decision, is_given, failure) == state
