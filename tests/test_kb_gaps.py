"""`frontdesk kb gaps`: what was asked in vain, alike questions together, the costliest first."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.commands.gap_report import as_json, as_words, write_drafts
from bot.commands.kb_gaps import Gaps, find_gaps
from bot.commands.past import since_when
from bot.config import Settings
from bot.domain import Agent
from bot.knowledge.base import load
from bot.storage.database import Database
from bot.storage.upgrade import upgrade
from tests.conftest import KNOWLEDGE_BASE
from tests.talks import MONDAY, Talks

Frontdesk = Callable[..., Result]

RETURN, WARRANTY = "return-an-item", "warranty"
EVA = Agent("U2", "Eva Berzina", on_desk=True)
WEEK_AGO = MONDAY - timedelta(days=7)
WALL = (
    "Hi, do you host birthday parties at the climbing wall?",
    "birthday party on your climbing wall for 8 kids",
    "can we book the climbing wall for a birthday",
)


@pytest.fixture
def talks(database: Database) -> Talks:
    return Talks(database, KNOWLEDGE_BASE, WEEK_AGO)


def gaps(talks: Talks) -> Gaps:
    return find_gaps(talks.questions(WEEK_AGO), talks.mind, WEEK_AGO, MONDAY)


def test_alike_questions_are_one_gap(talks: Talks) -> None:
    """With how often, by how many, what it cost, and what a person answered."""
    talks.say("Maria Ozola", WALL[0])
    talks.press("Maria Ozola", "human")
    talks.answer("Hi Maria, yes: Saturdays from 10.", agent=EVA)
    talks.say("Tomasz", WALL[1])
    talks.say("Tomasz", WALL[2])
    found = gaps(talks)
    assert (found.questions, found.unanswered, found.mended) == (3, 3, 0)
    (gap,) = found.gaps
    assert (gap.language, gap.count, gap.customers) == ("en", 3, 2)
    assert (gap.handovers, gap.endings) == (2, {"handed_over": 3})
    assert gap.replies == ("Hi ‹name›, yes: Saturdays from 10.",)
    assert gap.last_asked == max(question.asked_at for question in talks.questions(WEEK_AGO))


def test_what_costs_a_person_comes_first(talks: Talks) -> None:
    """One handover outweighs a question asked twice before it worked out."""
    talks.say("Ann", "it itches")
    talks.say("Ann", "send it back", talks.match(RETURN, 0.99))
    talks.say("Bob", WALL[0])
    talks.press("Bob", "human")
    first, second = gaps(talks).gaps
    assert (first.work, second.work) == (1.0, 0.2)
    assert first.title == "do you host birthday parties at the climbing wall?"


def test_a_handover_counts_once_however_it_was_worded(talks: Talks) -> None:
    """Asked, not understood, asked again, handed over: that is one handover saved."""
    talks.say("Ann", WALL[0])
    talks.say("Ann", WALL[1])
    (gap,) = gaps(talks).gaps
    assert (gap.count, gap.handovers, gap.work) == (2, 1, 1.0)


def test_handovers_are_reckoned_by_the_month(talks: Talks) -> None:
    """One in a week would have been some four in thirty days."""
    talks.say("Ann", WALL[0])
    talks.press("Ann", "human")
    (gap,) = gaps(talks).gaps
    assert gap.saves == pytest.approx(30 / 7, abs=0.05)


def test_an_answer_that_did_not_help_is_a_gap(talks: Talks) -> None:
    """👎 names the article; 👍 and silence are none."""
    for who, button in [("Ann", "helpful:0"), ("Bob", "helpful:1")]:
        talks.say(who, "send it back", talks.match(RETURN, 0.99))
        talks.press(who, f"{button}:{RETURN}")
    talks.say("Eve", "send it back", talks.match(RETURN, 0.99))
    (gap,) = gaps(talks).gaps
    assert (gap.count, gap.endings, gap.in_vain) == (1, {"unhelpful": 1}, (RETURN,))


def test_did_you_mean_that_worked_is_no_gap(talks: Talks) -> None:
    """The article is there; only a wording is missing."""
    talks.say("Ann", "send it", talks.match(RETURN, 0.4), talks.match(WARRANTY, 0.3))
    talks.press("Ann", f"article:{RETURN}")
    assert gaps(talks).gaps == ()


def test_what_has_been_mended_since_is_gone(talks: Talks) -> None:
    """Write the article, and its questions leave the list."""
    talks.say("Ann", WALL[0])
    talks.say("Bob", WALL[0])
    assert len(gaps(talks).gaps) == 1
    talks.means(WALL[0], talks.match("group-orders", 0.99))
    found = gaps(talks)
    assert (found.gaps, found.mended) == ((), 2)


def test_the_answer_that_failed_does_not_mend_anything(talks: Talks) -> None:
    """What was no help then is none today."""
    talks.say("Ann", "send it back", talks.match(RETURN, 0.99))
    talks.press("Ann", f"helpful:0:{RETURN}")
    assert gaps(talks).mended == 0


def test_languages_are_kept_apart(talks: Talks) -> None:
    """An article is written in one language."""
    talks.say("Ann", WALL[0])
    talks.say("Иван", "детский праздник на скалодроме?", lang="ru")
    assert sorted(gap.language for gap in gaps(talks).gaps) == ["en", "ru"]


def test_nobody_is_recognised(talks: Talks) -> None:
    """No name, address, number or card in anything that is printed or written."""
    talks.say(
        "Maria Ozola",
        "I'm Maria, maria@ozola.lv, +371 2612 3456, card 4111 1111 1111 1111, order HB-104233: "
        "do you host birthday parties at the climbing wall?",
    )
    talks.press("Maria Ozola", "human")
    talks.answer("Dear Maria Ozola, I looked at HB-104233. Best wishes, Eva Berzina", agent=EVA)
    found = gaps(talks)
    everything = json.dumps(as_json(found), ensure_ascii=False) + as_words(found, ZoneInfo("UTC"))
    for secret in ("aria", "zola", "2612", "4111", "104233", "Eva", "Berz"):
        assert secret not in everything
    assert found.gaps[0].title == "do you host birthday parties at the climbing wall?"


def test_drafts_are_written_once_and_served_only_when_finished(
    talks: Talks, tmp_path: Path
) -> None:
    """A draft that is being edited is not overwritten; one moved over unread is refused."""
    talks.say("Ann", WALL[0])
    found = gaps(talks)
    folder, articles = tmp_path / "drafts", tmp_path / "kb" / "articles" / "en"
    (file,) = write_drafts(found.gaps, folder, tmp_path / "kb").new
    file.write_text(file.read_text().replace("title:", "title: "))
    edited = file.read_text()
    again = write_drafts(found.gaps, folder, tmp_path / "kb")
    assert (again.new, again.kept, file.read_text()) == ((), (file,), edited)
    articles.mkdir(parents=True)
    (articles / "hello.md").write_text("---\ntitle: Hello\n---\nHello.\n")
    (articles / file.name).write_text(edited)
    kb = load(tmp_path / "kb", "en", MONDAY.date())
    assert [article.id for article in kb.articles_in("en")] == ["hello"]
    assert {fault.what for fault in kb.faults} == {
        "this is a draft, and customers are not shown it",
        "the answer has not been written yet",
    }


def test_drafts_do_not_belong_among_the_articles(talks: Talks, tmp_path: Path) -> None:
    """They would be read as articles."""
    with pytest.raises(ValueError, match="do not belong among the articles"):
        write_drafts(gaps(talks).gaps, tmp_path / "articles" / "en", tmp_path)


@pytest.mark.parametrize(
    ("written", "begin"),
    [
        ("30d", MONDAY - timedelta(days=30)),
        ("12h", MONDAY - timedelta(hours=12)),
        ("2026-10-01", datetime(2026, 9, 30, 21, tzinfo=UTC)),
    ],
)
def test_since(written: str, begin: datetime) -> None:
    """So long ago, or a day as it begins where the shop is."""
    assert since_when(written, MONDAY, ZoneInfo("Europe/Riga")) == begin


@pytest.mark.parametrize(
    "written", ["", "soon", "2026-13-01", "2027-01-01", "5m", "30 days", "-3d"]
)
def test_since_when_it_cannot_be(written: str) -> None:
    """One sentence says what is wrong and how to write it."""
    with pytest.raises(
        ValueError, match=r"^--since .*; write 30d, 12h, or a day as in 2026-10-01$"
    ):
        since_when(written, MONDAY, ZoneInfo("UTC"))


# --- as it is typed ------------------------------------------------------------------------------


@pytest.fixture
def frontdesk(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Frontdesk:
    """Runs a command on a few of the shipped articles, of an owner who wants to be very sure: how
    well so small a folder knows its limits is not what is tested here."""
    shop = tmp_path / "shop"
    shutil.copytree(KNOWLEDGE_BASE / "phrases", shop / "phrases")
    (shop / "articles" / "en").mkdir(parents=True)
    for name in (RETURN, WARRANTY, "stores-hours", "delivery-times", "payment-methods", "invoice"):
        article = Path("articles", "en", f"{name}.md")
        shutil.copy(KNOWLEDGE_BASE / article, shop / article)
    (shop / "policy.yaml").write_text("precision: 0.99\n")
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("KNOWLEDGE_BASE", str(shop))
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, list(words), catch_exceptions=False)


def test_an_owners_monday_morning(frontdesk: Frontdesk, sqlite_url: str, tmp_path: Path) -> None:
    """Coffee, the list of what last week's customers asked in vain, the drafts: the first of them
    has the colleague's answer in it already, read through and moved over it is an article."""
    database = Database(sqlite_url)
    upgrade(database)
    week = Talks(database, KNOWLEDGE_BASE, datetime.now(UTC) - timedelta(days=6))
    for who, text in zip(("Maria", "Tomasz", "Olivia"), WALL, strict=True):
        week.say(who, text)
        week.press(who, "human")
        week.answer(f"Hello {who}, yes, on Saturdays from 10, for up to 8 children.")
    week.say("Zofia", "xylophone lessons in Ulaanbaatar")
    database.close()

    page = frontdesk("kb", "gaps", "--since", "7d", "--write", "drafts")
    assert page.exit_code == 0
    first, second = re.split(r"\n\n\d+\. ", page.output)[1:3]
    assert "climbing wall" in first.splitlines()[0]
    assert "would have saved about 12.9 handovers in 30 days" in first
    assert "asked 3 times by 3 customers" in first
    assert "a colleague answered: Hello ‹name›, yes, on Saturdays from 10" in first
    assert second.startswith("xylophone lessons in Ulaanbaatar (en)")
    assert "2 new drafts in drafts" in page.output

    rows = json.loads(frontdesk("kb", "gaps", "--since", "7d", "--json").output)["gaps"]
    assert [row["rank"] for row in rows] == [1, 2]
    draft = tmp_path / "drafts" / rows[0]["file"]
    lines = draft.read_text().splitlines()
    assert lines[1].startswith("draft: ")
    finished = tmp_path / "kb" / "articles" / "en" / draft.name
    finished.parent.mkdir(parents=True)
    finished.write_text("\n".join(lines[:1] + lines[2:]))
    (article,) = load(tmp_path / "kb", "en", MONDAY.date()).articles_in("en")
    assert len(article.questions) == 3
    assert "on Saturdays from 10, for up to 8 children." in article.body


@pytest.mark.parametrize("default", ["en", "ru"])
@pytest.mark.parametrize("words", [["ask", "it itches"], ["kb", "gaps"], ["kb", "suggest", RETURN]])
def test_a_folder_of_nothing_but_articles(
    words: list[str],
    default: str,
    frontdesk: Frontdesk,
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No phrases: stand-ins will do to see what would be decided. A default language that no
    article is in does not matter either."""
    database = Database(sqlite_url)
    upgrade(database)
    week = Talks(database, KNOWLEDGE_BASE, datetime.now(UTC) - timedelta(days=6))
    week.say("Zofia", "xylophone lessons in Ulaanbaatar")
    week.say("Иван", "уроки ксилофона?", lang="ru")
    database.close()
    shutil.rmtree(tmp_path / "shop" / "phrases")
    monkeypatch.setenv("DEFAULT_LANGUAGE", default)
    done = frontdesk(*words)
    assert done.exit_code == 0
    assert done.output


def test_nothing_asked_yet(frontdesk: Frontdesk) -> None:
    """A new installation has no gaps, and says so."""
    done = frontdesk("kb", "gaps")
    assert done.exit_code == 0
    assert done.output.startswith("Nobody has asked anything since ")


@pytest.mark.parametrize("command", [["kb", "gaps"], ["kb", "suggest", RETURN]])
def test_a_since_that_is_no_time(command: list[str], frontdesk: Frontdesk) -> None:
    """Exit code 2, and how to write it."""
    done = frontdesk(*command, "--since", "yesterday")
    assert done.exit_code == 2
    assert "--since yesterday: is no time; write 30d" in done.output
