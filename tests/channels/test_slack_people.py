"""Who people in Slack are, and who may act on the desk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels import slack_people
from bot.channels.slack import SlackChannel
from bot.channels.slack_people import Directory
from bot.domain import Address, Agent, DeskAction, InboundMessage, NotSent, Person
from bot.playground.slack.server import SlackServer
from tests.channels.slack_side import APP_TOKEN, BOT_TOKEN


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer() as server:
        yield server


def directory(slack: SlackServer) -> Directory:
    client = AsyncWebClient(BOT_TOKEN, base_url=f"{slack.url}/api/", retry_handlers=[])
    return Directory(client, lambda: {slack.channel("support-desk").id})


async def test_members_of_the_desk_act_and_nobody_else(slack: SlackServer) -> None:
    """A colleague in the channel acts; guests, people of other workspaces, bots, strangers and
    colleagues outside the channel do not."""
    desk = slack.channel("support-desk")
    people = directory(slack)
    member = slack.user("Ivo Kalns", in_channels=[desk])
    outside = slack.user("Olga Outside")
    guest = slack.user("Gil Guest", is_guest=True, in_channels=[desk])
    connect = slack.user("Sam Stranger", team="T0OTHER01", in_channels=[desk])
    assert await people.agent(member.id, desk.id) == Agent(
        member.id, "Ivo Kalns", True, frozenset({desk.id})
    )
    for other in (outside, guest, connect):
        assert await people.agent(other.id, desk.id) == Agent(other.id, other.name, on_desk=False)
    assert not (await people.agent("U0DESKBOT", desk.id)).on_desk
    assert await people.agent("U0NOBODY", desk.id) == Agent("U0NOBODY")


async def test_one_desk_that_is_gone_keeps_nobody_from_the_other(slack: SlackServer) -> None:
    """Who belongs to the desk that is left goes on there, and at home."""
    desk = slack.channel("support-desk")
    client = AsyncWebClient(BOT_TOKEN, base_url=f"{slack.url}/api/", retry_handlers=[])
    people = Directory(client, lambda: {desk.id, "C0DELETED"})
    member = slack.user("Ivo Kalns", in_channels=[desk])
    for at in (desk.id, member.id):
        found = await people.agent(member.id, at)
        assert (found.on_desk, found.desks) == (True, frozenset({desk.id}))


async def test_of_several_desks_only_the_one_at_hand_is_asked_anew(slack: SlackServer) -> None:
    """Nearly everybody is no member of some desk: that must not cost a call for each event."""
    desk, other = slack.channel("support-desk"), slack.channel("desk-ru")
    client = AsyncWebClient(BOT_TOKEN, base_url=f"{slack.url}/api/", retry_handlers=[])
    people = Directory(client, lambda: {desk.id, other.id})
    member = slack.user("Ivo Kalns", in_channels=[desk])
    for _ in range(3):
        assert (await people.agent(member.id, desk.id)).desks == {desk.id}
    assert len(slack.calls("conversations.members")) == 2


async def test_who_joins_later_acts_at_once_and_who_leaves_soon_does_not(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Joining the channel counts immediately; leaving it after a minute at the latest."""
    desk = slack.channel("support-desk")
    people = directory(slack)
    olga = slack.user("Olga")
    assert not (await people.agent(olga.id, desk.id)).on_desk
    olga.join(desk)
    assert (await people.agent(olga.id, desk.id)).on_desk
    olga.leave(desk)
    monkeypatch.setattr(slack_people, "MEMBERS_SECONDS", -1.0)
    assert not (await people.agent(olga.id, desk.id)).on_desk


async def test_a_large_desk_is_read_page_by_page(slack: SlackServer) -> None:
    """The last of many members belongs to the desk as well."""
    desk = slack.channel("support-desk")
    everybody = [slack.user(f"Agent {number}", in_channels=[desk]) for number in range(250)]
    assert (await directory(slack).agent(everybody[-1].id, desk.id)).on_desk


async def test_customers_have_names_and_languages(slack: SlackServer) -> None:
    """A customer's name, language and time zone come from the profile, asked for once."""
    maria = slack.user("Maria Ozola", locale="lv-LV", tz="Europe/Riga")
    people = directory(slack)
    for _ in range(2):
        person = await people.person(maria.id)
        assert person == Person(maria.id, "Maria Ozola", "lv-LV", "Europe/Riga")
    assert len(slack.calls("users.info")) == 1


def _press(user_id: str) -> DeskAction:
    now = datetime.now(UTC)
    return DeskAction("x", Address("slack", "C1"), Agent(user_id), "claim", 1, now)


async def test_while_slack_cannot_be_asked_the_desk_waits(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether somebody belongs to the desk must be known; a customer is served without a name."""
    monkeypatch.setattr(slack_people, "FAILURE_SECONDS", 0.0)
    desk = slack.channel("support-desk")
    api = f"{slack.url}/api/"
    channel = SlackChannel(BOT_TOKEN, desk.id, APP_TOKEN, api_url=api)
    ivo = slack.user("Ivo Kalns", in_channels=[desk])
    slack.fail_next("users.info", status=429, retry_after=5)
    with pytest.raises(NotSent) as caught:
        await channel.complete(_press(ivo.id))
    assert caught.value.retry_after == 5
    slack.fail_next("conversations.members", status=503)
    with pytest.raises(NotSent):
        await channel.complete(_press(ivo.id))
    known = await channel.complete(_press(ivo.id))
    assert isinstance(known, DeskAction) and known.agent.on_desk
    unknown = await channel.complete(_press("U0NOBODY"))
    assert isinstance(unknown, DeskAction) and not unknown.agent.on_desk
    slack.fail_next("users.info", status=503)
    maria = slack.user("Maria")
    said = InboundMessage("y", Address("slack", "D1"), Person(maria.id), "Hi", datetime.now(UTC))
    assert await channel.complete(said) == said


async def test_one_question_for_one_person_however_many_ask(slack: SlackServer) -> None:
    """Who asks meanwhile waits for the same answer, and a failure is remembered for a moment."""
    maria, people = slack.user("Maria"), directory(slack)
    slack.fail_next("users.info", status=503)
    asked = [people.person(maria.id) for _ in range(10)]
    failures = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(failure, SlackApiError) for failure in failures)
    with pytest.raises(SlackApiError):
        await people.person(maria.id)
    assert len(slack.calls("users.info")) == 1


async def test_nobody_waits_long_and_a_late_answer_is_kept(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patience is counted from the first who asked; what comes later serves whoever asks then."""
    monkeypatch.setattr(slack_people, "PATIENCE", 0.05)
    maria = slack.user("Maria")
    client = AsyncWebClient(BOT_TOKEN, base_url=f"{slack.url}/api/", retry_handlers=[])
    may, ask = asyncio.Event(), client.users_info

    async def slow(**params: Any) -> Any:
        await may.wait()
        return await ask(**params)

    monkeypatch.setattr(client, "users_info", slow)
    people = Directory(client, lambda: {"C1"})
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await people.person(maria.id)
    may.set()
    async with asyncio.timeout(5):
        while True:
            with contextlib.suppress(TimeoutError):
                assert (await people.person(maria.id)).name == "Maria"
                break
            await asyncio.sleep(0.01)
    assert len(slack.calls("users.info")) == 1


async def test_not_everybody_ever_met_is_kept(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with the number of customers."""
    monkeypatch.setattr(slack_people, "MOST_KEPT", 2)
    people = directory(slack)
    first, *others = (slack.user(f"Person {number}") for number in range(3))
    for person in (first, *others, others[-1], first):
        await people.person(person.id)
    assert len(slack.calls("users.info")) == 4


async def test_other_errors_are_not_taken_for_strangers(slack: SlackServer) -> None:
    """A missing scope is a wrong set-up, not a reason to send colleagues away."""
    slack.fail_next("users.info", error="missing_scope")
    with pytest.raises(SlackApiError):
        await directory(slack).agent("U1", "C1")
