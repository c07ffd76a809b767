"""`frontdesk kb eval`, as an owner uses it: a folder of articles and a CSV file of questions."""

from __future__ import annotations

import csv
import gc
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.commands.queries import read_queries
from bot.config import Settings
from bot.knowledge.base import load
from tests.conftest import KNOWLEDGE_BASE

Frontdesk = Callable[..., Result]

ARTICLES = {
    "parcel": ("Where is my parcel?", ["track my parcel", "my parcel has not come"], ""),
    "refund": ("How do I get my money back?", ["I want a refund", "when is my refund paid"], ""),
    "hours": ("When are you open?", ["opening hours of the shop", "open on Sunday?"], ""),
    "danger": ("The stove caught fire", ["my stove is burning"], "handoff: always\n"),
}

FIGURES = (
    "accuracy_at_1", "accuracy_at_3", "share_answered", "precision_answered",
    "coverage_at_90", "auroc_unknown", "mcc", "in_scope_accuracy", "unknown_recall",
    "latency_ms", "index_seconds", "rss_mb",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def nothing_to_look_through() -> None:
    """The command collects garbage before it measures; what other tests have left to stay would
    take it half a second each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def frontdesk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Frontdesk:
    """Runs a command in an empty folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **env: str) -> Result:
        return CliRunner().invoke(app, list(words), env=env, catch_exceptions=False)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A knowledge base with nothing but articles: no phrases, no policy."""
    return write_articles(tmp_path / "shop")


def write_articles(folder: Path, language: str = "en") -> Path:
    home = folder / "articles" / language
    home.mkdir(parents=True)
    for name, (title, questions, more) in ARTICLES.items():
        listed = "".join(f"  - {json.dumps(question)}\n" for question in questions)
        head = f"title: {json.dumps(title)}\nquestions:\n{listed}{more}"
        (home / f"{name}.md").write_text(f"---\n{head}---\nThe answer about {name}.\n")
    return folder


def queries(tmp_path: Path, *rows: str, header: str = "text,article") -> str:
    file = tmp_path / "queries.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return str(file)


def evaluated(
    frontdesk: Frontdesk, file: str, folder: Path, tmp_path: Path
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The figures, and the predictions."""
    out = tmp_path / "out.csv"
    done = frontdesk("kb", "eval", file, "--kb", str(folder), "--predictions", str(out), "--json")
    assert done.exit_code == 0, done.output
    with out.open(encoding="utf-8", newline="") as written:
        return json.loads(done.stdout), list(csv.DictReader(written))


def test_a_folder_of_articles_and_nothing_else(
    frontdesk: Frontdesk, folder: Path, tmp_path: Path
) -> None:
    """A row for each question in order, and every figure that was promised."""
    file = queries(
        tmp_path, "Where is my parcel?,parcel", "I want a refund,refund", '"Who won, then?",',
        "Where is my parcel?,parcel",
    )  # fmt: skip
    found, rows = evaluated(frontdesk, file, folder, tmp_path)
    assert [row["text"] for row in rows] == [
        "Where is my parcel?", "I want a refund", "Who won, then?", "Where is my parcel?",
    ]  # fmt: skip
    assert list(rows[0]) == ["text", "expected", "predicted", "confidence", "outcome"]
    assert [row["expected"] for row in rows] == ["parcel", "refund", "", "parcel"]
    assert [row["predicted"] for row in rows[:2]] == ["parcel", "refund"]
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows)
    assert rows[0] == rows[3]
    assert rows[2]["outcome"] != "answered"
    assert found["rows"] == 4
    assert found["accuracy_at_1"] == found["accuracy_at_3"] == 1
    assert found["outcomes"] == {
        name: sum(row["outcome"] == name for row in rows) for name in found["outcomes"]
    }
    assert set(FIGURES) <= set(found)
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p99"]


@pytest.mark.parametrize(
    "text", ["hi!", "thanks", "/start", "/help", "/human", "ok", "42", "HB-104233", "", "😀", "1"]
)
def test_small_talk_and_commands_without_any_phrases(
    text: str, frontdesk: Frontdesk, folder: Path, tmp_path: Path
) -> None:
    """Nothing that a customer may say needs a word that the folder does not have."""
    _, rows = evaluated(frontdesk, queries(tmp_path, f'"{text}",'), folder, tmp_path)
    assert [row["expected"] for row in rows] == [""]
    assert rows[0]["outcome"]


def test_an_article_that_always_brings_a_person_is_answered(
    frontdesk: Frontdesk, folder: Path, tmp_path: Path
) -> None:
    """Its text reaches the customer: it counts as answered, in the file as in the figures."""
    file = queries(tmp_path, "The stove caught fire,danger", header="text,article")
    (folder / "policy.yaml").write_text("precision: 0\n")
    found, rows = evaluated(frontdesk, file, folder, tmp_path)
    assert (rows[0]["predicted"], rows[0]["outcome"]) == ("danger", "answered")
    assert found["share_answered"] == found["precision_answered"] == 1
    assert found["outcomes"] == {"answered": 1}
    assert "handoff: always" in found["note"]


def test_the_strictness_asked_for_is_the_folders(
    frontdesk: Frontdesk, folder: Path, tmp_path: Path
) -> None:
    """The policy beside the articles counts: with precision 0 all that matches is answered."""
    (folder / "policy.yaml").write_text("precision: 0\n")
    found, _ = evaluated(frontdesk, queries(tmp_path, "my refund,refund"), folder, tmp_path)
    assert found["precision_asked"] == 0
    assert found["share_answered"] == 1


@pytest.mark.usefixtures("understood_once")
def test_the_language_is_found_out_or_given(frontdesk: Frontdesk, tmp_path: Path) -> None:
    """With a column lang that is the conversation's language; an empty one is found out."""
    file = queries(
        tmp_path, "How do I return something I bought?,return-an-item,lv",
        "Как вернуть покупку?,return-an-item,", header="text,article,lang",
    )  # fmt: skip
    found, rows = evaluated(frontdesk, file, KNOWLEDGE_BASE, tmp_path)
    assert [row["predicted"] for row in rows] == ["return-an-item"] * 2
    assert rows[1]["outcome"] == "answered"
    assert set(found["languages"]) == {"en", "lv", "pl", "ru", "tr"}


def test_a_language_is_meant_however_it_is_written(folder: Path, tmp_path: Path) -> None:
    """Neither case nor region makes it another one; `language eval` takes them, too."""
    rows = [f"Where is it?,parcel,{lang}" for lang in ("en", "EN", "en-GB", "en_us", "")]
    file = Path(queries(tmp_path, *rows, header="text,article,lang"))
    found = read_queries(file, load(folder, "en", date(2026, 11, 22)))
    assert [query.language for query in found] == ["en", "en", "en", "en", ""]


def test_a_folder_in_another_language_than_the_default_one(
    frontdesk: Frontdesk, tmp_path: Path
) -> None:
    """Its answers are not “only in another language” because the settings say English."""
    home = tmp_path / "shop" / "articles" / "ru"
    home.mkdir(parents=True)
    (home / "parcel.md").write_text("---\ntitle: Где моя посылка?\n---\nСкоро будет.\n")
    (home / "refund.md").write_text("---\ntitle: Как вернуть деньги?\n---\nВот так.\n")
    (tmp_path / "shop" / "policy.yaml").write_text("precision: 0\n")
    file = queries(tmp_path, "Где моя посылка?,parcel", "123,", header="text,article")
    _, rows = evaluated(frontdesk, file, tmp_path / "shop", tmp_path)
    assert (rows[0]["predicted"], rows[0]["outcome"]) == ("parcel", "answered")


def test_for_a_person_to_read(frontdesk: Frontdesk, folder: Path, tmp_path: Path) -> None:
    """Without --json: shares in words; without --predictions nothing is written."""
    file = queries(tmp_path, "Where is my parcel?,parcel")
    done = frontdesk("kb", "eval", file, "--kb", str(folder))
    assert done.exit_code == 0
    assert "1 questions (0 that nothing answers), 4 articles" in done.output
    assert " 100.0%  the best article is the right one" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["queries.csv", "shop"]


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        ("text,article", ["a,parcel", "b,parcels"],
         'queries.csv:3: the knowledge base has no article "parcels"'),
        ("text,article,lang", ["a,parcel,de"], 'queries.csv:2: no article is in the language "de"'),
        ("text,article", ["a,parcle"], "Do: write parcel if that is meant; leave it empty where"),
        ("text,article", ["a,refund-time"], "Do: write refund if that is meant"),
        ("text,answer", ["a,parcel"], "queries.csv:1: the column article is missing"),
        ("text,article", [], "queries.csv:1: has a header and no rows"),
        ("text,article", ['"a,parcel'], "queries.csv:2: is not CSV"),
    ],
    ids=["article", "language", "typo", "word", "column", "empty", "quote"],
)  # fmt: skip
def test_a_wrong_file_is_named_by_its_line(
    header: str, rows: list[str], said: str, frontdesk: Frontdesk, folder: Path, tmp_path: Path
) -> None:
    """File, line, reason and what to do; exit code 2, and nothing is written."""
    out = tmp_path / "out.csv"
    done = frontdesk(
        "kb", "eval", queries(tmp_path, *rows, header=header), "--kb", str(folder),
        "--predictions", str(out),
    )  # fmt: skip
    assert done.exit_code == 2
    assert said in done.stderr
    assert ". Do: " in done.stderr
    assert not out.exists()


def test_an_article_that_is_broken_or_expired_is_said_to_be(
    frontdesk: Frontdesk, folder: Path, tmp_path: Path
) -> None:
    """Whoever looks for the article in the folder will find it: say why it does not count."""
    home = folder / "articles" / "en"
    (home / "torn.md").write_text("---\ntitle: Torn\nhandoff: sometimes\n---\nText.\n")
    (home / "sale.md").write_text("---\ntitle: Sale\nvalid_until: 2001-01-01\n---\nText.\n")
    torn = frontdesk("kb", "eval", queries(tmp_path, "a,torn"), "--kb", str(folder))
    assert '"handoff: sometimes" means nothing (shop/articles/en/torn.md:3)' in torn.stderr
    sale = frontdesk("kb", "eval", queries(tmp_path, "a,sale"), "--kb", str(folder))
    assert 'the article "sale" has expired' in sale.stderr
    assert torn.exit_code == sale.exit_code == 2


def test_faults_of_the_folder_are_told_and_the_rest_is_measured(
    frontdesk: Frontdesk, folder: Path, tmp_path: Path
) -> None:
    """On standard error, so that JSON stays JSON."""
    (folder / "articles" / "en" / "torn.md").write_text("no head")
    file = queries(tmp_path, "Where is my parcel?,parcel")
    done = frontdesk("kb", "eval", file, "--kb", str(folder), "--json")
    assert "shop/articles/en/torn.md:1: the file does not begin with" in done.stderr
    assert json.loads(done.stdout)["articles"] == 4


def test_what_cannot_be_read_or_written(frontdesk: Frontdesk, folder: Path, tmp_path: Path) -> None:
    """A file or folder that is not there; predictions over the questions; a folder as a file."""
    file = queries(tmp_path, "Where is my parcel?,parcel")
    kb = ("--kb", str(folder))
    for words, said in (
        (("nowhere.csv", *kb), "nowhere.csv: cannot be read"),
        ((file, "--kb", "nowhere"), "--kb: The knowledge base nowhere does not exist"),
        ((file, *kb, "--predictions", file), "queries.csv: holds the questions"),
        ((file, *kb, "--predictions", str(tmp_path)), "cannot be written"),
    ):
        done = frontdesk("kb", "eval", *words)
        assert done.exit_code == 2, done.output
        assert said in done.stderr
    assert Path(file).read_text().startswith("text,article\nWhere")
