"""Does Slack know us, may we do what we need, and is there a desk with people at it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import aiohttp

from bot.channels.slack import EVENTS_PATH
from bot.commands.doctor.finding import Finding
from bot.commands.doctor.http import Answer, call, clock
from bot.config import Settings

# What docs/slack-app-manifest.yaml asks for; a test holds the two together.
SCOPES = (
    "app_mentions:read", "channels:history", "channels:read", "chat:write", "groups:history",
    "groups:read", "im:history", "im:read", "reactions:write", "users:read",
)  # fmt: skip

BOT, APP, DESK = "Slack bot token", "Slack app token", "Slack desk channel"
PEOPLE, READING = "people on the desk", "reading back the desk"
APPS = "https://api.slack.com/apps"
UNREACHABLE = "Check that this machine reaches slack.com, or the server of SLACK_API_URL."


@dataclass(frozen=True, slots=True)
class _Slack:
    """The Web API, for one bot."""

    http: aiohttp.ClientSession
    base: str
    bot_token: str
    desk: str

    async def ask(self, method: str, token: str = "", **fields: str) -> Answer:
        return await call(self.http, f"{self.base}{method}", token or self.bot_token, **fields)


def _slack(http: aiohttp.ClientSession, settings: Settings) -> _Slack:
    base = settings.slack_api_url.rstrip("/") + "/"
    bot_token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    return _Slack(http, base, bot_token, settings.slack_desk_channel or "")


# --- the bot -------------------------------------------------------------------------------------


async def bot(http: aiohttp.ClientSession, settings: Settings, now: datetime) -> list[Finding]:
    """The bot's token and scopes, this machine's clock, and the desk channel."""
    slack = _slack(http, settings)
    if not slack.bot_token:
        do = (
            f"Install the app ({APPS}), OAuth & Permissions, Bot User OAuth Token: SLACK_BOT_TOKEN."
        )
        return [Finding(BOT, False, "missing; the desk is in Slack", do), *_desk_unset(slack)]
    answer = await slack.ask("auth.test")
    if not answer.ok:
        do = (
            "Copy the Bot User OAuth Token, which begins with xoxb-, from "
            f"{APPS}, your app, OAuth & Permissions: SLACK_BOT_TOKEN."
        )
        do = do if answer.was_reached else UNREACHABLE
        found = [Finding(BOT, False, answer.verdict, do)]
        return found + _desk_unset(slack)
    us = str(answer.body.get("user_id", ""))
    team = answer.body.get("team", "")
    found = [Finding(BOT, True, f"accepted, the bot is @{answer.body.get('user')} in {team}")]
    found += [*_scopes(answer), *clock("Slack", answer, now)]
    return found + (_desk_unset(slack) or await _desk(slack, us))


def _scopes(answer: Answer) -> list[Finding]:
    what = "Slack scopes"
    header = answer.headers.get("x-oauth-scopes")
    if header is None:
        return [Finding(what, None, "Slack does not tell which are granted")]
    granted = {scope.strip() for scope in header.split(",")}
    missing = [scope for scope in SCOPES if scope not in granted]
    if not missing:
        return [Finding(what, True, "all are granted")]
    do = (
        f"Add them at {APPS}, your app, OAuth & Permissions, Bot Token Scopes (or paste "
        "docs/slack-app-manifest.yaml under App Manifest), then reinstall the app."
    )
    return [Finding(what, False, f"missing: {', '.join(missing)}", do)]


# --- how events come -----------------------------------------------------------------------------


async def events(http: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    """Socket Mode's token, or what is needed for HTTP."""
    if settings.slack_app_token is None:
        return [_over_http(settings)]
    token = settings.slack_app_token.get_secret_value()
    answer = await _slack(http, settings).ask("apps.connections.open", token)
    if answer.ok:
        return [Finding(APP, True, "accepted, events come by Socket Mode")]
    do = (
        f"At {APPS}, your app: switch Socket Mode on, then Basic Information, App-Level Tokens: "
        "make one with connections:write; it begins with xapp-: SLACK_APP_TOKEN."
    )
    do = do if answer.was_reached else UNREACHABLE
    return [Finding(APP, False, answer.verdict, do)]


def _over_http(settings: Settings) -> Finding:
    if settings.slack_signing_secret is None:
        do = (
            f"At {APPS}, your app, Basic Information: make an App-Level Token with "
            "connections:write for SLACK_APP_TOKEN; or, to receive events over HTTP, copy the "
            "Signing Secret into SLACK_SIGNING_SECRET."
        )
        return Finding(APP, False, "neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set", do)
    do = (
        f"Give https://<your address>{EVENTS_PATH} to the app as request URL, for Event "
        "Subscriptions and for Interactivity; only Slack can try it."
    )
    return Finding(APP, None, "not set, so events come over HTTP", do)


# --- the desk ------------------------------------------------------------------------------------


def _desk_unset(slack: _Slack) -> list[Finding]:
    if slack.desk:
        return []
    do = (
        "Make a channel for handed-over conversations; its id (C…) stands in Slack under the "
        "channel's name, About, at the bottom: SLACK_DESK_CHANNEL."
    )
    return [Finding(DESK, False, "missing", do)]


async def _desk(slack: _Slack, us: str) -> list[Finding]:
    info = await slack.ask("conversations.info", channel=slack.desk)
    if not info.ok:
        do = "Check SLACK_DESK_CHANNEL, and invite the bot: /invite @Frontdesk in that channel."
        return [Finding(DESK, False, f"not found ({info.problem})", do)]
    channel = info.body["channel"]
    name = f"#{channel.get('name', slack.desk)}"
    if channel.get("is_archived"):
        return [Finding(DESK, False, f"{name} is archived", "Unarchive it, or choose another.")]
    if channel.get("is_member") is False:
        do = "Write /invite @Frontdesk (or your bot's name) in that channel."
        return [Finding(DESK, False, f"the bot is not in {name}", do)]
    found = [Finding(DESK, True, f"the bot is in {name}")]
    return [*found, *await _people(slack, us, name), *await _reading(slack)]


async def _people(slack: _Slack, us: str, name: str) -> list[Finding]:
    answer = await slack.ask("conversations.members", channel=slack.desk, limit="200")
    if not answer.ok:
        return [Finding(PEOPLE, None, f"not known ({answer.problem})", "Add the missing scopes.")]
    others = [member for member in answer.body.get("members", ()) if member != us]
    if others:
        return [Finding(PEOPLE, True, f"{len(others)} besides the bot")]
    do = "Invite those who answer customers; only members of the channel may claim tickets."
    return [Finding(PEOPLE, False, f"nobody but the bot is in {name}", do)]


async def _reading(slack: _Slack) -> list[Finding]:
    """Some workspaces keep bots from reading channels, or threads; what was said while Frontdesk
    was stopped could not be fetched there, nor a doubtful post looked up."""
    do = "Add the missing scopes; without them, messages written during an outage are lost."
    history = await slack.ask("conversations.history", channel=slack.desk, limit="1")
    if not history.ok:
        return [Finding(READING, False, f"refused ({history.problem})", do)]
    newest = next((message["ts"] for message in history.body.get("messages", ())), None)
    if newest is None:
        return [Finding(READING, True, "allowed; threads could not be tried in an empty channel")]
    thread = await slack.ask("conversations.replies", channel=slack.desk, ts=newest, limit="1")
    if not thread.ok:
        detail = f"the channel may be read, its threads may not ({thread.problem})"
        return [Finding(READING, False, detail, do)]
    return [Finding(READING, True, "allowed, threads, too")]
