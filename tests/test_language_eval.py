"""`frontdesk language eval`: how well the languages of messages are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.commands.csv_rows import read_rows
from bot.commands.language_eval import figures, likeliest
from bot.config import Settings
from tests.conftest import KNOWLEDGE_BASE

TEXTS = [
    ("where is my order?", "en"),
    ("où est ma commande", "fr"),
    ("де моє замовлення", "uk"),
    ("gde moj zakaz", "ru"),
    ("Lietus beigsies rīt no rīta", "lv"),
    ("ok", "en"),
    ("これは何ですか", "ja"),
]

Evaluate = Callable[..., Result]


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """Runs the command in an empty folder, on the shipped knowledge base."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("KNOWLEDGE_BASE", str(KNOWLEDGE_BASE))
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{text},{lang}\n" for text, lang in TEXTS)
    Path("texts.csv").write_text(f"text,lang\n{rows}", "utf-8")

    def run(*words: str) -> Result:
        words = ("language", "eval", *words)
        return CliRunner().invoke(app, list(words), catch_exceptions=False)

    return run


def test_every_row_is_answered_in_its_place(evaluate: Evaluate) -> None:
    """Neighbours are told, too; a language that nobody knows is simply wrong."""
    done = evaluate("texts.csv", "--predictions", "out.csv", "--json")
    assert done.exit_code == 0
    rows = read_rows(Path("out.csv"), ("text", "expected", "predicted"))
    assert [(row["text"], row["expected"]) for row in rows] == TEXTS
    assert [row["predicted"] for row in rows] == ["en", "fr", "uk", "ru", "lv", "en", "en"]
    found = json.loads(done.output)
    assert found["rows"] == 7
    assert found["accuracy"] == pytest.approx(6 / 7, abs=1e-4)
    assert found["languages"]["en"] == {"rows": 2, "accuracy": 1.0}
    assert found["confusion"]["ja"] == {"en": 1}
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p99"]


def test_a_table_for_people(evaluate: Evaluate) -> None:
    """Without --json."""
    done = evaluate("texts.csv")
    assert "85.7% of 7 texts" in done.output
    assert "ja for en: 1" in done.output


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["none.csv"], "none.csv: cannot be read"),
        (["wrong.csv"], "wrong.csv:1: the column lang is missing"),
        (["gap.csv"], "gap.csv:3: the column lang is empty"),
        (["texts.csv", "--predictions", "texts.csv"], "texts.csv: holds the texts"),
        (["texts.csv", "--predictions", "no/where.csv"], "no/where.csv: cannot be written"),
        (["texts.csv", "--kb", "nowhere"], "--kb: "),
    ],
)
def test_what_cannot_be_measured_ends_with_a_sentence(
    words: list[str], reason: str, evaluate: Evaluate
) -> None:
    """Exit code 2, and not half a result."""
    Path("wrong.csv").write_text("text,article\na,b\n", "utf-8")
    Path("gap.csv").write_text("text,lang\nhello,en\nwhat is this, \n", "utf-8")
    done = evaluate(*words)
    assert done.exit_code == 2
    assert reason in done.output


def test_figures_of_a_tiny_case() -> None:
    """Two of three right."""
    found = figures(["en", "en", "pl"], ["en", "lv", "pl"])
    assert found["accuracy"] == 0.6667
    assert found["languages"] == {
        "en": {"rows": 2, "accuracy": 0.5},
        "pl": {"rows": 1, "accuracy": 1.0},
    }
    assert found["confusion"] == {"en": {"en": 1, "lv": 1}, "pl": {"pl": 1}}


def test_what_says_nothing_is_in_the_default_language() -> None:
    """As a conversation's first "ok"."""
    assert likeliest({"en": 0.5, "lv": 0.5}, "lv") == "lv"
    assert likeliest({"en": 0.6, "lv": 0.4}, "lv") == "en"
