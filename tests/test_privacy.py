"""What is nobody else's business."""

from __future__ import annotations

import pytest

from bot.engine.privacy import is_payment, is_personal


@pytest.mark.parametrize(
    "text",
    [
        "where is my order HB-104233?",
        "где мой заказ 104233?",
        "siparişim HB-104233 nerede",
        "zvaniet man +371 2612 3456",
        "mój e-mail to anna@example.com",
        "my IBAN is LV80BANK0000435195001",
        "please send it to 12 Baker Street",
    ],
)
def test_what_names_somebody_s_own_is_personal(text: str) -> None:
    """An order, a phone, an address, an account: not for a channel that others read."""
    assert is_personal(text)


@pytest.mark.parametrize(
    "text",
    [
        "how long does delivery take?",
        "is the tent for 4 people waterproof?",
        "do you open at 10:00 on 24.12.2026?",
        "what costs 1 299,00 EUR?",
        "доставляете в Ригу?",
    ],
)
def test_ordinary_questions_are_not(text: str) -> None:
    """Prices, dates and sizes are nobody's secret."""
    assert not is_personal(text)


def test_card_and_account_numbers_should_not_stay_public() -> None:
    """An order's number may."""
    assert is_payment("my card 4111 1111 1111 1111 was charged twice")
    assert not is_payment("where is my order HB-104233?")
