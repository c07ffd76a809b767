"""Answers that are too long or too hard for a chat."""

from __future__ import annotations

import pytest

from bot.knowledge.prose import sentences
from bot.knowledge.readability import ease, syllables

from .folder import Folder


def test_an_answer_that_is_too_long(shop: Folder) -> None:
    """More than 150 words, or what tone.yaml says, are not read in a chat."""
    shop.article("tents", body="It is dry. " * 51)
    assert shop.checked() == [
        "shop/articles/en/tents.md:7: the answer has 153 words, more than the 150 that are read in "
        "a chat. Do: keep what most people need and link to the rest, or split it into two "
        "articles."
    ]
    shop.write("tone.yaml", "limits: {answer_words: 200}\n")
    assert shop.checked() == []


def test_a_sentence_that_is_too_long(shop: Folder) -> None:
    """It is named by its beginning, in its own line."""
    shop.article("tents", body=f"Short.\n\n- One.\n- It is {'so ' * 30}dry.")
    (fault,) = shop.checked()
    assert fault.startswith(
        "shop/articles/en/tents.md:10: a sentence of 33 words (“It is so so so …”). Do: make it two"
    )


def test_an_answer_that_is_hard_to_read(shop: Folder) -> None:
    """Long words in long sentences; the figure and the scale are named."""
    body = (
        "Comprehensive documentation demonstrating authentic ownership necessitates immediate "
        "submission beforehand. Applicability of contractual stipulations regarding international "
        "merchandise remains undetermined. Administrative authorisation customarily precedes "
        "reimbursement considerations, notwithstanding extraordinary and unforeseeable "
        "circumstances whatsoever."
    )
    shop.article("tents", body=body)
    (fault,) = shop.checked()
    assert "it is hard to read (Flesch reading ease -" in fault
    assert fault.endswith("below 50). Do: use shorter sentences and everyday words.")


@pytest.mark.parametrize(
    ("word", "language", "count"),
    [
        ("tent", "en", 1), ("return", "en", 2), ("store", "en", 1), ("table", "en", 2),
        ("delivered", "en", 3), ("packed", "en", 1), ("boxes", "en", 2), ("HB", "en", 1),
        ("молоко", "ru", 3), ("объём", "ru", 2), ("СДЭК", "ru", 1),
        ("İADE", "tr", 3), ("saat", "tr", 2), ("çadır", "tr", 2),
        ("zwrot", "pl", 1), ("miasto", "pl", 2), ("historia", "pl", 3), ("autobus", "pl", 3),
        ("30", "pl", 1),
    ],
)  # fmt: skip
def test_syllables(word: str, language: str, count: int) -> None:
    """Counted as spoken."""
    assert syllables(word, language) == count


@pytest.mark.parametrize(
    ("language", "words", "formula", "value"),
    [
        ("en", ["The", "tent", "is", "dry"], "Flesch reading ease", 206.835 - 4.06 - 84.6),
        ("ru", ["Мы", "дома"], "Oborneva's reading ease", 206.835 - 2.6 - 60.1 * 1.5),
        ("tr", ["İade", "var"], "Ateşman's reading ease", 198.825 - 2.61 * 2 - 40.175 * 2),
        ("pl", ["To", "reklamacja", "i", "zwrot"], "Pisarek", (16 + 625) ** 0.5 / 2),
        ("lv", ["Jūsu", "pasūtījums", "ir", "ceļā"], "LIX", 4 + 25),
        ("pt-BR", ["Sua", "encomenda"], "LIX", 2 + 50),
    ],
)
def test_each_language_has_its_formula(
    language: str, words: list[str], formula: str, value: float
) -> None:
    """Worked out by hand for one sentence."""
    found = ease([words], language)
    assert found and found.formula == formula and found.value == pytest.approx(value)


def test_what_a_sentence_is() -> None:
    """Lists, line ends and links count as they look; abbreviations and addresses do not split."""
    text = (
        "Come to ul. Chmielna 20. It is **open**: see [our page](https://x.example/a.b).\n\n"
        "- one\n- two three\n  four\n\nWrite to help@x.example. Or `code. Here` now"
    )
    found = [(sentence.line, sentence.text, len(sentence.words)) for sentence in sentences(text)]
    assert found == [
        (0, "Come to ul. Chmielna 20.", 5),
        (0, "It is open:", 3),
        (0, "see our page.", 3),
        (2, "one", 1),
        (3, "two three\nfour", 3),
        (6, "Write to help@x.example.", 2),
        (6, "Or  now", 2),
    ]


def test_nothing_to_read_is_not_hard() -> None:
    """A text without words has no figure."""
    assert ease([], "en") is None and sentences("…") == []
