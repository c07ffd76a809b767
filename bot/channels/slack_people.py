"""Who people in Slack are: names, languages, and who belongs to the desk. Asked once in a while."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Agent, Person

PROFILE_SECONDS = 600.0
MEMBERS_SECONDS = 60.0


class Directory:
    """Profiles and the desk's members, each kept for a short while."""

    def __init__(self, client: AsyncWebClient, desk: str) -> None:
        self._client = client
        self._desk = desk
        self._profiles: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._members: tuple[float, frozenset[str]] = (0.0, frozenset())
        self._team: str | None = None

    async def person(self, user_id: str) -> Person:
        """A customer; raises what the SDK raises."""
        user = await self._profile(user_id)
        return Person(user_id, _name(user), user.get("locale"), user.get("tz"))

    async def agent(self, user_id: str) -> Agent:
        """Somebody who acts on the desk. They belong to it if they are a member of the channel,
        of our workspace, and neither guest nor bot; raises what the SDK raises."""
        user = await self._profile(user_id)
        outside = (
            user.get("is_bot")
            or user.get("is_restricted")
            or user.get("is_ultra_restricted")
            or user.get("is_stranger")
            or user.get("deleted")
            or user.get("team_id", await self._our_team()) != await self._our_team()
        )
        return Agent(user_id, _name(user), not outside and await self._is_member(user_id))

    async def _profile(self, user_id: str) -> Mapping[str, Any]:
        known = self._profiles.get(user_id)
        if known is not None and time.monotonic() - known[0] < PROFILE_SECONDS:
            return known[1]
        answer = await self._client.users_info(user=user_id, include_locale=True)
        user: Mapping[str, Any] = answer["user"]
        self._profiles[user_id] = (time.monotonic(), user)
        return user

    async def _our_team(self) -> str:
        if self._team is None:
            self._team = str((await self._client.auth_test())["team_id"])
        return self._team

    async def _is_member(self, user_id: str) -> bool:
        read_at, members = self._members
        # Somebody unknown may have just joined; somebody known may have left a while ago.
        if user_id not in members or time.monotonic() - read_at > MEMBERS_SECONDS:
            members = await self._read_members()
        return user_id in members

    async def _read_members(self) -> frozenset[str]:
        found: set[str] = set()
        cursor = ""
        while True:
            page = await self._client.conversations_members(
                channel=self._desk, limit=200, cursor=cursor
            )
            found.update(page["members"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        self._members = (time.monotonic(), frozenset(found))
        return self._members[1]


def _name(user: Mapping[str, Any]) -> str:
    profile = user.get("profile") or {}
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"),
             user.get("name"))  # fmt: skip
    return next((name for name in names if name), "")
