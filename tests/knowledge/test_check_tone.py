"""`tone.yaml`: how the house writes, read strictly, and looked for in what customers read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.tone import parse_tone

from .folder import Folder

SHIPPED = Path(__file__).parents[2] / "knowledge_base" / "tone.yaml"


def said(shop: Folder) -> list[str]:
    """Warnings, without the part of the path that is always the same."""
    return [line.removeprefix("shop/articles/") for line in shop.checked("warning")]


def test_words_to_write_otherwise(shop: Folder) -> None:
    """Each stands with its line, why it is wrong, and what the house writes instead."""
    shop.write(
        "tone.yaml",
        "en:\n  address:\n    mate: your name\n  jargon:\n    SKU, SKUs: item number\n"
        "  avoid:\n    kindly: please\n    please be advised: ''\n    utilis*: use\n",
    )
    body = "Hello, mate.\n\nKindly send the **SKUs**.\nPlease be\nadvised, or utilise it."
    shop.article("tents", body=body)
    assert said(shop) == [
        "en/tents.md:7: “mate” does not address customers as the house does. "
        "Do: write “your name” instead.",
        "en/tents.md:9: “SKUs” is not a word customers use. Do: write “item number” instead.",
        "en/tents.md:9: “Kindly” does not sound like the house. Do: write “please” instead.",
        "en/tents.md:10: “Please be advised” does not sound like the house. Do: leave it out.",
        "en/tents.md:11: “utilise” does not sound like the house. Do: write “use” instead.",
    ]


def test_what_customers_write_is_left_alone(shop: Folder) -> None:
    """Example questions are in the customers' words; links, addresses and code are no prose; nor
    does a language's list hold in another language, or inside a word."""
    shop.write("tone.yaml", "en: {jargon: {sku: item number}}\n")
    body = (
        "See https://x.example/sku, write to sku@x.example or `sku`; "
        "[here](https://x.example/sku). Skulls."
    )
    shop.article("codes", "  - what is a sku", body=body)
    shop.article("codes", body="Sku.", language="lv")
    shop.write("phrases/lv.yaml", "say: {}")
    assert said(shop) == []


def test_phrases_buttons_and_follow_ups_count_too(shop: Folder) -> None:
    """Everything a customer reads is held to the tone; what colleagues read is not."""
    shop.write("tone.yaml", "en: {avoid: {kindly: please}}\n")
    shop.article("tents", "buttons:\n  - {text: Kindly go, url: 'https://x.example'}")
    shop.write(
        "phrases/en.yaml",
        "say:\n  greeting: Kindly greeted\n  goodbye: Bye\n  desk_waiting: Kindly wait\n",
    )
    shop.write(
        "follow_ups/hello.md",
        "---\ntitle: Hello\nafter: bought_at\ndelay: 1h\n---\n## en\n\nHi.\nKindly rate us.\n",
    )
    places = [line.split(": ")[0] for line in shop.checked("warning") if "ndly" in line]
    assert places == [
        "shop/articles/en/tents.md:6",
        "shop/follow_ups/hello.md:9",
        "shop/phrases/en.yaml:2",
    ]


def test_shouting(shop: Folder) -> None:
    """Marks in a row, and words in capitals that the shop itself writes small elsewhere."""
    body = "Do NOT wash it, it is not made for that!! Why?!\n\nYour IBAN, in a PDF, by SMS. Use it."
    shop.article("tents", body=body)
    assert [line.split(". Do")[0] for line in said(shop)] == [
        "en/tents.md:7: “!!” is louder than it need be",
        "en/tents.md:7: “?!” is louder than it need be",
        "en/tents.md:7: “NOT” in capitals reads as shouting",
    ]


def test_emoji_are_the_house_s_choice(shop: Folder) -> None:
    """They are fine until tone.yaml says otherwise."""
    shop.article("tents", body="It is dry 🎉 now.")
    assert said(shop) == []
    shop.write("tone.yaml", "emoji: avoid\n")
    assert said(shop) == [
        "en/tents.md:7: there is an emoji (🎉). "
        "Do: leave it out (or write emoji: fine in tone.yaml)."
    ]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("ru", "Если ты хочешь, нажми сюда.", {"ты", "нажми"}),
        ("ru", "Если вы хотите, нажмите. Ответы и работы, тыква.", set()),
        ("tr", "SENİN siparişin, sana gelir.", {"SENİN", "sana"}),
        ("tr", "Siparişiniz size gelir; esen kalın, sanat.", set()),
        ("lv", "Tu vari atvērt savu kontu.", {"Tu"}),
        ("lv", "Jūs varat atvērt kontu, tur un tūlīt.", set()),
        ("pl", "Czy Pan może podać numer?", {"Pan"}),
        ("pl", "Możesz podać numer. Ten pan z panią w sklepie.", set()),
    ],
)
def test_the_shipped_tone_knows_who_is_who(language: str, text: str, found: set[str]) -> None:
    """Russian, Turkish and Latvian answers say "you" formally, Polish ones do not; and no word
    that only looks similar is taken for a slip."""
    tone = parse_tone(SHIPPED.read_bytes(), "tone.yaml").value
    assert tone
    assert {words for _, words, _ in tone.slips(text, language)} == found


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("english: {}", '1: "english" means nothing here. Do: use "limits", "emoji" or the code'),
        ("en:\n  jargn: {}", '2: "jargn" means nothing here. Do: write "jargon" if that is meant'),
        ("en:\n  avoid:\n    'a,': b", '3: "a," is no list of wordings'),
        ("en:\n  avoid:\n    '*a': b", '3: in "*a" a star does not follow a word'),
        ("en:\n  avoid:\n    a: [b]", '3: "a" should be one text, not a list or a mapping'),
        ("en:\n  avoid: kindly", '2: this should be "name: value" lines'),
        ("limits:\n  answer_words: many", '2: "answer_words" cannot be "many". Do: write a whole'),
        ("limits: {words: 5}", '1: "words" means nothing here'),
        ("emoji: never", '1: "emoji: never" means nothing. Do: write fine or avoid'),
    ],
)
def test_a_slip_in_the_tone_is_named(shop: Folder, content: str, fault: str) -> None:
    """Whatever is wrong: its line and what to do; the tone of before stays in use."""
    shop.write("tone.yaml", "limits: {answer_words: 99}\n")
    before = shop.load()
    shop.write("tone.yaml", content)
    after = shop.load(before)
    assert any(str(found).startswith(f"shop/tone.yaml:{fault}") for found in after.faults), [
        str(found) for found in after.faults
    ]
    assert after.tone.answer_words == 99


def test_the_tone_is_not_served(shop: Folder) -> None:
    """A change of it makes no new index necessary."""
    before = shop.load()
    shop.write("tone.yaml", "emoji: avoid\n")
    after = shop.load(before)
    assert after.fingerprint == before.fingerprint and not after.tone.emoji
