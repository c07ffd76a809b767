"""Is there a desk in Slack, can it be read back, and is everybody there who is needed?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import aiohttp

from bot.commands.doctor.finding import Finding
from bot.commands.doctor.http import Answer, call
from bot.config import Settings
from bot.knowledge.faults import Broken
from bot.knowledge.policy import Policy, parse_policy

POLICY = "policy.yaml"
DESK, PEOPLE, READING = "Slack desk channel", "people on the desk", "reading back the desk"
SET, ROUTED = "SLACK_DESK_CHANNEL", "desk: routes: of policy.yaml"
CALLED = "supervisors at the desk"
ROTA, SUPERVISORS = "desk: rota", "complaints: roles: supervisor"
PAGES = 10  # of 200 members; whoever stands on none of them is not looked for


@dataclass(frozen=True, slots=True)
class Slack:
    """The Web API, for one bot."""

    http: aiohttp.ClientSession
    base: str
    bot_token: str

    async def ask(self, method: str, token: str = "", **fields: str) -> Answer:
        return await call(self.http, f"{self.base}{method}", token or self.bot_token, **fields)


def unset(settings: Settings) -> list[Finding]:
    """What to do where no desk channel is named; nothing where one is."""
    if settings.slack_desk_channel:
        return []
    do = (
        "Make a channel for handed-over conversations; its id (C…) stands in Slack under the "
        "channel's name, About, at the bottom: SLACK_DESK_CHANNEL."
    )
    return [Finding(DESK, False, "missing", do)]


async def desks(slack: Slack, settings: Settings, us: str) -> list[Finding]:
    """Each desk channel that is named, and who is in it; `us` is the bot's own id."""
    policy = _policy(settings)
    first = settings.slack_desk_channel or ""
    found = unset(settings) or await _desk(slack, first, SET, us, _called(policy))
    for channel in sorted(policy.desk.channels - {first}):
        found += await _desk(slack, channel, ROUTED, us, _called(policy))
    return found


def _policy(settings: Settings) -> Policy:
    """What is wrong with the file is said elsewhere; nobody is called then."""
    try:
        content = (settings.knowledge_base / POLICY).read_bytes()
        return parse_policy(content, POLICY).value or Policy()
    except (OSError, Broken):
        return Policy()


def _called(policy: Policy) -> Mapping[str, str]:
    """Whom a ticket may call upon: by Slack id, what to say of them, and where they are named."""
    supervisors = policy.complaints.roles.supervisor.people
    called = {each: f"{each} ({SUPERVISORS})" for each in supervisors}
    return called | {s.slack: f"{s.name}, {s.slack} ({ROTA})" for s in policy.desk.rota}


async def _desk(
    slack: Slack, channel: str, where: str, us: str, called: Mapping[str, str]
) -> list[Finding]:
    info = await slack.ask("conversations.info", channel=channel)
    if not info.ok:
        do = f"Check {where}, and invite the bot: /invite @Frontdesk in that channel."
        return [Finding(DESK, False, f"{channel} not found ({info.problem})", do)]
    name = f"#{info.body['channel'].get('name', channel)}"
    if info.body["channel"].get("is_archived"):
        return [Finding(DESK, False, f"{name} is archived", "Unarchive it, or choose another.")]
    if info.body["channel"].get("is_member") is False:
        do = "Write /invite @Frontdesk (or your bot's name) in that channel."
        return [Finding(DESK, False, f"the bot is not in {name}", do)]
    found = [Finding(DESK, True, f"the bot is in {name}")]
    found += await _people(slack, channel, name, us, called)
    return [*found, await _reading(slack, channel)]


async def _people(
    slack: Slack, channel: str, name: str, us: str, called: Mapping[str, str]
) -> list[Finding]:
    """Those who can answer there; and those who are called to it and could do nothing: to claim, to
    accept and to approve is for members of the channel."""
    members, problem = await _members(slack, channel)
    if problem:
        return [Finding(PEOPLE, None, f"not known ({problem})", "Add the missing scopes.")]
    return [_anybody(members - {us}, name), *_supervised(members, name, called)]


def _anybody(others: frozenset[str], name: str) -> Finding:
    if others:
        return Finding(PEOPLE, True, f"{len(others)} besides the bot")
    do = "Invite those who answer customers; only members of the channel may claim tickets."
    return Finding(PEOPLE, False, f"nobody but the bot is in {name}", do)


def _supervised(members: Iterable[str], name: str, called: Mapping[str, str]) -> list[Finding]:
    absent = sorted(set(called) - set(members))
    if not absent:
        return [Finding(CALLED, True, f"all {len(called)} are in {name}")] if called else []
    detail = f"not in {name}: {'; '.join(called[each] for each in absent)}"
    do = (
        f"Write /invite with their names in {name}, or take them out of policy.yaml: they would be "
        "called to tickets there, and their buttons would not work."
    )
    return [Finding(CALLED, False, detail, do)]


async def _members(slack: Slack, channel: str) -> tuple[frozenset[str], str]:
    """Their Slack ids, or why those are not known."""
    found: set[str] = set()
    cursor = ""
    for _ in range(PAGES):
        answer = await slack.ask(
            "conversations.members", channel=channel, limit="200", cursor=cursor
        )
        if not answer.ok:
            return frozenset(), answer.problem
        found.update(answer.body.get("members", ()))
        cursor = (answer.body.get("response_metadata") or {}).get("next_cursor", "")
        if not cursor:
            return frozenset(found), ""
    return frozenset(), f"more than {len(found)} members"


async def _reading(slack: Slack, channel: str) -> Finding:
    """Some workspaces keep bots from reading channels, or threads; what was said while Frontdesk
    was stopped could not be fetched there, nor a doubtful post looked up."""
    do = "Add the missing scopes; without them, messages written during an outage are lost."
    history = await slack.ask("conversations.history", channel=channel, limit="1")
    if not history.ok:
        return Finding(READING, False, f"refused ({history.problem})", do)
    newest = next((message["ts"] for message in history.body.get("messages", ())), None)
    if newest is None:
        return Finding(READING, True, "allowed; threads could not be tried in an empty channel")
    thread = await slack.ask("conversations.replies", channel=channel, ts=newest, limit="1")
    if not thread.ok:
        detail = f"the channel may be read, its threads may not ({thread.problem})"
        return Finding(READING, False, detail, do)
    return Finding(READING, True, "allowed, threads, too")
