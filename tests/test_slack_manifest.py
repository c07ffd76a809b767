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
from bot.playground.slack.manifest import read_manifest
from bot.playground.slack.server import SlackServer, SlackUser
from bot.playground.slack.values import Channel, Message
from bot.playground.slack.web import METHODS
from bot.playground.telegram.server import TelegramServer
from bot.stage import DESK, TELEGRAM_TOKEN, Stage, build_stage
from handoff.actions import COMMAND, SHORTCUTS
from handoff.forms.views import CALLBACK
from tests.conftest import KNOWLEDGE_BASE, ROOT, shipped_mind

FILE = ROOT / "docs" / "slack-app-manifest.yaml"
MANIFEST: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
GRANTED: list[str] = MANIFEST["oauth_config"]["scopes"]["bot"]
EVENTS: list[str] = MANIFEST["settings"]["event_subscriptions"]["bot_events"]

# What each kind of event needs before Slack accepts the subscription.
NEEDED_BY_EVENT = {
    "app_home_opened": set[str](),
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "reaction_added": {"reactions:read"},
}
_CHANNELS, _PRIVATE, _DIRECT = "channels:read", "groups:read", "im:read"
_HISTORY = {"channels:history", "groups:history", "im:history"}
# What each method needs, as Slack's documentation of it says, where we call it: the desk and what
# customers mention us in are channels, public or private; what was missed may be a direct message.
NEEDED_BY_METHOD: dict[str, set[str]] = {
    "apps.connections.open": set(),  # connections:write, of the app-level token
    "auth.test": set(),
    "chat.delete": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": _HISTORY,
    "conversations.info": {_CHANNELS, _PRIVATE},
    "conversations.members": {_CHANNELS, _PRIVATE},
    "conversations.open": {"im:write"},
    "conversations.replies": _HISTORY,
    "files.completeUploadExternal": {"files:write"},
    "files.delete": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "files.info": {"files:read"},
    "reactions.add": {"reactions:write"},
    "users.conversations": {_CHANNELS, _PRIVATE, _DIRECT},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.update": set(),
}
# What else in the source needs a scope: a file's address only opens for a token that may read it.
NEEDED_BY_WORD = {"url_private": {"files:read"}, "files_upload_v2": {"files:write"}}
_NO_METHODS = {"is_connected", "message_listeners", "base_url"}  # attributes of the SDK's clients
NEEDED_BY_FEATURE = {"slash_commands": {"commands"}, "shortcuts": {"commands"}}
PATIENCE = 20.0


def sources() -> list[str]:
    """The source of the Slack channel and of the doctor."""
    places = (ROOT / "bot" / "channels", ROOT / "bot" / "commands" / "doctor")
    paths = [path for place in places for path in place.rglob("*.py")]
    return [p.read_text(encoding="utf-8") for p in paths if "slack" in "/".join(p.parts[-2:])]


def methods_called() -> set[str]:
    """Every Web API method that the source names."""
    names = {name.replace(".", "_").lower(): name for name in METHODS}
    found = set()
    for text in sources():
        called = set(re.findall(r"client\.([a-z]+_[A-Za-z_0-9]+)", text)) - _NO_METHODS
        found |= {names.get(name.lower(), name) for name in called if name not in NEEDED_BY_WORD}
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


def test_what_people_can_call_it_by_is_what_the_code_hears() -> None:
    """The command, the entry in a message's menu, and the home, by their names there."""
    features = MANIFEST["features"]
    (command,), (shortcut,) = features["slash_commands"], features["shortcuts"]
    assert command["command"] == COMMAND and len(command["description"]) <= 2000
    assert {shortcut["callback_id"]} == {CALLBACK + name for name in SHORTCUTS}
    assert shortcut["type"] == "message" and len(shortcut["name"]) <= 24
    assert len(shortcut["description"]) <= 150
    assert features["app_home"]["home_tab_enabled"] is True


def test_the_events_are_those_the_code_reads() -> None:
    """No other is subscribed to."""
    assert sorted(EVENTS) == sorted(NEEDED_BY_EVENT)


def test_every_scope_is_needed_and_no_other() -> None:
    """By a method that the source calls, an event, a feature, or a file's address."""
    needed: set[str] = set()
    for method in methods_called():
        assert method in NEEDED_BY_METHOD, f"which scopes does {method} need?"
        needed |= NEEDED_BY_METHOD[method]
    for event in EVENTS:
        needed |= NEEDED_BY_EVENT[event]
    for feature in MANIFEST["features"].keys() & NEEDED_BY_FEATURE.keys():
        needed |= NEEDED_BY_FEATURE[feature]
    for word, scopes in NEEDED_BY_WORD.items():
        if any(word in text for text in sources()):
            needed |= scopes
    assert set(GRANTED) == needed


def test_the_doctor_asks_for_what_the_manifest_asks_for() -> None:
    """The doctor's list and the manifest's are one, and it says what each is for."""
    assert sorted(GRANTED) == sorted(SCOPES)
    assert len(GRANTED) == len(set(GRANTED))
    assert all(SCOPES.values())


def test_every_method_in_the_source_is_one_that_the_stand_in_knows() -> None:
    """A method that the code begins to use must be known, with its scope, to the stand-in."""
    assert methods_called() <= set(METHODS)
    assert len(methods_called()) > 8


@pytest.mark.parametrize("private", [False, True], ids=["public desk", "private desk"])
async def test_the_whole_life_of_a_ticket_needs_no_other_scope(
    private: bool, sqlite_url: str
) -> None:
    """With the manifest alone: direct message, mention, claim, reply, receipt, refusal, a form, the
    home, a command, an article's form, what was missed, resolve, and a doctor who finds nothing
    wrong. None of it is refused for a scope."""
    app = read_manifest(FILE)
    async with TelegramServer(TELEGRAM_TOKEN) as telegram, SlackServer(manifest=app) as slack:
        desk = slack.channel(DESK, private=private)
        ivo = slack.user("Ivo Ozols", in_channels=[desk])
        stranger = slack.user("Otto Outsider", in_channels=["general"])
        maria = slack.user("Maria", in_channels=["general"])
        async with running(telegram, slack, sqlite_url):
            asked = maria.mention("general", "When are your stores open?")
            await slack.wait_for(lambda: slack.thread("general", asked.ts)[1:], PATIENCE)
            maria.dm("I want to talk to a human")
            root = await card(slack, desk, 1)
            await ivo.click(root, "claim")
            await told(slack, maria, "Ivo")
            reply = ivo.reply(desk, root.ts, "Good morning, what is it?")
            await told(slack, maria, "what is it?")
            await slack.wait_for(lambda: reactions(slack, desk, root, reply), PATIENCE)
            await stranger.click(root, "resolve")
            await slack.wait_for(lambda: slack.dm_messages(stranger), PATIENCE)
            await ivo.click(root, "claim")
            await slack.wait_for(lambda: slack.ephemerals(ivo), PATIENCE)
            await ivo.click(root, "complaint")
            await slack.wait_for(lambda: ivo.modals, PATIENCE)
            ivo.open_home()
            await slack.wait_for(lambda: ivo.home, PATIENCE)
            await ivo.command(COMMAND, "mine", desk)
            await slack.wait_for(lambda: len(slack.ephemerals(ivo)) > 1, PATIENCE)
            await ivo.message_shortcut(reply, "Make an article")
            await slack.wait_for(lambda: "article" in ivo.modals[-1].body["callback_id"], PATIENCE)
        maria.dm("My tent leaks, you know")  # nobody hears this
        async with running(telegram, slack, sqlite_url):
            await slack.wait_for(lambda: said_in(slack, desk, root, "My tent leaks"), PATIENCE)
            await ivo.click(root, "resolve")
            await slack.wait_for(
                lambda: "Resolved" in slack.workspace.message(desk, root.ts).text, PATIENCE
            )
            findings = await examine(settings_of(telegram, slack, desk, sqlite_url))
    assert [str(finding) for finding in findings if finding.ok is False] == []
    refused = {(call.method, call.result.get("needed")) for call in slack.requests
               if call.result.get("error") == "missing_scope"}  # fmt: skip
    assert refused == set()


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
