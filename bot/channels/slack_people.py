"""Who people in Slack are: names, languages, and who belongs to the desk. Asked once in a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Agent, Person

PROFILE_SECONDS = 600.0
MEMBERS_SECONDS = 60.0
FAILURE_SECONDS = 5.0  # before a question that failed is asked again
PATIENCE = 2.0  # seconds from asking, after which nobody waits; the answer is kept when it comes
MOST_KEPT = 5_000  # people
_KEPT = ("name", "locale", "tz", "team_id", "is_bot", "is_restricted", "is_ultra_restricted",
         "is_stranger", "deleted")  # fmt: skip
_GONE = {"channel_not_found", "not_in_channel"}  # a desk that was deleted, or shut to the bot
_UNKNOWN = {"user_not_found", "user_not_visible", "users_not_found"}


@dataclass(eq=False)
class _Question:
    """One that was asked; its answer or its failure, and since when it is there."""

    task: asyncio.Future[Any]
    asked_at: float = field(default_factory=time.monotonic)
    done_at: float | None = None

    def __post_init__(self) -> None:
        self.task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[Any]) -> None:
        self.done_at = time.monotonic()
        if not task.cancelled():
            task.exception()  # nobody may be waiting any more

    def failed(self) -> bool:
        return self.task.done() and (self.task.cancelled() or self.task.exception() is not None)

    def is_old(self, seconds: float) -> bool:
        limit = FAILURE_SECONDS if self.failed() else seconds
        return self.done_at is not None and time.monotonic() - self.done_at >= limit


class _Answers:
    """Questions to Slack, each asked once at a time, however many want to know; answers are kept
    for a while, and failures for a moment, so that an absent Slack is not asked for each event."""

    def __init__(self) -> None:
        self._asked: dict[str, _Question] = {}

    async def get(self, key: str, ask: Callable[[], Awaitable[Any]], seconds: float) -> Any:
        """The answer, at most `seconds` old; raises what `ask` raises, and TimeoutError."""
        question = self._asked.get(key)
        if question is None or question.is_old(seconds):
            question = _Question(asyncio.ensure_future(ask()))
            self._asked.pop(key, None)
            self._asked[key] = question
            self._forget()
        ago = time.monotonic() - question.asked_at
        async with asyncio.timeout(max(PATIENCE - ago, 0.0)):
            return await asyncio.shield(question.task)

    def _forget(self) -> None:
        """Drop the oldest, whose answers are there."""
        while len(self._asked) > MOST_KEPT:
            del self._asked[next(iter(self._asked))]

    async def close(self) -> None:
        """Leave nothing under way."""
        tasks = [question.task for question in self._asked.values() if not question.task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Directory:
    """Profiles and the desk's members, each kept for a short while."""

    def __init__(self, client: AsyncWebClient, desks: Callable[[], Collection[str]]) -> None:
        self._client = client
        self._desks = desks
        self._profiles = _Answers()
        self._directs = _Answers()
        self._house = _Answers()  # the desk's members, and our workspace

    async def person(self, user_id: str) -> Person:
        """A customer; raises what the SDK raises."""
        user = await self._profile(user_id)
        return Person(user_id, user["name"], user.get("locale"), user.get("tz"))

    async def agent(self, user_id: str, at: str) -> Agent:
        """Somebody who acts on the desk. They belong to it if they are a member of the desk channel
        `at` (of any, if it is none), of our workspace, and neither guest nor bot; raises what the
        SDK raises."""
        try:
            user = await self._profile(user_id)
        except SlackApiError as error:
            if error.response.get("error") not in _UNKNOWN:
                raise
            return Agent(user_id)  # nobody we could know, so nobody of ours
        team = await self._our_team()
        outside = (
            user.get("is_bot")
            or user.get("is_restricted")
            or user.get("is_ultra_restricted")
            or user.get("is_stranger")
            or user.get("deleted")
            or user.get("team_id", team) != team
        )
        if outside:
            return Agent(user_id, user["name"])
        known = self._desks()
        desks = frozenset({each for each in known if await self._belongs(user_id, each, at)})
        return Agent(user_id, user["name"], at in desks if at in known else bool(desks), desks)

    async def direct(self, user_id: str) -> str:
        """The channel of the direct messages between this person and the bot; raises what the SDK
        raises."""

        async def ask() -> str:
            answer = await self._client.conversations_open(users=user_id)
            return str(answer["channel"]["id"])

        return str(await self._directs.get(user_id, ask, float("inf")))

    async def close(self) -> None:
        """Leave nothing under way."""
        await self._directs.close()
        await self._profiles.close()
        await self._house.close()

    async def _profile(self, user_id: str) -> Mapping[str, Any]:
        async def ask() -> Mapping[str, Any]:
            answer = await self._client.users_info(user=user_id, include_locale=True)
            user: Mapping[str, Any] = answer["user"]
            kept = {key: user[key] for key in _KEPT if key in user}
            return {**kept, "name": _name(user)}

        profile: Mapping[str, Any] = await self._profiles.get(user_id, ask, PROFILE_SECONDS)
        return profile

    async def _our_team(self) -> str:
        async def ask() -> str:
            return str((await self._client.auth_test())["team_id"])

        return str(await self._house.get("team", ask, float("inf")))

    async def _belongs(self, user_id: str, desk: str, at: str) -> bool:
        """Whether they are a member of this desk. Few are of all: the others than `at` are not
        asked anew for each event. One of these that is gone keeps nobody from their own."""
        anew = desk == at or at not in self._desks()
        try:
            return await self._is_member(user_id, desk, anew)
        except SlackApiError as error:
            is_only = desk == at or len(self._desks()) == 1
            if is_only or error.response.get("error") not in _GONE:
                raise
            return False

    async def _is_member(self, user_id: str, desk: str, anew: bool) -> bool:
        """`anew`: whoever seems to be none is looked for once more, now."""

        def ask() -> Awaitable[frozenset[str]]:
            return self._read_members(desk)

        members = await self._house.get(f"members:{desk}", ask, MEMBERS_SECONDS)
        # They may have just joined; somebody known may have left a while ago.
        if user_id not in members and anew:
            members = await self._house.get(f"members:{desk}", ask, 0.0)
        return user_id in members

    async def _read_members(self, desk: str) -> frozenset[str]:
        found: set[str] = set()
        cursor = ""
        while True:
            page = await self._client.conversations_members(channel=desk, limit=200, cursor=cursor)
            found.update(page["members"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return frozenset(found)


def _name(user: Mapping[str, Any]) -> str:
    profile = user.get("profile") or {}
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"),
             user.get("name"))  # fmt: skip
    return next((name for name in names if name), "")
