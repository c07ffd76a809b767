"""`frontdesk mood eval`: how well moods are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.commands.csv_rows import read_rows
from bot.commands.mood_figures import Felt, figures
from bot.config import Settings
from tests.small_shop import write_small_shop

ROWS = [
    ("Third time I write and nobody answers, this is ridiculous!!!", "en", "1"),
    ("What are your opening hours?", "en", "0"),
    ("Это просто издевательство, верните деньги", "", "1"),
    ("", "en", "0"),
    ("😡😡😡", "", ""),
    ("zgubiła się paczka, gdzie to zgłosić?", "pl-PL", "0"),
    ("a" * 4096, "", ""),
    ("これは何ですか", "ja", ""),
]

Evaluate = Callable[..., Result]


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """Runs the command in an empty folder, on a small shop in five languages."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    shop = write_small_shop(tmp_path / "five", ("en", "ru", "tr", "lv", "pl"))
    monkeypatch.setenv("KNOWLEDGE_BASE", str(shop))
    monkeypatch.chdir(tmp_path)
    rows = "".join(f'"{text}",{lang},{label}\n' for text, lang, label in ROWS)
    Path("texts.csv").write_text(f"text,lang,label\n{rows}", "utf-8")

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["mood", "eval", *words], catch_exceptions=False)

    return run


def test_every_row_is_answered_in_its_place(evaluate: Evaluate) -> None:
    """Whatever it holds; a language that was not written is found out."""
    done = evaluate("texts.csv", "--predictions", "out.csv", "--json")
    assert done.exit_code == 0
    rows = read_rows(Path("out.csv"), ("text", "lang", "score", "needs_human"))
    assert [row["text"] for row in rows] == [text for text, _, _ in ROWS]
    assert [row["lang"] for row in rows[:6]] == ["en", "en", "ru", "en", "en", "pl-PL"]
    assert all(0.0 <= float(row["score"]) <= 1.0 for row in rows)
    assert [row["needs_human"] for row in rows[:4]] == ["1", "0", "1", "0"]
    found = json.loads(done.output)
    assert (found["rows"], found["labelled"], found["upset"]) == (8, 5, 2)
    assert found["auroc"] == 1.0
    assert found["recall"] == 1.0
    assert found["languages"]["ru"]["rows"] == 1
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p99"]


def test_without_labels_there_are_scores_and_no_figures(evaluate: Evaluate) -> None:
    Path("bare.csv").write_text("text\nwhere is my order\n", "utf-8")
    done = evaluate("bare.csv", "--predictions", "out.csv", "--json")
    found = json.loads(done.output)
    assert (found["labelled"], found["auroc"], found["f1"]) == (0, None, None)
    assert read_rows(Path("out.csv"), ("text", "lang"))[0]["lang"] == "en"


def test_a_pattern_with_a_mistake_silences_nothing(
    evaluate: Evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left out, as it is when customers are listened to; the other patterns are heard."""
    shop = write_small_shop(tmp_path / "shop")
    phrases = shop / "phrases" / "en.yaml"
    text = phrases.read_text("utf-8")
    assert "\n  upset:\n" in text
    broken = text.replace("\n  upset:\n", '\n  upset:\n    - "***"\n    - "grumblefish"\n')
    phrases.write_text(broken, "utf-8")
    monkeypatch.setenv("KNOWLEDGE_BASE", str(shop))
    Path("bare.csv").write_text("text,lang\ngrumblefish,en\n", "utf-8")
    assert evaluate("bare.csv", "--predictions", "out.csv").exit_code == 0
    assert float(read_rows(Path("out.csv"), ("score",))[0]["score"]) >= 0.55


@pytest.mark.parametrize("language", ["klingon", "xx", "sw", "?"])
def test_a_language_that_cannot_be_told_is_found_out(evaluate: Evaluate, language: str) -> None:
    """Such a row is scored as if nothing were written; it is counted under what was written."""
    text = "Third time I write and nobody answers this is ridiculous"
    Path("odd.csv").write_text(f"text,lang\n{text},{language}\n{text},\n", "utf-8")
    found = json.loads(evaluate("odd.csv", "--predictions", "out.csv", "--json").output)
    odd, bare = read_rows(Path("out.csv"), ("lang", "score"))
    assert (odd["lang"], bare["lang"]) == (language, "en")
    assert odd["score"] == bare["score"]
    assert set(found["languages"]) == {language, "en"}


def test_for_people_it_is_a_table(evaluate: Evaluate) -> None:
    done = evaluate("texts.csv")
    assert "need a person" in done.output
    assert "false alarms" in done.output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,lang,label\nhello,en,yes\n", "wrong.csv:2: the label 'yes' is neither 0 nor 1"),
        ("words,lang\nhello,en\n", "the column text is missing"),
        ("text,lang\n", "no rows"),
    ],
)
def test_a_wrong_file_is_named_by_its_line(evaluate: Evaluate, content: str, said: str) -> None:
    Path("wrong.csv").write_text(content, "utf-8")
    done = evaluate("wrong.csv")
    assert done.exit_code == 2
    assert said in done.output


def test_predictions_never_overwrite_the_texts(evaluate: Evaluate) -> None:
    assert evaluate("texts.csv", "--predictions", "texts.csv").exit_code == 2


def test_figures_are_of_the_rows_that_have_a_label() -> None:
    rows = [
        Felt("en", 0.9, True), Felt("en", 0.8, False), Felt("en", 0.7, True),
        Felt("pl", 0.1, False), Felt("pl", 0.99),
    ]  # fmt: skip
    found = figures(rows, 0.75)
    assert (found["rows"], found["needs_human"], found["labelled"]) == (5, 3, 4)
    assert (found["precision"], found["recall"], found["f1"]) == (0.5, 0.5, 0.5)
    assert (found["auroc"], found["false_alarms"]) == (0.75, 0.5)
    assert found["languages"]["pl"]["auroc"] is None
