"""`frontdesk check`: what only shows when files are held against each other."""

from __future__ import annotations

import pytest

from bot.knowledge.check import check
from bot.knowledge.check_phrases import check_phrases

from .folder import Folder

REQUIRED = {"greeting": frozenset({"name"}), "days": frozenset({"n"}), "bye": frozenset[str]()}


def test_a_good_folder_has_no_findings(shop: Folder) -> None:
    """Nothing is said when there is nothing to say."""
    assert shop.checked() == []


@pytest.mark.parametrize(
    ("head", "line"),
    [("see_also:\n  - returns\n  - retuns", 7), ("buttons: [{text: Go, article: retuns}]", 5)],
)
def test_links_to_articles_that_are_not_there(shop: Folder, head: str, line: int) -> None:
    """A see-also or a button that leads nowhere is an error, with the likely id."""
    shop.article("lost", head)
    assert shop.checked("error") == [
        f'shop/articles/en/lost.md:{line}: there is no article "retuns" in the language "en". '
        'Do: write "returns" if that is meant, else delete it.'
    ]


def test_an_article_of_another_language_does_not_count(shop: Folder) -> None:
    """A Latvian see-also needs a Latvian article."""
    shop.article("lost", "see_also: [returns]", language="lv")
    assert 'there is no article "returns" in the language "lv"' in shop.checked("error")[0]


def test_a_question_in_two_articles_is_an_error(shop: Folder) -> None:
    """Case, spaces and the question mark make no difference; another language does."""
    shop.article("same", "  - Tell me about  RETURNS?")
    shop.article("same", "  - Tell me about  RETURNS?", language="lv")
    shop.write("phrases/lv.yaml", "say: {}")
    assert shop.checked() == [
        'shop/articles/en/same.md:5: the question "Tell me about RETURNS?" stands here in '
        "shop/articles/en/returns.md too. Do: keep it in the article that answers it."
    ]


def test_warnings_about_articles(shop: Folder) -> None:
    """No questions, expired, not encrypted, and what chats cannot show: told, but served."""
    shop.write("articles/en/bare.md", "---\ntitle: Bare\n---\nText.")
    shop.article("old", "valid_until: 2020-01-01")
    body = "Fine.\n\n# Big\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nSee\n![x](https://x.example/y.png)"
    shop.article("showy", body=f"{body}\n<b>bold</b>\n[go](http://x.example)")
    assert shop.checked("error") == []
    assert [
        warning.removeprefix("shop/articles/en/").split(". Do")[0] for warning in shop.checked()
    ] == [
        "bare.md:2: there are no example questions, so only its title and its text lead to it",
        "old.md:5: it was valid until 2020-01-01 and is no longer used",
        "showy.md:9: chats cannot show a heading as such",
        "showy.md:11: chats cannot show a table as such",
        "showy.md:16: chats cannot show a picture as such",
        "showy.md:17: chats cannot show HTML as such",
        "showy.md:17: chats cannot show HTML as such",
        "showy.md:18: the link http://x.example is not encrypted",
    ]


@pytest.mark.parametrize(
    ("policy", "line", "words"),
    [
        (
            "precision_by_tag:\n  monney: 0.95",
            2,
            'no article has the tag "monney". Do: write "money"',
        ),
        ("precision: 1", 1, 'with "precision: 1" hardly anything will be answered'),
        ("precision: 0.995", 1, 'with "precision: 0.995" hardly anything will be answered'),
        ("precision: 0.3", 1, 'with "precision: 0.3" most answers may be wrong'),
        ("precision_by_tag:\n  money: 1", 2, 'with "money: 1" hardly anything will be answered'),
        ("burst: 2s\nunanswerable: 0.95", 2, "leaves hardly anything that is answered"),
    ],
)
def test_a_policy_that_can_hardly_be_meant(
    shop: Folder, policy: str, line: int, words: str
) -> None:
    """It is obeyed; whoever wrote it is told what comes of it, and in which line."""
    shop.article("refunds", "tags: [money]")
    shop.write("policy.yaml", policy)
    (warning,) = [each for each in check(shop.load()) if each.path == "shop/policy.yaml"]
    assert (warning.level, warning.line) == ("warning", line)
    assert words in str(warning)


def test_a_usual_policy_is_not_remarked_upon(shop: Folder) -> None:
    """Strict is not too strict."""
    shop.article("refunds", "tags: [money]")
    strict = "precision: 0.99\nprecision_by_tag: {money: 0.97}\nunanswerable: 0.9"
    shop.write("policy.yaml", strict)
    assert [each for each in check(shop.load()) if each.path == "shop/policy.yaml"] == []


def test_languages_without_words(shop: Folder) -> None:
    """Articles without phrases get a warning; a default language without either, an error."""
    shop.article("returns", language="lv")
    assert shop.checked("warning") == [
        'shop/phrases/lv.yaml: the language "lv" has articles but no phrases. '
        "Do: copy phrases/en.yaml to it and translate that."
    ]
    (shop.path / "phrases/en.yaml").unlink()
    (shop.path / "articles/en/returns.md").unlink()
    assert [fault.split(". Do")[0] for fault in shop.checked("error")] == [
        'shop/articles/en: there are no articles in the default language "en"',
        "shop/phrases/en.yaml: the default language has no phrases",
    ]


def test_phrases_are_compared_key_by_key(shop: Folder) -> None:
    """Missing and unknown keys, foreign placeholders, plural forms the language needs, intents."""
    shop.write(
        "phrases/en.yaml",
        'say:\n  greeting: "Hi{, name}"\n  days: {one: a, other: "{n}"}\n  bye: "Bye{ agent}"\n'
        "hear:\n  yes: [yes]\n  no: [no]\n",
    )
    shop.write(
        "phrases/ru.yaml",
        "say:\n  greetin: Привет\n  topic_x: X\n  days: {one: a, other: b}\nhear:\n  yes: [да]\n",
    )
    found = [f"{fault.level} {fault}" for fault in check_phrases(shop.load(), REQUIRED)]
    assert [line.replace("shop/phrases/", "") for line in found] == [
        'error en.yaml:4: the phrase "bye" asks for {agent}, which is never filled in there. '
        "Do: delete it: this phrase has no placeholders.",
        'warning ru.yaml: the phrase "greeting" is missing, so the default language\'s stands in. '
        "Do: add it below say:.",
        'warning ru.yaml: the phrase "bye" is missing, so the default language\'s stands in. '
        "Do: add it below say:.",
        'warning ru.yaml:5: what customers say for "no" is missing. Do: add it below hear:.',
        'warning ru.yaml:2: nothing ever says the phrase "greetin". '
        'Do: write "greeting" if that is meant, else delete it.',
        'error ru.yaml:4: the phrase "days" lacks the plural form "few". '
        'Do: add a line "few: …" to it.',
        'error ru.yaml:4: the phrase "days" lacks the plural form "many". '
        'Do: add a line "many: …" to it.',
    ]


def test_the_check_includes_what_reading_found(shop: Folder) -> None:
    """One list, in order of file and line."""
    shop.write("articles/en/a.md", "nothing")
    shop.article("b", "see_also: [zzz]")
    faults = [fault for fault in check(shop.load()) if fault.path.startswith("shop/articles")]
    assert [(fault.path, fault.line) for fault in faults] == [
        ("shop/articles/en/a.md", 1),
        ("shop/articles/en/b.md", 5),
    ]


def test_follow_ups_are_checked(shop: Folder) -> None:
    """The default language has to be there; other languages and buttons are looked after too."""
    shop.article("returns", language="lv")
    shop.write("phrases/lv.yaml", "say: {}")
    shop.write(
        "follow_ups/hello.md",
        "---\ntitle: Hello\nafter: bought_at\ndelay: 1h\n"
        "buttons:\n  - {article: care, text: {tr: Bakım}}\n---\n## tr\n\n# Büyük\n",
    )
    assert [fault.removeprefix("shop/follow_ups/hello.md") for fault in shop.checked()] == [
        ': there is no text in the default language "en". Do: add a section "## en".',
        ': there is no text in "lv", so those customers get another language. '
        'Do: add a section "## lv".',
        ':5: there is no article "care" in the language "tr". Do: write it, or delete the button.',
        ":10: chats cannot show a heading as such. Do: write a short line in **bold** instead.",
    ]
