"""Customers' words without what tells who they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.masking import mask, unaddressed, without_signs


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to a.b+c@mail.example.lv please", "write to ‹e-mail› please"),
        ("call +371 2612-3456 or (371) 26123456", "call ‹phone› or ‹phone›"),
        ("my card 4111 1111 1111 1111 exp 12/27", "my card ‹card number› exp 12/27"),
        ("IBAN LV80BANK0000435195001", "IBAN ‹card number›"),
        ("where is HB-104233? order 778899", "where is ‹number›? order ‹number›"),
        ("personas kods 010180-12345", "personas kods ‹number›"),
        ("https://x.example/t?id=9 and www.x.example", "‹link› and ‹link›"),
        ("ask @maria_k on telegram", "ask ‹name› on telegram"),
        ("a\u200b.b@mail.lv", "‹e-mail›"),
    ],
)
def test_what_names_somebody_is_hidden(text: str, masked: str) -> None:
    """Addresses, phones, cards, accounts, order numbers, links, also with invisible tricks."""
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "a tent from 2024, size 42, 49.90 EUR",
        "since 12.10.2026 or 2026-10-01",
        "this is broken",
        "Hello, can I return boots?",
        "Hi there! Good morning everyone, all fine?",
        "In May I will walk",
        "5 000,00 zł 2026-10-12 14:30",
        "can I pay 1 250 000,00 rub, or 1 250,00 zł",
        "10-100 eur, two tents for 3 weeks on the road",
        "hi can i return boots",
        "merhaba ben siparişimi bekliyorum",
        "Ben iade etmek istiyorum",
        "It is Monday. Thanks. Can I return it",
        "Где вернуть?\nСпасибо",
        "Te ir problēma",
        "Tu jest problem",
        "it broke.it leaks, and/or smells",
        "is the store on Brīvības iela open",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    """Years, dates, sizes, prices, and greetings of nobody."""
    assert mask(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Hi Anna, the tent leaks",
        "Dear Ms Anna Kowalska: thanks",
        "my name is anna kowalska and the tent leaks",
        "Здравствуйте, Анна! Палатка течёт",
        "Меня зовут Анна Ковальская, палатка течёт",
        "Merhaba Anna, çadır su alıyor",
        "Labdien, Anna! Telts tek",
        "Dzień dobry Pani Anna, namiot przecieka",
        "The tent leaks.\nBest wishes, Anna Kowalska",
    ],
)
def test_people_are_hidden_who_are_greeted_or_say_who_they_are(text: str) -> None:
    """In every language, first name and surname."""
    masked = mask(text).casefold()
    assert "‹name›" in masked
    assert not [name for name in ("anna", "kowalska", "анна", "ковальская") if name in masked]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("It's John Smith from Leeds", "It's ‹name› from Leeds"),
        ("hi mark where is it", "hi ‹name› where is it"),
        ("Anna Kowalska here, where is my tent", "‹name› here, where is my tent"),
        ("where is it? Thanks, Olga", "where is it? Thanks, ‹name›"),
        ("where is it? thanks, olga", "where is it? thanks, ‹name›"),
        ("Where is it?\nBest,\nTom Riley", "Where is it?\nBest,\n‹name›"),
        ("Mrs Brown would like a refund", "Mrs ‹name› would like a refund"),
        ("my wife Katarzyna bought it", "my wife ‹name› bought it"),
        ("Это Иван Сидоров, где заказ", "Это ‹name›, где заказ"),
        ("Анна тут, где заказ", "‹name› тут, где заказ"),
        ("я иван, где заказ", "я ‹name›, где заказ"),
        ("спасибо, Ольга", "спасибо, ‹name›"),
        ("Ben Ayşe, siparişim nerede", "Ben ‹name›, siparişim nerede"),
        ("Teşekkürler, Ayşe Yılmaz", "Teşekkürler, ‹name›"),
        ("Es esmu Jānis Bērziņš un gaidu", "Es esmu ‹name› un gaidu"),
        ("Te Jānis, kur ir sūtījums", "Te ‹name›, kur ir sūtījums"),
        ("Paldies, Anna Ozola", "Paldies, ‹name›"),
        ("Jestem Anna Nowak i czekam", "Jestem ‹name› i czekam"),
        ("Pani Aniu, gdzie paczka", "Pani ‹name›, gdzie paczka"),
        ("Pozdrawiam\nJan Kowalski", "Pozdrawiam\n‹name›"),
    ],
)
def test_people_are_hidden_who_sign_or_introduce_themselves(text: str, masked: str) -> None:
    """What follows such words with a capital is taken for a name, given names in small letters."""
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("t.me/annak89", "‹link›"),
        ("see instagram.com/anna.k please", "see ‹link› please"),
        ("shop.example/reset?token=abc", "‹link›"),
        ("where is order 4711", "where is order ‹number›"),
        ("заказ №4711", "заказ ‹number›"),
        ("4711 numaralı sipariş", "‹number› numaralı sipariş"),
        ("pasūtījums 4711", "pasūtījums ‹number›"),
        ("zamówienie nr 4711", "zamówienie nr ‹number›"),
        ("tel 2612345", "tel ‹phone›"),
        ("mój telefon 512 345 678", "mój telefon ‹phone›"),
        ("call 26123456 14:30", "call ‹phone› 14:30"),
        ("I live at 12 Baker Street", "I live at ‹address›"),
        ("ул. Ленина, д. 5, кв. 10", "‹address›"),
        ("Atatürk Caddesi No: 12 Daire 3", "‹address›"),
        ("Brīvības iela 45-12, Rīga", "‹address›, Rīga"),
        ("ul. Marszałkowska 10/5, 00-950 Warszawa", "‹address› Warszawa"),
    ],
)
def test_links_orders_phones_and_streets_as_people_type_them(text: str, masked: str) -> None:
    """Without http, without a prefix, four digits after "order", a street with its number."""
    assert mask(text) == masked


def test_names_that_are_known_are_hidden_wherever_they_stand() -> None:
    """The customer's and the colleague's, in any case, as words of their own."""
    text = "maria here, is that you Ivo? I, Ozola, like marias"
    assert mask(text, ["Maria Ozola", "Ivo", ""]) == (
        "‹name› here, is that you ‹name›? I, ‹name›, like marias"
    )


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Hi, can I bring my dog?", "can I bring my dog?"),
        ("is it waterproof? my mail is a@b.lv", "is it waterproof?"),
        ("Hi Anna, order HB-104233: does the tent fit four?", "does the tent fit four?"),
        ("where is HB-104233", "where is"),
        ("hello", "hello"),
        ("a@b.lv", ""),
    ],
)
def test_a_question_as_anybody_would_ask_it(text: str, asked: str) -> None:
    """No greeting, and no clause that named somebody or something."""
    assert without_signs(mask(text)) == asked


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("Hi Anna, yes: dogs may come.\nBest wishes, Ivo Ozols", "Yes: dogs may come."),
        ("Dear Anna Ozola! We are open. Regards, Ivo", "We are open."),
        ("yes, till 18:00", "Yes, till 18:00"),
        ("Ask for Ivo at the till. He knows.", "Ask for ‹name› at the till. He knows."),
    ],
)
def test_an_answer_as_anybody_would_be_given_it(written: str, answer: str) -> None:
    """Neither whom it was for nor whom it was from."""
    assert unaddressed(mask(written, ["Anna Ozola", "Ivo Ozols"])) == answer


@given(st.text(max_size=300))
def test_an_address_is_hidden_beside_any_text(text: str) -> None:
    """None raises, whatever else is written."""
    masked = mask(f"{text} anna.ozola@mail.lv", [text[:20]])
    assert "ozola" not in masked
    assert "@mail" not in without_signs(masked)
