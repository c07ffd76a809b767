"""Articles that run out, speak of days past, lack a translation, or say what another one says."""

from __future__ import annotations

from datetime import date

import pytest

from bot.knowledge.check_dates import past_dates

from .folder import TODAY, Folder

ANSWER = (
    "You can send back what you do not like within thirty days of delivery, as long as it is "
    "unused and the tags are on. Put the label on the parcel and take it to any parcel shop."
)


def test_an_article_about_to_run_out(shop: Folder) -> None:
    """Within thirty days it is a note; the day after its last one, a warning."""
    shop.article("soon", "valid_until: 2026-12-22")
    shop.article("last", "valid_until: 2026-11-22")
    shop.article("later", "valid_until: 2026-12-23")
    shop.article("gone", "valid_until: 2026-11-21")
    assert [line.split(". Do")[0] for line in shop.checked("note")] == [
        "shop/articles/en/last.md:5: today is its last day: valid_until is 2026-11-22",
        "shop/articles/en/soon.md:5: it runs out in 30 days: valid_until is 2026-12-22",
    ]
    assert [line.split(": ")[0] for line in shop.checked("warning")] == [
        "shop/articles/en/gone.md:5"
    ]


@pytest.mark.parametrize(
    ("language", "text", "past"),
    [
        ("en", "Prices hold until 1 March 2024.", ["1 March 2024"]),
        ("en", "Until March 1st, 2024, or 2024-03-01.", ["March 1st, 2024", "2024-03-01"]),
        ("en", "Prices hold until 1 March 2027, from 22 November 2026 on.", []),
        ("en", "The prices of 2024 apply; those of 2025 too.", ["2024"]),
        ("en", "Since 2019. ISO 9001:2015. After 1 May 2024. https://x.example/2019 2019 m", []),
        ("en", "Open 2019, then 2020.", ["2019", "2020"]),
        ("en", "Sold between 1 March 2024 and 30 June 2024.", []),
        ("en", "Call +371 2012 3456. A 2024 € bike, €2020, 3,2019 and HB-2019.", []),
        ("ru", "До 1 марта 2024 года. С 2019 года. Закон 2012 г.", ["1 марта 2024"]),
        ("tr", "1 Mart 2024'e kadar. 2019'dan beri.", ["1 Mart 2024"]),
        ("lv", "Līdz 2024. gada 1. martam. Kopš 2019. gada.", ["2024. gada 1. martam"]),
        ("pl", "Do 1 marca 2024 r., od 2019 r. i 02.03.2024.", ["1 marca 2024", "02.03.2024"]),
        ("en", "The 31 February 2024 and 99.99.2024 are no days.", ["2024"]),
    ],
)  # fmt: skip
def test_days_that_are_past(language: str, text: str, past: list[str]) -> None:
    """Days, and years before last year; not what began then, nor figures that look like years."""
    assert [written for _, written in past_dates(text, language, TODAY)] == past


def test_a_stale_article_is_named_with_its_line(shop: Folder) -> None:
    """On the day itself it is not past yet."""
    shop.article("sale", body="Hello.\n\nThe sale ends on 22 November 2026.")
    assert shop.checked() == []
    kb = shop.load(today=date(2026, 11, 23))
    assert past_dates(kb.articles["en", "sale"].body, "en", kb.today) == [(25, "22 November 2026")]
    shop.article("sale", body="Hello.\n\nThe sale ends on 21 November 2026.")
    assert shop.checked() == [
        "shop/articles/en/sale.md:9: it speaks of 21 November 2026, which is past. "
        "Do: bring it up to date, or give it a valid_until."
    ]


def test_missing_translations_are_one_note_a_language(shop: Folder) -> None:
    """Which articles lack one, and which have a name of their own; nothing to be alarmed about."""
    shop.article("tents")
    shop.article("boots")
    shop.article("boots", language="lv")
    shop.article("teltis", language="lv")
    shop.write("phrases/lv.yaml", "say: {}")
    assert shop.checked() == []
    assert shop.checked("note") == [
        "shop/articles/lv: 2 articles of 3 are not translated: returns, tents. Do: translate what "
        "is asked most; until then those customers are offered the original.",
        "shop/articles/lv: 1 article has no file of the same name in en: teltis. "
        "Do: name them alike if they are translations, or write them in en.",
    ]


def test_answers_that_are_nearly_the_same(shop: Folder) -> None:
    """A copy with a few words changed is found; a short common sentence is not."""
    shop.article("send-back", body=ANSWER)
    shop.article("not-liked", body=ANSWER.replace("thirty", "30").replace("any", "a"))
    shop.article("other", body=f"{ANSWER} {'Also, something else entirely is true. ' * 5}")
    shop.article("short", body="A colleague will help you.")
    shop.article("short-too", body="A colleague will help you.")
    assert shop.checked() == [
        "shop/articles/en/send-back.md:7: the answer is nearly the same as in "
        "shop/articles/en/not-liked.md. "
        "Do: make one article of the two, or say in each what sets it apart."
    ]


def test_titles_that_are_the_same(shop: Folder) -> None:
    """Customers who are asked "did you mean" could not choose."""
    for name in ("one", "two"):
        text = f"---\ntitle: Where is it?\nquestions: [where is {name}]\n---\nHere is {name}.\n"
        shop.write(f"articles/en/{name}.md", text)
    assert shop.checked() == [
        "shop/articles/en/two.md:2: the title is that of shop/articles/en/one.md, and customers "
        "choose by titles. Do: say in each title what only this article answers."
    ]
