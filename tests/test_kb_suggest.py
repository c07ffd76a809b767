"""`frontdesk kb suggest`: wordings that one article would be found by, out of real questions."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.kb_suggest import (
    Suggestions,
    UnknownArticle,
    Why,
    articles_named,
    suggest,
    yaml_lines,
)
from bot.commands.suggest_report import as_json, as_words
from bot.config import Settings
from bot.knowledge.plain_yaml import parse
from bot.storage.database import Database
from bot.storage.upgrade import upgrade
from bot.understanding.index import Index
from tests.conftest import KNOWLEDGE_BASE
from tests.talks import MONDAY, Talks

RETURN, WARRANTY = "return-an-item", "warranty"
WEEK_AGO = MONDAY - timedelta(days=7)
WORDING = "the parka pinches me under my arms, take it off my hands"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few of the shipped articles, so that an index is built in no time."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copytree(KNOWLEDGE_BASE / "phrases", folder / "phrases")
    (folder / "articles" / "en").mkdir(parents=True)
    for name in (RETURN, WARRANTY, "stores-hours", "delivery-times", "payment-methods", "invoice"):
        article = Path("articles", "en", f"{name}.md")
        shutil.copy(KNOWLEDGE_BASE / article, folder / article)
    return folder


@pytest.fixture
def talks(sqlite_url: str, shop: Path) -> Talks:
    database = Database(sqlite_url)
    upgrade(database)
    database.close()
    return Talks(Database(sqlite_url), shop, WEEK_AGO)


def suggested(talks: Talks, article: str = RETURN) -> Suggestions:
    return suggest(talks.questions(WEEK_AGO), [talks.article(article)], talks.mind, MONDAY)[0]


def choose(talks: Talks, who: str, text: str) -> None:
    """Did you mean…? Yes, that one."""
    talks.say(who, text, talks.match(RETURN, 0.4), talks.match(WARRANTY, 0.3))
    talks.press(who, f"article:{RETURN}")


def test_what_was_chosen_after_did_you_mean(talks: Talks) -> None:
    """The customer said which article is meant; with the wording added it is found."""
    choose(talks, "Ann", WORDING)
    choose(talks, "Bob", WORDING.upper())
    (proposal,) = suggested(talks).proposals
    assert (proposal.wording, proposal.why) == (WORDING, {Why.CHOSEN: 2})
    assert (proposal.before, proposal.after) == (0.4, None)


def test_the_wordings_show_what_they_do_for_each_other(talks: Talks) -> None:
    """Each is tried without itself: the very same words are always found, which says nothing. One
    that the others are no help to gains nothing."""
    alike = ("the parka pinches under my arms", "my parka pinches, off with it")
    for text in (*alike, "xylophone lessons"):
        choose(talks, "Ann", text)
    found = {one.wording: one for one in suggested(talks).proposals}
    (today,) = Index(talks.kb.articles_in("en"), "en").search(alike[0], 1)
    sure = today.score if today.article.id == RETURN else 0.0
    gains = [found[text].after for text in alike]
    assert all(gain is not None and gain < 0.999 for gain in gains)
    assert max(gain or 0.0 for gain in gains) > sure


def test_what_a_person_answered_with_the_article(talks: Talks) -> None:
    """A colleague pasted it: that says the same."""
    talks.say("Ann", WORDING)
    talks.press("Ann", "human")
    talks.answer("You have 30 days from delivery to return an item, as long as it is unused and "
                 "the tags are on. Sale items follow the same rules.")  # fmt: skip
    (proposal,) = suggested(talks).proposals
    assert proposal.why == {Why.SENT: 1}


def test_what_worked_at_the_second_try(talks: Talks) -> None:
    """The first wording is the one that is missing."""
    talks.say("Ann", WORDING)
    talks.say("Ann", "can I send this back", talks.match(RETURN, 0.99))
    (proposal,) = suggested(talks).proposals
    assert (proposal.wording, proposal.why) == (WORDING, {Why.WORKED_OUT: 1})


def test_what_nothing_answered_and_is_nearest(talks: Talks) -> None:
    """With a middling score it may belong here, with next to none it does not."""
    talks.say("Ann", WORDING, talks.match(RETURN, 0.3))
    talks.say("Bob", "qwrt zxcv bnmp", talks.match(RETURN, 0.01))
    (proposal,) = suggested(talks).proposals
    assert proposal.why == {Why.NEAREST: 1}


def test_what_the_article_has_already_is_left_out(talks: Talks) -> None:
    """As written, in capitals, with a typo, in another order."""
    for text in ("Can I send this BACK?", "can i sned this back", "this back can I send"):
        choose(talks, "Ann", text)
    assert suggested(talks).proposals == ()


def test_what_another_article_answers_is_left_out(talks: Talks) -> None:
    """It is found already, if not by this one."""
    choose(talks, "Ann", WORDING)
    talks.means(WORDING, talks.match(WARRANTY, 0.99))
    assert suggested(talks).proposals == ()


def test_what_did_not_help_is_no_example(talks: Talks) -> None:
    """Chosen, and then 👎: it was something else."""
    choose(talks, "Ann", WORDING)
    talks.press("Ann", f"helpful:0:{RETURN}")
    assert suggested(talks).proposals == ()


def test_nobody_is_recognised(talks: Talks) -> None:
    """An example question is read by everybody who writes articles."""
    choose(talks, "Maria Ozola", f"Hi, it's Maria, HB-104233, maria@ozola.lv: {WORDING}")
    found = suggested(talks)
    assert [proposal.wording for proposal in found.proposals] == [WORDING]
    shown = as_words([found]) + json.dumps(as_json([found], WEEK_AGO))
    assert not [secret for secret in ("aria", "104233", "zola") if secret in shown]


def test_the_lines_can_be_pasted() -> None:
    """Whatever is in them, the file reads them back as they were."""
    wordings = [
        "can i return it",
        'a "so-called": tent',
        "- 5 € #off",
        "yes",
        "что: делать?",
        "{x}",
    ]
    text = "questions:\n" + "\n".join(yaml_lines(wordings))
    assert parse(text, "x.md").values == {"questions": wordings}


def test_the_page_says_why_and_how_it_would_change(talks: Talks) -> None:
    """The wording, both scores, the reason, and the lines below the file's name."""
    choose(talks, "Ann", WORDING)
    page = as_words([suggested(talks)])
    assert "    0.40  chosen" in page
    choose(talks, "Ann", "off with my parka")
    assert "    0.40 → " in as_words([suggested(talks)])
    assert "chosen after “did you mean”" in page
    assert "Paste below “questions:” in shop" in page
    assert f"  - {WORDING}" in page.splitlines()


def test_nothing_to_add(talks: Talks) -> None:
    """Said in so many words."""
    assert as_words([suggested(talks)]) == "return-an-item (en): nothing to add"


def test_an_article_that_is_not_there(talks: Talks) -> None:
    """The nearest id is offered; a language it is not written in is refused."""
    with pytest.raises(UnknownArticle, match="did you mean return-an-item"):
        articles_named(talks.kb, "retrun-an-item")
    with pytest.raises(UnknownArticle, match="return-an-item is written in en"):
        articles_named(talks.kb, RETURN, "lv")
    assert [article.language for article in articles_named(talks.kb, RETURN)] == ["en"]


def test_as_it_is_typed(
    talks: Talks, shop: Path, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON with everything; an unknown article ends with two and the id that is near."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("KNOWLEDGE_BASE", str(shop))
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.chdir(tmp_path)
    choose(talks, "Ann", WORDING)
    talks.database.close()
    run = CliRunner()
    done = run.invoke(app, ["kb", "suggest", RETURN, "--since", "2026-11-01", "--json"])
    (language,) = json.loads(done.output)["languages"]
    assert language["yaml"] == [f'  - "{WORDING}"'] or language["yaml"] == [f"  - {WORDING}"]
    assert language["proposals"][0]["why"] == {"chosen": 1}
    wrong = run.invoke(app, ["kb", "suggest", "retun-item"])
    assert wrong.exit_code == 2
    assert "did you mean return-an-item?" in wrong.output
