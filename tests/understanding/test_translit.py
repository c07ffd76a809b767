"""Russian typed in Latin letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.translit import cyrillic


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("skolko stoit dostavka", "сколько стоит доставка"),
        ("kak vernut' tovar", "как вернуть товар"),
        ("gde moj zakaz", "где мой заказ"),
        ("Gde moi zakaz?", "где мой заказ?"),
        ("4to delat, esli ne podoshlo", "что делать, если не подошло"),
        ("po4emu tak dolgo", "почему так долго"),
        ("ja jdu uje nedelju", "я жду уже неделю"),
        ("ya zhdu uzhe nedelyu", "я жду уже неделю"),
        ("xochu vernut dengi", "хочу вернуть деньги"),
        ("mojno li oplatit kartoj", "можно ли оплатить картой"),
        ("kogda pridet posylka 6 dnej uzhe", "когда придет посылка 6 дней уже"),
    ],
)
def test_every_way_of_writing_it_is_read(typed: str, meant: str) -> None:
    """Words that are known get their soft signs back, too."""
    assert cyrillic(typed) == meant


def test_unknown_words_are_written_letter_by_letter() -> None:
    """A brand, a town: as it sounds."""
    assert cyrillic("kogda pridet posylka v Chelyabinsk") == "когда придет посылка в челябинск"


@pytest.mark.parametrize(
    "text",
    [
        "", "ok", "da", "net", "123", "где мой заказ", "where is my order", "my 4 items",
        "nie wie", "gdzie jest moja paczka", "kur ir mans pasutijums", "siparisim nerede",
        "kde je moje objednavka", "kur yra mano uzsakymas", "a4 paper", "wann kommt mein paket",
        "https://example.com/gde-moj-zakaz", "Łódź moj zakaz",
    ],
)  # fmt: skip
def test_what_is_not_russian_stays(text: str) -> None:
    """None: read it as it is."""
    assert cyrillic(text) is None


@given(st.text())
def test_any_text_will_do(text: str) -> None:
    """Nothing raises, and what is Russian is not empty."""
    assert cyrillic(text) != ""
