"""Slack goes wrong while Frontdesk runs: nothing is lost, and everybody hears what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.domain import Address
from bot.health import Health
from bot.playground.slack.user import SlackUser
from bot.playground.slack.values import Message
from bot.stage import MovableClock, Stage
from tests.conftest import on_stage

Change = Callable[[Stage], object]
GONE: dict[str, Any] = {"error": "channel_not_found", "times": 10_000}

# What happens to the desk, and how somebody mends it.
TROUBLES: dict[str, tuple[Change, Change]] = {
    "is_archived": (
        lambda stage: stage.slack.archive(stage.desk),
        lambda stage: stage.slack.archive(stage.desk, archived=False),
    ),
    "not_in_channel": (
        lambda stage: stage.slack.remove_bot(stage.desk),
        lambda stage: stage.slack.invite_bot(stage.desk),
    ),
    "token_revoked": (
        lambda stage: stage.slack.revoke_token(),
        lambda stage: stage.slack.revoke_token(""),
    ),
    "account_inactive": (
        lambda stage: stage.slack.revoke_token("account_inactive"),
        lambda stage: stage.slack.revoke_token(""),
    ),
}


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - the condition has no event of its own
            await asyncio.sleep(0.02)


def waits(stage: Stage) -> str:
    """Why what is posted to the desk waits."""
    query = "select error from outbox where state = 'queued' and attempts > 0 and error is not null"
    with stage.app.database.engine.connect() as connection:
        return str(connection.execute(text(query)).scalar() or "")


def cards(stage: Stage) -> list[Message]:
    return [m for m in stage.slack.messages(stage.desk) if m.blocks and not m.is_reply]


def under(stage: Stage, card: Message) -> str:
    return "\n".join(m.text for m in stage.slack.thread(stage.desk, card.ts)[1:])


def told(stage: Stage, person: SlackUser) -> list[str]:
    return [m.text for m in stage.slack.messages(person.dm_channel) if m.bot_id]


async def pass_by(stage: Stage, seconds: float, times: int = 1) -> None:
    """Let the time pass in small steps, as things are tried again."""
    for _ in range(times):
        await stage.skip(timedelta(seconds=seconds))


async def healthy(stage: Stage) -> tuple[bool, dict[str, Any]]:
    return await Health(stage.app.database, stage.app.channels, stage.clock).look()


@pytest.mark.parametrize("code", TROUBLES)
async def test_a_desk_that_takes_nothing_keeps_everything(code: str, sqlite_url: str) -> None:
    """A card and what followed it wait for as long as it takes, and then stand there once; the log
    says it once a minute, /healthz says it, supervisors are told where that still works."""
    begins, ends = TROUBLES[code]
    async with on_stage(sqlite_url, MovableClock()) as stage:
        olga = stage.slack.user("Olga L", in_channels=[stage.desk])
        stage.app.supervisors = (olga.id,)
        ada, bob = stage.telegram.customer(11), stage.telegram.customer(12, "Bob")
        ada.say("I want a human")
        await until(lambda: len(cards(stage)) == 1)
        begins(stage)
        with capture_logs() as logged:
            ada.say("my order is broken")
            bob.say("I want a human")
            await until(lambda: code in waits(stage))
            await pass_by(stage, 31, times=4)
        wrong = [line for line in logged if line["event"] == "slack_set_up_wrong"]
        assert len(wrong) == 1 and wrong[0]["error"] == code
        well, report = await healthy(stage)
        assert not well and report["desk_late"] > 0 and code in str(report["desk_trouble"])
        works = not code.startswith(("token", "account"))
        assert len(told(stage, olga)) == works
        assert all("Waiting for it: 2" in line for line in told(stage, olga))
        ends(stage)
        await pass_by(stage, 31, times=3)
        await until(lambda: len(cards(stage)) == 2 and "broken" in under(stage, cards(stage)[0]))
        assert under(stage, cards(stage)[0]).count("my order is broken") == 1
        assert (await healthy(stage))[0]


async def test_whoever_waits_for_a_desk_that_is_gone_is_told(sqlite_url: str) -> None:
    """A deleted channel brings no colleague: after a while the customer hears that it takes longer,
    and supervisors are reminded every hour."""
    async with on_stage(sqlite_url, MovableClock()) as stage:
        olga = stage.slack.user("Olga L", in_channels=[stage.desk])
        stage.app.supervisors = (olga.id,)
        post = stage.slack.workspace.draft
        gone = stage.desk.id

        def draft(channel: Any, *args: Any, **fields: Any) -> Message:
            if channel.id == gone:
                stage.slack.workspace.channel("nowhere")  # raises channel_not_found
            return post(channel, *args, **fields)

        stage.slack.workspace.draft = draft  # type: ignore[method-assign]
        ada = stage.telegram.customer(11)
        ada.say("I want a human")
        await until(lambda: "channel_not_found" in waits(stage))
        await pass_by(stage, 31, times=3)
        assert sum("I can post nothing" in line for line in told(stage, olga)) == 1
        await pass_by(stage, 1800, times=3)
        said = [str(call.params["text"]) for call in stage.telegram.calls("sendMessage")]
        assert len(said) == 2, said
        assert sum("I can post nothing" in line for line in told(stage, olga)) == 2


async def test_open_tickets_move_to_the_desk_that_is_named_instead(sqlite_url: str) -> None:
    """Their cards come there, with what could not be said on the old one; once."""
    async with on_stage(sqlite_url, MovableClock()) as stage:
        ada = stage.telegram.customer(11)
        ada.say("I want a human")
        await until(lambda: len(cards(stage)) == 1)
        stage.slack.archive(stage.desk)
        ada.say("my order is broken")
        await until(lambda: "is_archived" in waits(stage))
        other = stage.slack.channel("help-desk")
        stage.app.desk = Address("slack", other.id)
        stage.desk = other
        await pass_by(stage, 31, times=5)
        await until(lambda: len(cards(stage)) == 1 and "broken" in under(stage, cards(stage)[0]))
        assert under(stage, cards(stage)[0]).count("my order is broken") == 1
        assert (await healthy(stage))[0]


async def test_a_desk_with_another_name_is_the_same(sqlite_url: str) -> None:
    """Its id stays, and with it all that hangs on it."""
    async with on_stage(sqlite_url) as stage:
        ada = stage.telegram.customer(11)
        ada.say("I want a human")
        await until(lambda: len(cards(stage)) == 1)
        stage.slack.rename(stage.desk, "help-desk")
        ada.say("my order is broken")
        await until(lambda: "broken" in under(stage, cards(stage)[0]))
        assert (await healthy(stage))[0]
