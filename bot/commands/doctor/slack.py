"""Does Slack know us, may we do what we need, and how do its events come?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import aiohttp

from bot.channels.slack import EVENTS_PATH
from bot.commands.doctor.desk import Slack, desks, unset
from bot.commands.doctor.finding import Finding
from bot.commands.doctor.http import Answer, clock
from bot.config import Settings

# What docs/slack-app-manifest.yaml asks for, and what for; a test holds the two together.
SCOPES: Mapping[str, str] = {
    "app_mentions:read": "to be asked by @mention in a channel",
    "channels:history": "what is written on the desk and in other public channels",
    "channels:read": "who belongs to the desk, if it is a public channel",
    "chat:write": "to answer, to post cards, and to keep them up to date",
    "commands": "/desk, and “Make an article” in a message's menu",
    "files:read": "what colleagues send a customer",
    "files:write": "what customers send, into their thread",
    "groups:history": "what is written in private channels",
    "groups:read": "who belongs to the desk, if it is a private channel",
    "im:history": "direct messages to the bot",
    "im:read": "which direct messages there are, to fetch those missed",
    "im:write": "to go on in private with what is nobody else's business",
    "reactions:read": "to claim a ticket by 👀 and resolve it by ✅",
    "reactions:write": "the receipt on an agent's message that has been delivered",
    "users:read": "names, languages, and who is a guest",
}

BOT, APP = "Slack bot token", "Slack app token"
APPS = "https://api.slack.com/apps"
UNREACHABLE = "Check that this machine reaches slack.com, or the server of SLACK_API_URL."


def _slack(http: aiohttp.ClientSession, settings: Settings) -> Slack:
    bot_token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    return Slack(http, settings.slack_api_url.rstrip("/") + "/", bot_token)


# --- the bot -------------------------------------------------------------------------------------


async def bot(http: aiohttp.ClientSession, settings: Settings, now: datetime) -> list[Finding]:
    """The bot's token and scopes, this machine's clock, and the desk channel."""
    slack = _slack(http, settings)
    if not slack.bot_token:
        do = (
            f"Install the app ({APPS}), OAuth & Permissions, Bot User OAuth Token: SLACK_BOT_TOKEN."
        )
        return [Finding(BOT, False, "missing; the desk is in Slack", do), *unset(settings)]
    answer = await slack.ask("auth.test")
    if not answer.ok:
        do = (
            "Copy the Bot User OAuth Token, which begins with xoxb-, from "
            f"{APPS}, your app, OAuth & Permissions: SLACK_BOT_TOKEN."
        )
        do = do if answer.was_reached else UNREACHABLE
        return [Finding(BOT, False, answer.verdict, do), *unset(settings)]
    us = str(answer.body.get("user_id", ""))
    team = answer.body.get("team", "")
    found = [Finding(BOT, True, f"accepted, the bot is @{answer.body.get('user')} in {team}")]
    found += [*_scopes(answer), *clock("Slack", answer, now)]
    return found + await desks(slack, settings, us)


def _scopes(answer: Answer) -> list[Finding]:
    """Each scope with what it is for; and those that nothing here needs."""
    header = answer.headers.get("x-oauth-scopes")
    if header is None:
        return [Finding("Slack scopes", None, "Slack does not tell which are granted")]
    granted = {scope.strip() for scope in header.split(",")} - {""}
    found = [_scope(scope, use, scope in granted) for scope, use in SCOPES.items()]
    if needless := sorted(granted - set(SCOPES)):
        do = "You may take them away again; nothing here uses them."
        found.append(Finding("Slack scopes", None, f"not needed: {', '.join(needless)}", do))
    return found


def _scope(scope: str, use: str, is_granted: bool) -> Finding:
    do = (
        f"Add it at {APPS}, your app, OAuth & Permissions, Bot Token Scopes (or paste "
        "docs/slack-app-manifest.yaml under App Manifest), then reinstall the app."
    )
    if is_granted:
        return Finding(f"Slack scope {scope}", True, f"granted ({use})")
    return Finding(f"Slack scope {scope}", False, f"missing ({use})", do)


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
        "Subscriptions, for Interactivity and for the command /desk; only Slack can try it."
    )
    return Finding(APP, None, "not set, so events come over HTTP", do)
