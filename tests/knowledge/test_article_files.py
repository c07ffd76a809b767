"""What an article file may say, and what is answered to one that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.domain import Article, HandoffRule, Option
from bot.knowledge.base import KnowledgeBaseMissing

from .folder import Folder

FULL = """---
title: How do I return something?
questions:
  - can I send this back
  - "quoted: with a colon"
tags: [returns, people]
handoff: offer
see_also: [returns]
buttons:
  - {text: Open the portal, url: "https://harebell.example/returns"}
  - {text: And refunds?, article: returns}
valid_until: 2027-03-31
---

You have **30 days**.

---
Really.
"""


def test_everything_an_article_can_say_arrives(shop: Folder) -> None:
    """Each line of the head and the text below become the article's values."""
    shop.write("articles/en/full.md", FULL)
    kb = shop.load()
    assert kb.faults == ()
    assert kb.article("full", "en") == Article(
        id="full",
        language="en",
        title="How do I return something?",
        body="You have **30 days**.\n\n---\nReally.",
        questions=("can I send this back", "quoted: with a colon"),
        tags=("returns", "people"),
        handoff=HandoffRule.OFFER,
        buttons=(
            Option("Open the portal", url="https://harebell.example/returns"),
            Option("And refunds?", value="article:returns"),
        ),
        see_also=("returns",),
        valid_until=date(2027, 3, 31),
        path="shop/articles/en/full.md",
    )


@pytest.mark.parametrize("encode", [str.encode, lambda text: b"\xef\xbb\xbf" + text.encode()])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_files_from_any_editor_read_alike(
    shop: Folder, encode: Callable[[str], bytes], newline: str
) -> None:
    """A byte order mark and Windows or old Mac line ends change nothing."""
    shop.write("articles/en/full.md", encode(FULL.replace("\n", newline)))
    article = shop.load().article("full", "en")
    assert article and article.body == "You have **30 days**.\n\n---\nReally."


def test_words_stay_what_was_typed(shop: Folder) -> None:
    """YAML's traps (NO, 22:22, 007, ~, a date) are plain text in a question."""
    shop.article("traps", "see_also: []").unlink()
    shop.write(
        "articles/en/traps.md",
        "---\ntitle: NO\nquestions: [22:22, 007, yes, ~, 2026-01-01, 1e3, 'null']\n---\nText.",
    )
    article = shop.load().article("traps", "en")
    assert article and article.title == "NO"
    assert article.questions == ("22:22", "007", "yes", "~", "2026-01-01", "1e3", "null")


@pytest.mark.parametrize(
    ("head", "line", "words"),
    [
        ("handof: always", 5, '"handof" means nothing here. Do: write "handoff"'),
        ("colour: red", 5, "use one of: buttons, handoff, id,"),
        ("handoff: allways", 5, '"handoff: allways" means nothing. Do: write never, offer or'),
        ("title: again", 5, '"title" is given a second time'),
        ("id: ../../etc/passwd", 5, '"../../etc/passwd" cannot be an id. Do: use 1 to 48 small'),
        ("id: Returns", 5, '"Returns" cannot be an id'),
        ("see_also: [ok, ../x]", 5, '"../x" in "see_also" cannot be an id'),
        ("see_also: returns", 5, '"see_also" should be a list'),
        ("tags:\n  - Not A Tag", 6, '"Not A Tag" in "tags" cannot be an id'),
        ("valid_until: 31.3.2027", 5, "Do: write year-month-day, as in 2027-03-31"),
        ("valid_until: 2027-02-30", 5, '"valid_until" is no date: 2027-02-30'),
        ("buttons:\n  - {text: Go, url: 'javascript:alert(1)'}", 6, "customers cannot open"),
        ("buttons:\n  - {text: Go, url: /returns}", 6, "customers cannot open the link /returns"),
        ("buttons:\n  - {text: Go}", 6, "a button needs a url or an article"),
        ("buttons:\n  - {url: 'https://x.example'}", 6, '"text" is empty or missing'),
        ("buttons:\n  - {text: Go, link: 'https://x.example'}", 6, '"link" means nothing here'),
        ("buttons:\n  - Go", 6, 'this should be "name: value" lines'),
        ("handoff: [always]", 5, '"handoff" should be one text, not a list'),
        ("tags:\n  - {a: b}", 6, 'entry 1 of "tags" is not a plain text. Do: put the text in'),
        ("tags:\n\t- returns", 6, "a tab is used to indent. Do: use spaces"),
        ("tags: [returns", 6, "a bracket is never closed"),
        ("handoff: always: yes", 5, "there is a second colon in the line. Do: put the whole"),
        ("tags: *returns", 5, "a text begins with * or &"),
        ("tags: &x [returns]", 5, "a text begins with * or &"),
        ("handoff: !!python/name:os.system x", 5, "a text begins with !"),
        ("? [a, b]\n: c", 5, "a name must be plain text"),
        ("tags: @home", 5, "a text begins with a sign that YAML keeps for itself"),
        ("just words", 6, 'a line has no colon. Do: write it as "name: text"'),
    ],
)
def test_a_slip_is_named_with_its_line_and_its_cure(
    shop: Folder, head: str, line: int, words: str
) -> None:
    """Whatever is wrong in a head: the file, the line, what it is, what to do; no half answer."""
    text = f"---\ntitle: Slip\nquestions:\n  - what slipped\n{head}\n---\nText.\n"
    shop.write("articles/en/slip.md", text)
    kb = shop.load()
    assert kb.article("slip", "en") is None
    assert kb.article("returns", "en") is not None
    assert any(
        str(fault).startswith(f"shop/articles/en/slip.md:{line}: ") and words in str(fault)
        for fault in kb.faults
    ), [str(fault) for fault in kb.faults]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ":1: the file does not begin with a --- line"),
        ("Just an answer.", ":1: the file does not begin with a --- line"),
        ("---\ntitle: x\nText", ":1: the head is never closed"),
        ("---\ntitle: x\n---\n\n  \n", "there is no text for the customer"),
        ("---\nquestions: [a]\n---\nText", '"title" is empty or missing'),
        ("---\n- title\n---\nText", ':2: there are no "name: value" lines'),
        ("---\ntitle: x\n---\n" + "x" * 6001, "the text has 6001 characters, 6000 is the most"),
        (
            "---\ntitle: x\n---\n[go](javascript:x)",
            ":4: customers cannot open the link javascript:",
        ),
        ("---\ntitle: x\n---\n[go](returns.md)", ":4: customers cannot open the link returns.md"),
        (f"---\ntitle: x\nquestions: [{'y' * 501}]\n---\nText", "501 characters, 500 is the most"),
        ("---\ntitle: x\nquestions: ['']\n---\nText", 'an entry of "questions" is empty'),
        ("---\ntitle: x\n---\nA\x00B", ":4: an invisible control character (U+0000)"),
    ],
)
def test_a_file_that_is_no_article_says_why(shop: Folder, text: str, words: str) -> None:
    """A missing head, title or text, or an unusable link, keeps the article out."""
    shop.write("articles/en/odd.md", text)
    assert any(words in fault for fault in shop.faults()), shop.faults()
    assert shop.load().article("odd", "en") is None


def test_all_slips_of_a_file_are_told_at_once(shop: Folder) -> None:
    """One reading of a file finds everything there is to put right in its head."""
    shop.write("articles/en/bad.md", "---\nhandoff: x\ntags: y\ncolour: z\n---\nText")
    assert len(shop.faults()) == 4


def test_two_files_of_one_id_are_told_apart(shop: Folder) -> None:
    """The first by name is served; the other is at fault, where it names its id."""
    shop.article("zz", "id: returns", body="Other.")
    kb = shop.load()
    article = kb.article("returns", "en")
    assert article and article.body == "Within **30 days**."
    assert [str(fault) for fault in kb.faults] == [
        'shop/articles/en/zz.md:5: the article "returns" is already written in '
        "shop/articles/en/returns.md. Do: give it another id, or delete one."
    ]


def test_articles_may_be_sorted_into_folders_of_a_language(shop: Folder) -> None:
    """Folders below a language are free; a file outside any language is told where to go."""
    shop.article("orders/preorder")
    shop.write("articles/lost.md", FULL)
    shop.write("articles/klingon/lost.md", FULL)
    kb = shop.load()
    assert kb.article("preorder", "en")
    assert [str(fault) for fault in kb.faults] == [
        'shop/articles/klingon/lost.md: "klingon" is no language. '
        "Do: use a language code such as en, lv or pt-BR.",
        "shop/articles/lost.md: files in this place are not read. "
        "Do: move it into the folder of its language, as in articles/en/.",
    ]


def test_nothing_to_answer_from_is_said_in_a_sentence(tmp_path: Path) -> None:
    """No folder, an empty folder and a folder of broken articles each have their own words."""
    shop = Folder(tmp_path / "shop")
    with pytest.raises(KnowledgeBaseMissing, match=r"shop does not exist\. Do: create it"):
        shop.load()
    shop.path.mkdir()
    with pytest.raises(KnowledgeBaseMissing, match=r"There is no article in .*shop\. Do: write"):
        shop.load()
    shop.write("articles/en/x.md", "no head")
    with pytest.raises(KnowledgeBaseMissing, match=r"No article .* is shop/articles/en/x\.md:1: "):
        shop.load()
