"""`frontdesk doctor` against both stand-ins: green when all is well, and otherwise a sentence that
says what is missing and where to get it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.commands.doctor import examine, house
from bot.commands.doctor.embeddings import embeddings
from bot.commands.doctor.finding import Finding, guarded
from bot.commands.doctor.slack import SCOPES
from bot.config import Settings
from bot.playground.slack.server import SlackServer
from bot.playground.telegram.server import TelegramServer
from bot.storage.database import Database
from bot.storage.upgrade import upgrade
from tests.small_shop import write_small_shop

ROOT = Path(__file__).parent.parent
TOKEN = "1000001:a-telegram-token-of-no-real-bot"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(autouse=True)
def on_a_small_shop(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test does not say which knowledge base is meant, it is one soon looked through."""
    monkeypatch.setenv("KNOWLEDGE_BASE", str(shop))


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(token=TOKEN) as server:
        yield server


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer(scopes=set(SCOPES)) as server:
        server.user("Ivo", in_channels=[server.channel("desk")])
        yield server


def settings_for(
    telegram: TelegramServer, slack: SlackServer, url: str, **changes: Any
) -> Settings:
    """What a well set up shop has, with some of it changed."""
    return Settings(
        _env_file=None,
        **{
            "telegram_bot_token": TOKEN,
            "telegram_api_url": telegram.url,
            "slack_bot_token": slack.bot_token,
            "slack_app_token": slack.app_token,
            "slack_api_url": f"{slack.url}/api/",
            "slack_desk_channel": slack.channel("desk").id,
            "database_url": url,
            "timezone": "Europe/Riga",
            **changes,
        },
    )


def wrong(findings: list[Finding]) -> dict[str, str]:
    """What is wrong, as it would be printed, by what was looked at."""
    return {finding.what: str(finding) for finding in findings if finding.ok is False}


def remarks(findings: list[Finding]) -> dict[str, str]:
    return {finding.what: str(finding) for finding in findings if finding.ok is None}


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_shop_that_is_set_up_well_gets_a_clean_bill(
    telegram: TelegramServer, slack: SlackServer, database: Database
) -> None:
    """Everything is looked at, and everything is well; nothing is changed by looking."""
    url = database.url.render_as_string(hide_password=False)
    shipped = ROOT / "knowledge_base"
    findings = await examine(settings_for(telegram, slack, url, knowledge_base=shipped))
    assert [str(finding) for finding in findings if finding.ok is not True] == []
    looked_at = [finding.what for finding in findings]
    assert looked_at == [
        "time zone", "Telegram token", "clock against Telegram's", "Telegram updates",
        "Slack bot token", *(f"Slack scope {scope}" for scope in SCOPES), "clock against Slack's",
        "Slack desk channel",
        "people on the desk", "reading back the desk", "Slack app token", "database",
        "database tables", "knowledge base", "default language", "remedies",
    ]  # fmt: skip
    assert slack.messages("desk") == []
    assert telegram.calls("deleteWebhook") == telegram.calls("setWebhook") == []


async def test_nothing_set_at_all_says_what_to_get_and_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first thing a new owner may type: each missing piece with the place to get it."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    found = await examine(Settings(_env_file=None))
    said = wrong(found)
    assert "OAuth & Permissions" in said["Slack bot token"]
    assert "SLACK_DESK_CHANNEL" in said["Slack desk channel"]
    assert "connections:write" in said["Slack app token"]
    assert "KNOWLEDGE_BASE" in said["knowledge base"]
    assert "@BotFather" in remarks(found)["Telegram token"]
    assert "TIMEZONE=" in remarks(found)["time zone"]
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("scope", list(SCOPES))
async def test_every_missing_scope_is_named(
    scope: str, telegram: TelegramServer, sqlite_url: str
) -> None:
    """Without any one of the manifest's scopes, that one is named, with the way to add it."""
    async with SlackServer(scopes=set(SCOPES) - {scope}) as slack:
        slack.user("Ivo", in_channels=[slack.channel("desk")])
        said = wrong(await examine(settings_for(telegram, slack, sqlite_url)))
    words = said[f"Slack scope {scope}"]
    assert f"missing ({SCOPES[scope]}). Add" in words and "reinstall the app" in words


async def test_what_each_scope_is_for_is_said_and_which_none_needs(
    telegram: TelegramServer, sqlite_url: str
) -> None:
    """Also of those that are granted; one that is of no use may be taken away."""
    async with SlackServer(scopes={*SCOPES, "users:read.email"}) as slack:
        slack.user("Ivo", in_channels=[slack.channel("desk")])
        findings = await examine(settings_for(telegram, slack, sqlite_url))
    said = {finding.what: finding.detail for finding in findings}
    for scope, use in SCOPES.items():
        assert said[f"Slack scope {scope}"] == f"granted ({use})"
    assert "not needed: users:read.email" in remarks(findings)["Slack scopes"]


@pytest.mark.parametrize(
    ("change", "what", "says"),
    [
        ({"telegram_bot_token": "1:wrong"}, "Telegram token", "(Unauthorized). Get the token"),
        ({"slack_bot_token": "xoxb-wrong"}, "Slack bot token", "(invalid_auth). Copy the Bot"),
        ({"slack_bot_token": "xapp-playground"}, "Slack bot token", "(not_allowed_token_type)"),
        ({"slack_app_token": "xapp-wrong"}, "Slack app token", "make one with connections:write"),
        ({"slack_app_token": "xoxb-playground"}, "Slack app token", "(not_allowed_token_type)"),
        ({"slack_desk_channel": "C0NOWHERE"}, "Slack desk channel", "(channel_not_found)"),
        ({"slack_desk_channel": None}, "Slack desk channel", "missing"),
        ({"telegram_api_url": "http://127.0.0.1:1"}, "Telegram token", "api.telegram.org"),
        ({"slack_api_url": "http://127.0.0.1:1"}, "Slack bot token", "slack.com"),
        ({"slack_api_url": "http://127.0.0.1:1"}, "Slack app token", "slack.com"),
        ({"knowledge_base": Path("/no/where")}, "knowledge base", "does not exist"),
        ({"database_url": "postgresql+psycopg://u:pw@127.0.0.1:1/d"}, "database", "Check"),
        ({"database_url": "sqlite:////etc/passwd/desk.db"}, "database file", "may not be written"),
        ({"database_url": "sqlite:////etc"}, "database", "cannot be used"),
        ({"database_url": "postgresql+psycopg://u:pw@h:x/d"}, "database", "cannot be understood"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_said_and_hides_nothing_else(
    change: Mapping[str, Any],
    what: str,
    says: str,
    telegram: TelegramServer,
    slack: SlackServer,
    sqlite_url: str,
) -> None:
    """One thing is wrong: it is named with its remedy, the rest is still looked at, no token is
    shown."""
    findings = await examine(settings_for(telegram, slack, sqlite_url, **change))
    assert says in wrong(findings)[what]
    looked_at = {finding.what for finding in findings}
    assert looked_at >= {"time zone", "Telegram token", "Slack bot token", "Slack app token"}
    assert looked_at & {"database", "database file"}
    assert "knowledge base" in looked_at
    shown = "\n".join(map(str, findings))
    for secret in (TOKEN, "1:wrong", "xoxb-", "xapp-playground", "xapp-wrong", "u:pw"):
        assert secret not in shown.replace("begins with xoxb-", "")


async def test_a_desk_without_the_bot_is_named(
    telegram: TelegramServer, slack: SlackServer, sqlite_url: str
) -> None:
    """The commonest mistake: the channel is there, nobody invited the bot."""
    slack.remove_bot("desk")
    said = wrong(await examine(settings_for(telegram, slack, sqlite_url)))
    assert "the bot is not in #desk. Write /invite" in said["Slack desk channel"]


async def test_a_private_desk_without_the_bot_is_named(
    telegram: TelegramServer, slack: SlackServer, sqlite_url: str
) -> None:
    """A private channel that the bot is not in does not exist for it; inviting it is the way."""
    private = slack.channel("secret-desk", joined=False, private=True)
    settings = settings_for(telegram, slack, sqlite_url, slack_desk_channel=private.id)
    assert "/invite" in wrong(await examine(settings))["Slack desk channel"]


async def test_an_empty_desk_and_an_archived_one_are_named(
    telegram: TelegramServer, slack: SlackServer, sqlite_url: str
) -> None:
    """A desk at which nobody sits answers no customer; neither does an archived one."""
    alone = slack.channel("nobody-here")
    settings = settings_for(telegram, slack, sqlite_url, slack_desk_channel=alone.id)
    assert (
        "nobody but the bot is in #nobody-here"
        in wrong(await examine(settings))["people on the desk"]
    )
    slack.archive(alone)
    assert "is archived" in wrong(await examine(settings))["Slack desk channel"]


async def test_who_is_called_must_be_in_every_desk_channel(
    telegram: TelegramServer, slack: SlackServer, tmp_path: Path, sqlite_url: str
) -> None:
    """Who is on the rota or a supervisor and not in a desk channel is named, with where that
    stands: they would be paged, and could do nothing."""
    desk, billing = slack.channel("desk"), slack.channel("billing")
    olga, rita = slack.user("Olga", in_channels=[desk]), slack.user("Rita")
    folder = write_small_shop(tmp_path / "shop")
    (folder / "policy.yaml").write_text(
        f"complaints: {{roles: {{supervisor: {{people: [{rita.id}]}}}}}}\n"
        f"desk:\n  rota: [{{name: Olga, slack: {olga.id}}}]\n"
        f"  routes: [{{channel: {billing.id}, tags: [payment]}}]\n",
        "utf-8",
    )
    settings = settings_for(telegram, slack, sqlite_url, knowledge_base=folder)
    said = [str(each) for each in await examine(settings) if each.what == "supervisors at the desk"]
    assert f"not in #desk: {rita.id} (complaints: roles: supervisor). Write /invite" in said[0]
    assert f"Olga, {olga.id} (desk: rota)" in said[1] and f"{rita.id} (" in said[1]
    assert "not in #billing" in said[1] and "their buttons would not work" in said[1]
    slack.user("Olga", in_channels=[billing])
    slack.user("Rita", in_channels=[desk, billing])
    found = await examine(settings)
    said = [str(each) for each in found if each.what == "supervisors at the desk"]
    assert said == [
        f"ok    supervisors at the desk: all 2 are in #{n}" for n in ("desk", "billing")
    ]


async def test_threads_that_may_not_be_read_are_named(
    telegram: TelegramServer, slack: SlackServer, sqlite_url: str
) -> None:
    """Where a workspace keeps bots from reading threads, messages of an outage would be lost."""
    slack.user("Ivo").post("desk", "Good morning")
    settings = settings_for(telegram, slack, sqlite_url)
    assert "reading back the desk" not in wrong(await examine(settings))
    slack.fail_next("conversations.replies", error="not_allowed_token_type")
    assert "its threads may not" in wrong(await examine(settings))["reading back the desk"]
    slack.fail_next("conversations.history", error="missing_scope")
    assert "refused (missing_scope)" in wrong(await examine(settings))["reading back the desk"]


@pytest.mark.parametrize(("seconds", "way"), [(95, "fast"), (-95, "slow")])
async def test_a_clock_that_is_wrong_is_named(
    seconds: int, way: str, telegram: TelegramServer, slack: SlackServer, sqlite_url: str
) -> None:
    """Slack's signatures fail when the clock is off; nothing else would say why."""

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds)

    said = wrong(await examine(settings_for(telegram, slack, sqlite_url), clock))
    assert f"s {way}. Set this machine's clock" in said["clock against Slack's"]
    assert f"s {way}. Set this machine's clock" in said["clock against Telegram's"]


async def test_a_webhook_that_was_left_behind_is_a_remark(
    telegram: TelegramServer, slack: SlackServer, sqlite_url: str
) -> None:
    """Another program's webhook keeps polling from working; its host is named, its path may hold
    a secret and is not."""
    await _set_webhook(telegram, "http://127.0.0.1:9/hook-secret")
    telegram.customer().say("Anybody there?")
    said = remarks(await examine(settings_for(telegram, slack, sqlite_url)))["Telegram updates"]
    assert "a webhook to 127.0.0.1 is still set; 1 updates wait" in said
    assert "hook-secret" not in said


async def test_a_webhook_of_ours_that_fails_is_wrong(
    telegram: TelegramServer, slack: SlackServer, sqlite_url: str
) -> None:
    """Telegram says what went wrong when it called; that is passed on."""
    url = "http://127.0.0.1:9/telegram/webhook"
    settings = settings_for(
        telegram, slack, sqlite_url, telegram_webhook_url=url, telegram_webhook_secret="s"
    )
    before = remarks(await examine(settings))["Telegram updates"]
    assert "not set yet" in before
    await _set_webhook(telegram, url)
    telegram.customer().say("Anybody there?")
    deadline = time.monotonic() + 20
    while not (said := wrong(await examine(settings)).get("Telegram updates")):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert "Connection failed" in said
    assert "1 updates wait" in said


async def _set_webhook(telegram: TelegramServer, url: str) -> None:
    async with aiohttp.ClientSession() as http:
        address = f"{telegram.url}/bot{TOKEN}/setWebhook"
        async with http.post(address, data={"url": url}) as answer:
            assert answer.status == 200


async def test_http_mode_says_which_address_to_give_to_slack(
    telegram: TelegramServer, slack: SlackServer, sqlite_url: str
) -> None:
    """Without Socket Mode only Slack can try whether events arrive; where to, is said."""
    settings = settings_for(
        telegram, slack, sqlite_url, slack_app_token=None, slack_signing_secret="s"
    )
    findings = await examine(settings)
    assert wrong(findings) == {}
    assert "/slack/events to the app as request URL" in remarks(findings)["Slack app token"]


async def test_platforms_that_hang_or_talk_nonsense_are_named(sqlite_url: str) -> None:
    """A platform that accepts and never answers, and one that answers with a web page."""

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad\r\nContent-Length: 4\r\nConnection: close\r\n\r\n<h1>")
        await writer.drain()
        writer.close()

    gone = asyncio.Event()
    async with (
        await asyncio.start_server(hang, "127.0.0.1", 0) as slow,
        await asyncio.start_server(page, "127.0.0.1", 0) as broken,
    ):
        ports = [server.sockets[0].getsockname()[1] for server in (slow, broken)]
        settings = Settings(
            _env_file=None,
            telegram_bot_token="1:x",
            telegram_api_url=f"http://127.0.0.1:{ports[0]}",
            slack_bot_token="xoxb-1",
            slack_app_token="xapp-1",
            slack_api_url=f"http://127.0.0.1:{ports[1]}",
            slack_desk_channel="C1",
            database_url=sqlite_url,
        )
        said = wrong(await examine(settings, seconds=0.5))
        gone.set()
    assert "no answer in time" in said["Telegram token"]
    assert "HTTP 502" in said["Slack bot token"]
    assert "HTTP 502" in said["Slack app token"]


async def test_a_check_that_fails_or_hangs_is_a_finding() -> None:
    """Whatever happens inside a check, the others are still heard."""

    async def breaks() -> list[Finding]:
        raise RuntimeError("with a token in it: xoxb-1")

    async def hangs() -> list[Finding]:
        await asyncio.Event().wait()
        raise AssertionError

    assert await guarded("a", "Do it.", breaks, 1) == [
        Finding("a", False, "could not be checked (RuntimeError)", "Do it.")
    ]
    assert (await guarded("b", "", hangs, 0.01))[0].detail == "no answer within 0.01 s"


# --- the house -----------------------------------------------------------------------------------


async def test_a_database_of_another_version_is_told_apart(
    database: Database, telegram: TelegramServer, slack: SlackServer
) -> None:
    """An older one is brought up to date at the start; a newer one is not for this program."""
    url = database.url.render_as_string(hide_password=False)
    settings = settings_for(telegram, slack, url)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    assert "`frontdesk run` brings them up" in remarks(await examine(settings))["database tables"]
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert "at 9999" in wrong(await examine(settings))["database tables"]


def test_a_database_file_on_a_network_mount_is_remarked() -> None:
    """The longest mount point that holds the file decides."""
    mounts = "/dev/sda1 / ext4 rw 0 0\nnas:/x /srv nfs4 rw 0 0\n/dev/sdb /srv/fast xfs rw 0 0\n"
    slow = house.on_network(Path("/srv/desk.db"), mounts)
    assert slow[0].ok is None
    assert "network mount (nfs4)" in slow[0].detail
    assert house.on_network(Path("/srv/fast/desk.db"), mounts) == []
    assert house.on_network(Path("/home/desk.db"), mounts) == []
    assert house.on_network(Path("/home/desk.db"), "") == []


async def test_a_knowledge_base_that_is_read_only_is_remarked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It can be served; only articles made on the desk cannot be kept."""
    settings = Settings(_env_file=None, knowledge_base=ROOT / "knowledge_base")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    said = remarks(await house.knowledge(settings, datetime.now(UTC)))
    assert "cannot put anything there. Let the account" in said["knowledge base"]


def test_a_mistyped_setting_is_pointed_out(tmp_path: Path) -> None:
    """`SLACK_DESK_CHANEL` is silently nothing; the doctor asks what was meant."""
    env = tmp_path / ".env"
    env.write_text("# SLACK_NOTHING=1\nexport SLACK_DESK_CHANEL=C1\nTELEGRAM_BOT_TOKEN=1\nX=1\n")
    names = house.names_in_use(env)
    said = [str(each) for each in house.unknown_settings(names) if "CHANEL" in each.detail]
    assert said == [
        "note  settings: SLACK_DESK_CHANEL means nothing here. "
        'Write "SLACK_DESK_CHANNEL" if that is meant, else delete it.'
    ]
    assert "SLACK_NOTHING" not in names


@pytest.mark.parametrize(
    ("setting", "detail"),
    [
        ("/nope", "there is no folder /nope"),
        ("models/tiny", "there is no folder "),
        ("{folder}", "has no model.onnx and no tokenizer_config.json"),
    ],
)
async def test_a_sentence_model_that_cannot_be_had(
    setting: str, detail: str, tmp_path: Path
) -> None:
    """Said before a start would say so; without the setting there is nothing to look at."""
    pytest.importorskip("fastembed")
    (tmp_path / "tokenizer.json").touch()
    named = setting.format(folder=tmp_path)
    (finding,) = await embeddings(Settings(_env_file=None, embeddings=named))
    assert finding.ok is False
    assert detail in finding.detail
    assert finding.do
    assert await embeddings(Settings(_env_file=None)) == []


async def test_a_sentence_model_without_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting is there, the library is not: the command that installs it."""
    monkeypatch.setitem(sys.modules, "fastembed", None)
    for name in ("model.onnx", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).touch()
    (finding,) = await embeddings(Settings(_env_file=None, embeddings=str(tmp_path)))
    assert finding.detail == "the extra is not installed"
    assert finding.do == "Run pip install 'frontdesk-bot[embeddings]'."


async def test_a_sentence_model_that_is_there(tmp_path: Path) -> None:
    """What is needed lies in the folder; whether it works, the start of the bot shows."""
    pytest.importorskip("fastembed")
    for name in ("model.onnx", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).touch()
    (finding,) = await embeddings(Settings(_env_file=None, embeddings=str(tmp_path)))
    assert (finding.ok, finding.detail) == (True, f"model.onnx in {tmp_path}")


async def test_a_broken_knowledge_base_names_the_first_fault(
    tmp_path: Path, telegram: TelegramServer, slack: SlackServer, sqlite_url: str
) -> None:
    """The first error is shown with its file and line, and where the others are listed."""
    folder = tmp_path / "kb"
    (folder / "articles" / "lv").mkdir(parents=True)
    (folder / "articles" / "lv" / "good.md").write_text("---\ntitle: Labi?\n---\nJā.\n")
    (folder / "articles" / "lv" / "bad.md").write_text("---\ntitel: Slikti?\n---\nNē.\n")
    settings = settings_for(telegram, slack, sqlite_url, knowledge_base=folder)
    said = wrong(await examine(settings))
    assert "errors, the first: " in said["knowledge base"]
    assert "See `frontdesk kb check`" in said["knowledge base"]
    assert "default language" in said
    assert "en.yaml" in " ".join(str(f) for f in await examine(settings) if f.ok is False)


async def test_a_policy_that_cannot_be_used_is_named(
    telegram: TelegramServer, slack: SlackServer, tmp_path: Path, sqlite_url: str
) -> None:
    """After a restart nobody would be a supervisor, and no word would bring a person."""
    folder = write_small_shop(tmp_path / "shop")
    (folder / "policy.yaml").write_text("precision: very\n", "utf-8")
    findings = await examine(settings_for(telegram, slack, sqlite_url, knowledge_base=folder))
    assert "no supervisors" in wrong(findings)["policy"]


def test_a_finding_is_one_line() -> None:
    """However many lines a message has, a finding has one; its mark says how it is."""
    assert str(Finding("x", True, "well")) == "ok    x: well"
    assert str(Finding("x", None, "a\nb", "Do\nthat.")) == "note  x: a b. Do that."
    assert str(Finding("x", False, "no", "Do that.")).startswith("FAIL  x")


async def test_the_first_start_makes_the_database_not_the_doctor(
    telegram: TelegramServer, slack: SlackServer, tmp_path: Path
) -> None:
    """Before the first start the file is announced; after it, the file itself is looked at."""
    url = f"sqlite:///{tmp_path}/frontdesk.db"
    settings = settings_for(telegram, slack, url)
    before = {finding.what for finding in await examine(settings)}
    database = Database(url)
    upgrade(database)
    database.close()
    after = {finding.what for finding in await examine(settings)}
    assert before - after == {"database file"}
    assert after - before == {"database", "database tables"}


def test_a_sentence_ends_once() -> None:
    """However the detail ends, what to do follows after one full stop."""
    assert str(Finding("file", False, "It is broken.", "Mend it.")) == (
        "FAIL  file: It is broken. Mend it."
    )
