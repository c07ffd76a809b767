"""Settings: each is documented, each has a plain default, and a wrong one is one line that names
it, as the person at the terminal sees it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.config import Settings, SettingsError, load_settings
from bot.storage.database import Database, DatabaseError

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
NAMES = [name.upper() for name in Settings.model_fields]
DOCUMENTED = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))

# (what is set, what the one line says). The second column is held against the whole line.
WRONG = [
    ({"TELEGRAM_API_URL": "ftp://x"}, "TELEGRAM_API_URL: must be a web address"),
    ({"SLACK_API_URL": "slack.com/api"}, "SLACK_API_URL: must be a web address"),
    ({"TELEGRAM_WEBHOOK_URL": "bot.example.com"}, "TELEGRAM_WEBHOOK_URL: must be a web address"),
    ({"TELEGRAM_WEBHOOK_URL": "https://x.example"}, "TELEGRAM_WEBHOOK_SECRET: missing"),
    ({"TELEGRAM_WEBHOOK_SECRET": "with space"}, "TELEGRAM_WEBHOOK_SECRET: may hold only"),
    ({"REMEDY_WEBHOOK_URL": "http://shop.example"}, "REMEDY_WEBHOOK_URL: must be a web address"),
    ({"REMEDY_WEBHOOK_URL": "https://shop.example"}, "REMEDY_WEBHOOK_SECRET: missing"),
    ({"REMEDY_WEBHOOK_SECRET": "0123456789abcdef"}, "REMEDY_WEBHOOK_URL: missing"),
    ({"REMEDY_WEBHOOK_SECRET": "short"}, "REMEDY_WEBHOOK_SECRET: is too short; take 16"),
    ({"SLACK_DESK_CHANNEL": "#support"}, "SLACK_DESK_CHANNEL: '#support' is not a channel's id"),
    ({"TIMEZONE": "Mars/Olympus"}, "TIMEZONE: 'Mars/Olympus' is no time zone"),
    ({"DEFAULT_LANGUAGE": "xx"}, "DEFAULT_LANGUAGE: 'xx' is not one of"),
    ({"HTTP_PORT": "abc"}, "HTTP_PORT: 'abc' is no port"),
    ({"HTTP_PORT": "65536"}, "HTTP_PORT: '65536' is no port"),
    ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL: must begin with sqlite:/// or postgresql://"),
    ({"DATABASE_URL": "frontdesk.db"}, "DATABASE_URL: must begin with sqlite:/// or postgresql://"),
    ({"DATABASE_URL": "sqlite://frontdesk.db"}, "DATABASE_URL: SQLite needs a file"),
    ({"DATABASE_URL": "sqlite:////proc/no/x.db"}, "DATABASE_URL: the folder /proc/no cannot be"),
    ({"DATABASE_URL": "postgresql://u:p@h:abc/d"}, "DATABASE_URL: cannot be understood"),
    ({"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/d"}, "DATABASE_URL: the database cannot"),
    ({"KNOWLEDGE_BASE": "/no/such/folder"}, "KNOWLEDGE_BASE: The knowledge base /no/such/folder"),
]


Frontdesk = Callable[[tuple[str, ...], Mapping[str, str]], Result]


@pytest.fixture
def frontdesk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Frontdesk:
    """The command line in an empty folder, with these settings and no others."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return lambda words, env: CliRunner().invoke(app, words, env=env, catch_exceptions=False)


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    """`.env.example` lists exactly what the code reads."""
    assert sorted(DOCUMENTED) == sorted(NAMES)


def test_every_setting_has_a_sentence_of_its_own() -> None:
    """A plain sentence stands right above each name."""
    for name in NAMES:
        sentence = re.search(rf"^# (.+)\n#{name}=", EXAMPLE, re.MULTILINE)
        assert sentence is not None, name
        assert sentence[1].endswith("."), name


def test_the_example_shows_the_defaults() -> None:
    """What the example shows behind a name is what happens without it; empty means unset."""
    for name, field in Settings.model_fields.items():
        assert DOCUMENTED[name.upper()] == ("" if field.default is None else str(field.default))


def test_the_example_can_be_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copied to `.env`, even with every # before a name removed, it changes nothing."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / ".env"
    file.write_text(re.sub(r"^#([A-Z_]+=)", r"\1", EXAMPLE, flags=re.MULTILINE))
    assert load_settings(file).model_dump() == load_settings(None).model_dump()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_value_is_no_value(name: str, blank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`NAME=` in a container's environment is the same as leaving the name out."""
    for each in NAMES:
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, blank)
    field = name.lower()
    assert getattr(load_settings(None), field) == Settings.model_fields[field].default


def test_space_around_a_value_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token pasted with its line's end still works."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", " xoxb-1\n")
    monkeypatch.setenv("TIMEZONE", "Europe/Riga ")
    settings = load_settings(None)
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-1"
    assert settings.zone.key == "Europe/Riga"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_usual_ways_to_write_postgres_are_taken(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hosters hand out `postgres://…`, which SQLAlchemy itself refuses."""
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://ann:pw@db.example:5432/desk")
    url = load_settings(None).database_url
    assert url == "postgresql+psycopg://ann:pw@db.example:5432/desk"


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that are printed by accident hide their tokens."""
    for name in ("TELEGRAM_BOT_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        monkeypatch.setenv(name, "the-secret-itself")
    assert "the-secret-itself" not in repr(load_settings(None))


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    """A `.env` that an old editor saved in Latin-1 is one clear line."""
    file = tmp_path / ".env"
    file.write_bytes("TIMEZONE=Rīga".encode("cp1257"))
    with pytest.raises(SettingsError, match=r"\.env: is not UTF-8"):
        load_settings(file)


@pytest.mark.parametrize(("env", "said"), WRONG, ids=lambda value: str(value)[:50])
def test_a_wrong_value_is_one_line_that_names_it(
    env: dict[str, str], said: str, frontdesk: Frontdesk
) -> None:
    """No traceback, exit code 2, and no password in the line."""
    command = ("ask", "hello") if "KNOWLEDGE_BASE" in env else ("db", "upgrade")
    done = frontdesk(command, env)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"frontdesk: {said}")
    assert done.stderr.count("\n") == 1
    assert "secret@" not in done.stderr


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, "SLACK_DESK_CHANNEL"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}, "SLACK_DESK_CHANNEL"),
    ],
)
def test_run_names_what_is_missing(
    given: dict[str, str], missing: str, frontdesk: Frontdesk, tmp_path: Path
) -> None:
    """`frontdesk run` without a needed setting names it and starts nothing."""
    done = frontdesk(("run",), given)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"frontdesk: {missing}: missing")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_postgres_without_its_driver_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The driver is an extra; who needs it is told which."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseError, match=r"pip install 'frontdesk-bot\[postgres\]'"):
        Database("postgresql+psycopg://u:p@h/d")


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    """Two processes on one port: the second, a real one, says which setting to change."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        env = {key: value for key, value in os.environ.items() if key not in NAMES} | {
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_SIGNING_SECRET": "s",
            "SLACK_DESK_CHANNEL": "C1",
            "SLACK_API_URL": "http://127.0.0.1:1/",
            "HTTP_PORT": str(taken.getsockname()[1]),
            "KNOWLEDGE_BASE": str(ROOT / "knowledge_base"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", "run"],
            cwd=tmp_path, env=env, capture_output=True, text=True, timeout=50, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("frontdesk: HTTP_PORT: ")
    assert "Traceback" not in done.stderr
