"""The command line, as an owner types it: what is printed, and how it ends. Exit codes: 0 all is
well, 1 something is wrong, 2 it could not be tried."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.config import Settings
from tests.conftest import KNOWLEDGE_BASE, ROOT, shipped_mind
from tests.small_shop import write_small_shop

HEADER = "order,contact,channel,chat_id,product,bought_at,delivered_at\n"
ROW = "HB-1,Ann,telegram,123,Tent,2026-11-01,2026-11-05\n"
COMMANDS = [
    "run", "demo", "chat", "ask", "kb check", "kb eval", "kb gaps", "kb suggest",
    "language eval", "doctor", "purchases import", "codes", "codes import", "db upgrade",
]  # fmt: skip

Frontdesk = Callable[..., Result]


@pytest.fixture
def frontdesk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Frontdesk:
    """Runs a command in an empty folder, on the shipped knowledge base unless told otherwise."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("KNOWLEDGE_BASE", str(KNOWLEDGE_BASE))
    monkeypatch.chdir(tmp_path)

    def run(*words: str, input: str = "", **env: str) -> Result:
        return CliRunner().invoke(app, list(words), input=input, env=env, catch_exceptions=False)

    return run


# --- help ----------------------------------------------------------------------------------------


def test_help_shows_every_command_with_a_whole_sentence(frontdesk: Frontdesk) -> None:
    """`frontdesk --help` fits a terminal, and no sentence ends in dots."""
    done = frontdesk("--help")
    assert done.exit_code == 0
    for command in COMMANDS:
        assert f"\n  {command.split()[0]} " in done.output
    assert "..." not in done.output.partition("Commands:")[2]
    assert max(map(len, done.output.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, frontdesk: Frontdesk) -> None:
    """A sentence, and what may be given; no markup, no Python."""
    done = frontdesk(*command.split(), "--help")
    assert done.exit_code == 0
    assert done.output.startswith(f"Usage: frontdesk {command}")
    assert "--help" in done.output
    assert "``" not in done.output


@pytest.mark.parametrize("words", [[], ["kb"], ["nonsense"], ["ask"], ["ask", "hi", "--nope"]])
def test_a_command_that_is_not_one_ends_with_two(words: list[str], frontdesk: Frontdesk) -> None:
    """Whoever mistypes is shown how, and a script notices."""
    done = frontdesk(*words)
    assert done.exit_code == 2
    assert "Usage: frontdesk" in done.output


def test_what_understands_no_text_loads_no_linear_algebra(tmp_path: Path) -> None:
    """Numeric libraries cost half a second and tens of megabytes: only commands that need them
    pay. The process itself does not pay before it listens."""
    (tmp_path / "some.csv").write_text(HEADER + ROW)
    code = (
        "import sys, contextlib\n"
        "import bot.app\n"
        "from bot.cli import app\n"
        "for command in ('--help', 'doctor', 'db upgrade', 'purchases import some.csv'):\n"
        "    with contextlib.suppress(SystemExit):\n"
        "        app(command.split())\n"
        "    heavy = {'numpy', 'scipy', 'lingua', 'fastembed', 'tantivy'} & set(sys.modules)\n"
        "    if heavy:\n"
        "        sys.exit(f'{command} loaded: {heavy}')\n"
    )
    env = {"PYTHONPATH": str(ROOT), "KNOWLEDGE_BASE": str(KNOWLEDGE_BASE)}
    env |= {"SLACK_DESK_CHANNEL": "C0123456789"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_python_dash_m_works_too(tmp_path: Path) -> None:
    """`python -m bot.cli` is the same program, where the script is not on the path."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "--help"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        timeout=50,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: ")


# --- ask -----------------------------------------------------------------------------------------


@pytest.fixture
def ask(frontdesk: Frontdesk, understood_once: None) -> Frontdesk:
    """`frontdesk ask`; the shipped knowledge base is understood once for all these tests."""
    return functools.partial(frontdesk, "ask")


@pytest.mark.parametrize(
    ("language", "question", "article"),
    [
        ("en", "How do I return something I bought?", "return-an-item"),
        ("ru", "Как вернуть покупку?", "return-an-item"),
        ("tr", "Aldığım ürünü nasıl iade ederim?", "return-an-item"),
        ("lv", "Kā atgriezt pirkumu?", "return-an-item"),
        ("pl", "Jak zwrócić zakup?", "return-an-item"),
    ],
)
def test_ask_says_what_would_be_decided_and_why(
    language: str, question: str, article: str, ask: Frontdesk
) -> None:
    """In JSON: outcome, language, the reply, matches with scores best first, and the reasons."""
    done = ask(question, "--json")
    assert done.exit_code == 0
    answer: dict[str, Any] = json.loads(done.output)
    assert (answer["outcome"], answer["language"], answer["article"]) == (
        "answered", language, article,
    )  # fmt: skip
    scores = [match["score"] for match in answer["matches"]]
    assert scores == sorted(scores, reverse=True)
    assert answer["matches"][0]["article"] == article
    assert all(0 <= score <= 1 for score in scores)
    assert answer["why"]
    assert answer["reply"]


def test_ask_for_a_person_to_read(frontdesk: Frontdesk, tmp_path: Path) -> None:
    """Without --json: the outcome and why, the reply, its buttons, and the nearest articles; from
    the folder to the last line."""
    folder = write_small_shop(tmp_path / "kb")
    done = frontdesk("ask", "How do I return something I bought?", KNOWLEDGE_BASE=str(folder))
    first, *rest = done.output.splitlines()
    assert first.startswith("answered (en): best match ")
    assert "  [👍]" in rest
    assert any(line.endswith("return-an-item (How do I return something I bought?)")
               for line in rest)  # fmt: skip
    assert "<" not in done.output
    assert "**" not in done.output


@pytest.mark.parametrize(
    "question",
    ["qwrtp zxcvb", "", "   ", "???", "😀" * 50, "a" * 4096, "qwzx " * 800, "[](<>)*_`~|#", "\x00"],
    ids=["nonsense", "empty", "blank", "signs", "emoji", "4096", "long", "markup", "zero"],
)
def test_ask_anything(question: str, ask: Frontdesk) -> None:
    """Nothing that a customer may write breaks it; what means nothing is not answered."""
    done = ask(question, "--json")
    assert done.exit_code == 0
    answer = json.loads(done.output)
    assert answer["outcome"] in {"rephrase", "clarified", "greeted"}
    assert all(match["score"] > 0 for match in answer["matches"])


def test_ask_in_a_language_of_the_conversation(ask: Frontdesk) -> None:
    """--lang is the customer's choice: the answer is in that language, whatever the question's."""
    done = ask("How do I return something I bought?", "--lang", "lv", "--json")
    assert json.loads(done.output)["language"] == "lv"


def test_ask_in_a_language_that_is_not_spoken(ask: Frontdesk) -> None:
    """A language without articles is refused, with those there are."""
    done = ask("Hallo", "--lang", "de")
    assert done.exit_code == 2
    assert "--lang de: the knowledge base speaks en, lv, pl, ru, tr" in done.stderr


def test_ask_with_a_complaint_shows_how_it_would_be_acknowledged(ask: Frontdesk) -> None:
    """Its severity, and the words with everything but the number; for people, too."""
    answer = json.loads(ask("I want to make a complaint", "--json").output)
    assert answer["complains"] in {"normal", "high"}
    assert "C-…" in answer["reply"]
    assert "{" not in answer["reply"]
    said = ask("I want to make a complaint").output
    assert "complaint C-…" in said
    assert "complaint: would be opened, severity" in said
    assert json.loads(ask("I want to talk to a human", "--json").output)["complains"] is None


def test_ask_for_a_person_is_a_handoff(ask: Frontdesk) -> None:
    """The reason's code is there for machines."""
    answer = json.loads(ask("I want to talk to a human", "--json").output)
    assert (answer["outcome"], answer["handoff"]) == ("handed_off", "asked")
    assert answer["heard"] == ["human"]


# --- kb check ------------------------------------------------------------------------------------


def test_the_shipped_knowledge_base_is_sound(
    frontdesk: Frontdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What we ship has no errors."""
    indexes = shipped_mind(date.min).understanding._indexes  # built for all tests
    monkeypatch.setattr("bot.commands.kb_check.indexes_of", lambda *_: indexes)
    done = frontdesk("kb", "check")
    assert done.exit_code == 0, done.output
    assert "articles in 5 languages: 0 errors" in done.output


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A sound folder with one bad article and one bad pattern put in, and one to be reviewed."""
    folder = write_small_shop(tmp_path / "kb")
    review = folder / "review" / "en" / "dogs.md"
    review.parent.mkdir(parents=True)
    review.write_text("---\ntitle: Dogs\n---\nYes.\n")
    article = folder / "articles" / "en" / "broken.md"
    article.write_text("---\ntitle: Broken\nhandof: never\n---\nText.\n")
    phrases = folder / "phrases" / "en.yaml"
    text = phrases.read_text(encoding="utf-8")
    phrases.write_text(text.replace('- "=hello"\n', '- "=hello |"\n', 1), encoding="utf-8")
    return folder


def test_a_fault_is_shown_with_file_line_and_what_to_do(broken: Path, frontdesk: Frontdesk) -> None:
    """Each fault is one line that an editor can jump to."""
    done = frontdesk("kb", "check", KNOWLEDGE_BASE=str(broken))
    assert done.exit_code == 1
    faults = [line for line in done.output.splitlines() if line.startswith("error: ")]
    assert any("articles/en/broken.md:3: " in line for line in faults)
    text = (broken / "phrases" / "en.yaml").read_text(encoding="utf-8")
    line_of_pattern = text.partition('"=hello |"')[0].count("\n") + 1
    assert any(f"phrases/en.yaml:{line_of_pattern}: " in line for line in faults)
    assert all(". Do: " in line and line.endswith(".") for line in faults)
    assert "note: kb/review/en/dogs.md: an article from the desk waits here" in done.output


def test_faults_for_programs(broken: Path, frontdesk: Frontdesk) -> None:
    """--json gives each fault's parts."""
    done = frontdesk("kb", "check", "--json", KNOWLEDGE_BASE=str(broken))
    assert done.exit_code == 1
    rows = json.loads(done.output)
    assert {"path", "line", "level", "what", "do"} == set(rows[0])
    assert any(row["path"].endswith("broken.md") and row["line"] == 3 for row in rows)


def test_a_folder_that_is_not_there(frontdesk: Frontdesk) -> None:
    """It could not be tried: exit code 2, and which setting to correct."""
    done = frontdesk("kb", "check", KNOWLEDGE_BASE="nowhere")
    assert done.exit_code == 2
    assert done.stderr.startswith("frontdesk: KNOWLEDGE_BASE: ")


# --- db upgrade ----------------------------------------------------------------------------------


def test_the_database_is_brought_up_to_date_once(frontdesk: Frontdesk, tmp_path: Path) -> None:
    """Twice is as good as once."""
    url = f"sqlite:///{tmp_path}/new.db"
    first, second = (frontdesk("db", "upgrade", DATABASE_URL=url) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output.startswith("empty → ")
    assert second.output.strip().endswith(" already")


def test_tables_that_are_there_are_left(postgres_url: str, frontdesk: Frontdesk) -> None:
    """On PostgreSQL, too."""
    done = frontdesk("db", "upgrade", DATABASE_URL=postgres_url)
    assert done.exit_code == 0
    assert done.output.strip().endswith(" already")


def test_an_import_says_what_waits_for_a_delivery(frontdesk: Frontdesk, tmp_path: Path) -> None:
    """Nothing is planned for a parcel that is under way, and nobody need wonder why."""
    file = tmp_path / "sold.csv"
    file.write_text(HEADER + "HB-1,Ann,telegram,123,Tent,2026-11-01,\n")
    done = frontdesk("purchases", "import", str(file), DATABASE_URL=f"sqlite:///{tmp_path}/p.db")
    assert "1 without a delivery date yet" in done.output


# --- what it cannot start with ------------------------------------------------------------------


@pytest.mark.parametrize("command", ["run", "db upgrade", "complaints", "codes"])
def test_a_file_that_is_no_database_is_named(
    command: str, frontdesk: Frontdesk, tmp_path: Path
) -> None:
    """Somebody's file is not overwritten, and no traceback is shown."""
    (tmp_path / "notes.txt").write_text("Remember the milk, and many other things")
    url = "sqlite:///notes.txt"
    slack = {"SLACK_BOT_TOKEN": "x", "SLACK_APP_TOKEN": "y", "SLACK_DESK_CHANNEL": "C1"}
    done = frontdesk(*command.split(), DATABASE_URL=url, **slack)
    assert done.exit_code == 2
    assert done.output == (
        "frontdesk: DATABASE_URL: notes.txt is not a SQLite database; "
        "move it away or name another file\n"
    )
    said = frontdesk("doctor", DATABASE_URL=url).output
    assert "FAIL  database: notes.txt is not a SQLite database" in said


def test_a_misspelt_setting_is_pointed_out(frontdesk: Frontdesk) -> None:
    """What is missing is often there under a name that means nothing."""
    done = frontdesk("run", SLACK_BOT_TOKN="xoxb-1")
    assert done.exit_code == 2
    assert "SLACK_BOT_TOKEN: missing" in done.output
    assert "SLACK_BOT_TOKN means nothing here" in done.output


def test_the_doctor_lists_every_wrong_setting(frontdesk: Frontdesk) -> None:
    """One run, one list; not one after the other."""
    done = frontdesk("doctor", TIMEZONE="Riga", HTTP_PORT="many")
    assert done.exit_code == 1
    assert "TIMEZONE: 'Riga' is no time zone" in done.output
    assert "HTTP_PORT: 'many' is no port" in done.output


# --- purchases import ----------------------------------------------------------------------------


def test_purchases_are_imported_once(
    database_url: str, tmp_path: Path, frontdesk: Frontdesk
) -> None:
    """A file may come every night; what is new is counted, for people and for programs."""
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + ROW, encoding="utf-8-sig")
    first = frontdesk("purchases", "import", str(file), DATABASE_URL=database_url)
    assert first.exit_code == 0
    assert first.output.strip() == "1 new, 0 known; 1 follow-up planned"
    second = frontdesk("purchases", "import", str(file), "--json", DATABASE_URL=database_url)
    assert json.loads(second.output) == {"new": 0, "known": 1, "planned": 0}


def test_a_wrong_purchase_stops_the_whole_file(tmp_path: Path, frontdesk: Frontdesk) -> None:
    """Every fault with its line, and a clear word that nothing was done; exit code 1."""
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + ROW + "HB-2,Ann,fax,123,Tent,2026-11-01,\n,,,,,,\n")
    done = frontdesk("purchases", "import", str(file))
    assert done.exit_code == 1
    lines = done.stderr.splitlines()
    assert lines[0].startswith(f"{file}: line 3: channel is 'fax'")
    assert lines[1].startswith(f"{file}: line 4: ")
    assert lines[2] == "nothing was imported"
    assert not (tmp_path / "frontdesk.db").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), ("Rīga".encode("cp1257"), "is not UTF-8; in Excel")],
)
def test_a_file_that_cannot_be_read(
    content: bytes | None, says: str, tmp_path: Path, frontdesk: Frontdesk
) -> None:
    """A wrong name, or another encoding: one line that names the file."""
    file = tmp_path / "orders.csv"
    if content is not None:
        file.write_bytes(content)
    done = frontdesk("purchases", "import", str(file))
    assert done.exit_code == 2
    assert done.stderr.startswith(f"frontdesk: {file}: {says}")


# --- chat, run, doctor ---------------------------------------------------------------------------


def test_a_chat_through_a_pipe(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Lines in, answers out, in order; it ends by itself when the input ends, and leaves nothing
    behind."""
    folder = write_small_shop(tmp_path_factory.mktemp("kb"))
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "chat", "--name", "Ann"],
        input="hello\n\nHow do I return something I bought?\nI want a human\nIt is urgent\n",
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "KNOWLEDGE_BASE": str(folder)},
        capture_output=True, text=True, check=False, timeout=50,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout
    parts = ["You are the customer", "bot> Hello, Ann!", "30 days", "bot> All right, Ann"]
    assert sorted(parts, key=said.index) == parts
    assert "desk> #1 Ann" in said
    assert "It is urgent" in said.partition("desk> #1")[2]
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_run_without_settings_says_what_is_missing(frontdesk: Frontdesk, tmp_path: Path) -> None:
    """And where one can try it without any."""
    done = frontdesk("run")
    assert done.exit_code == 2
    assert done.stderr.startswith("frontdesk: SLACK_BOT_TOKEN: missing")
    assert "frontdesk demo" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_doctor_without_settings_says_what_is_missing(frontdesk: Frontdesk, tmp_path: Path) -> None:
    """One line for each thing, exit code 1; with --json the same for programs."""
    done = frontdesk("doctor")
    assert done.exit_code == 1
    assert "FAIL  Slack bot token: missing" in done.output
    rows = json.loads(frontdesk("doctor", "--json").output)
    assert len(rows) == len(done.output.splitlines())
    assert all(set(row) == {"what", "ok", "detail", "do"} for row in rows)
    assert list(tmp_path.iterdir()) == []
