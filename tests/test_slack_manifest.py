"""The Slack app that the manifest describes can do what the code does, and nothing more."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.commands.doctor import examine
from bot.commands.doctor.slack import SCOPES
from bot.config import Settings
from bot.playground.slack.server import SlackServer, SlackUser
from bot.playground.slack.values import Channel, Message
from bot.playground.slack.web import METHODS
from bot.playground.telegram.server import TelegramServer
from bot.stage import DESK, TELEGRAM_TOKEN, Stage, build_stage
from tests.conftest import KNOWLEDGE_BASE, ROOT, shipped_mind

MANIFEST: dict[str, Any] = yaml.safe_load(
    (ROOT / "docs" / "slack-app-manifest.yaml").read_text(encoding="utf-8")
)
GRANTED: list[str] = MANIFEST["oauth_config"]["scopes"]["bot"]
EVENTS: list[str] = MANIFEST["settings"]["event_subscriptions"]["bot_events"]

# What each kind of event needs before Slack accepts the subscription.
NEEDED_BY_EVENT = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}
PATIENCE = 20.0


def methods_called() -> set[str]:
    """Every Web API method that the source of the Slack channel and of the doctor names."""
    names = {name.replace(".", "_").lower(): name for name in METHODS}
    found = set()
    for folder, pattern in (("channels", "slack*.py"), ("commands/doctor", "slack.py")):
        for path in (ROOT / "bot" / folder).glob(pattern):
            text = path.read_text(encoding="utf-8")
            called = re.findall(r"self\._?client\.([a-z_]+_[A-Za-z_]+)\(", text)
            found |= {names.get(name.lower(), name) for name in called}
            found |= set(re.findall(r'"([a-z]+(?:\.[a-zA-Z]+)+)"', text)) & set(METHODS)
    return found


def test_the_manifest_is_one_that_slack_takes() -> None:
    """Direct messages are open, buttons work, Socket Mode is on, and no token expires."""
    home, settings = MANIFEST["features"]["app_home"], MANIFEST["settings"]
    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is False
    assert MANIFEST["features"]["bot_user"]["display_name"]
    assert len(MANIFEST["display_information"]["name"]) <= 35
    assert len(MANIFEST["display_information"]["description"]) <= 140
    assert settings["interactivity"]["is_enabled"] is True
    assert settings["socket_mode_enabled"] is True
    assert settings["token_rotation_enabled"] is False
    assert set(MANIFEST) == {"display_information", "features", "oauth_config", "settings"}


def test_the_events_are_those_the_code_reads_and_may_be_subscribed() -> None:
    """Each event's scope is asked for; Slack refuses the manifest otherwise."""
    assert sorted(EVENTS) == sorted(NEEDED_BY_EVENT)
    assert {NEEDED_BY_EVENT[event] for event in EVENTS} <= set(GRANTED)


def test_the_doctor_asks_for_what_the_manifest_asks_for() -> None:
    """The doctor's list and the manifest's are one."""
    assert sorted(GRANTED) == sorted(SCOPES)
    assert len(GRANTED) == len(set(GRANTED))


def test_every_method_in_the_source_is_one_that_the_stand_in_knows() -> None:
    """A method that the code begins to use must be known, with its scope, to the stand-in."""
    assert methods_called() <= set(METHODS)
    assert len(methods_called()) > 8


@pytest.mark.parametrize("private", [False, True], ids=["public desk", "private desk"])
async def test_the_whole_life_of_a_ticket_needs_no_other_scope(
    private: bool, sqlite_url: str
) -> None:
    """With the manifest's scopes alone: direct message, mention, claim, reply, receipt, refusal, a
    form, what was missed, resolve, and a doctor who finds nothing wrong. Every method that the
    source names has been called by then, and none was refused for a scope."""
    async with TelegramServer(TELEGRAM_TOKEN) as telegram, SlackServer(scopes=GRANTED) as slack:
        desk = slack.channel(DESK, private=private)
        ivo = slack.user("Ivo Ozols", in_channels=[desk])
        stranger = slack.user("Otto Outsider", in_channels=["general"])
        maria = slack.user("Maria", in_channels=["general"])
        async with running(telegram, slack, sqlite_url):
            maria.mention("general", "Can I talk to a human please")
            await card(slack, desk, 1)
            maria.dm("I want to talk to a human")
            second = await card(slack, desk, 2)
            await ivo.click(second, "claim")
            await told(slack, maria, "Ivo")
            reply = ivo.reply(desk, second.ts, "Good morning, what is it?")
            await told(slack, maria, "what is it?")
            await slack.wait_for(lambda: reactions(slack, desk, second, reply), PATIENCE)
            await stranger.click(second, "resolve")
            await slack.wait_for(lambda: slack.dm_messages(stranger), PATIENCE)
            await ivo.click(second, "claim")
            await slack.wait_for(lambda: slack.ephemerals(ivo), PATIENCE)
            await ivo.click(second, "complaint")
            await slack.wait_for(lambda: ivo.modals, PATIENCE)
        maria.dm("My tent leaks, you know")  # nobody hears this
        async with running(telegram, slack, sqlite_url):
            await slack.wait_for(lambda: said_in(slack, desk, second, "My tent leaks"), PATIENCE)
            await ivo.click(second, "resolve")
            await slack.wait_for(
                lambda: "Resolved" in slack.workspace.message(desk, second.ts).text, PATIENCE
            )
            findings = await examine(settings_of(telegram, slack, desk, sqlite_url))
    assert [str(finding) for finding in findings if finding.ok is False] == []
    refused = {(call.method, call.result.get("needed")) for call in slack.requests
               if call.result.get("error") == "missing_scope"}  # fmt: skip
    assert refused == set()
    assert methods_called() - {call.method for call in slack.requests} == set()


@asynccontextmanager
async def running(
    telegram: TelegramServer, slack: SlackServer, database_url: str
) -> AsyncIterator[Stage]:
    """Frontdesk, started and stopped on a database that stays."""
    stage = build_stage(telegram, slack, database_url, KNOWLEDGE_BASE)
    stage.app.mind = await asyncio.to_thread(shipped_mind, stage.clock().date())
    for channel in stage.app.channels:
        channel.pace = channel.rate = 0.0
    await stage.start()
    try:
        await slack.wait_for(lambda: slack.sockets.count, PATIENCE)
        yield stage
    finally:
        await stage.end()


def settings_of(
    telegram: TelegramServer, slack: SlackServer, desk: Channel, database_url: str
) -> Settings:
    return Settings(
        _env_file=None,
        telegram_bot_token=TELEGRAM_TOKEN,
        telegram_api_url=telegram.url,
        slack_bot_token=slack.bot_token,
        slack_app_token=slack.app_token,
        slack_api_url=f"{slack.url}/api/",
        slack_desk_channel=desk.id,
        database_url=database_url,
        knowledge_base=Path(KNOWLEDGE_BASE),
    )


async def card(slack: SlackServer, desk: Channel, number: int) -> Message:
    """The card of the ticket with this number, once it is there."""
    found = await slack.wait_for(
        lambda: [m for m in slack.messages(desk) if m.text.startswith(f"#{number} ")], PATIENCE
    )
    return found[0]


async def told(slack: SlackServer, user: SlackUser, words: str) -> None:
    await slack.wait_for(lambda: [m for m in slack.dm_messages(user) if words in m.text], PATIENCE)


def said_in(slack: SlackServer, desk: Channel, root: Message, words: str) -> list[Message]:
    return [message for message in slack.thread(desk, root.ts) if words in message.text]


def reactions(slack: SlackServer, desk: Channel, root: Message, reply: Message) -> bool:
    return any(m.reactions for m in slack.thread(desk, root.ts) if m.ts == reply.ts)
