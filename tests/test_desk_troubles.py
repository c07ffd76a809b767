"""Slack does not take what the desk is to see; a ticket reaches people all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import text

from bot.playground.slack.user import SlackUser
from bot.playground.slack.values import Message
from bot.stage import MovableClock, Stage
from tests.conftest import on_stage

POSTED = "select 1 from tickets where card_id is not null"
LONG = "\n\n".join(f"paragraph {number} " + "word " * 150 for number in range(16))


async def until(true: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - the condition has no event of its own
            await asyncio.sleep(0.02)


def rows(stage: Stage, query: str) -> list[tuple[object, ...]]:
    with stage.app.database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def cards(stage: Stage) -> list[Message]:
    return [m for m in stage.slack.messages(stage.desk) if m.blocks]


def root_lines(stage: Stage) -> list[str]:
    """What stands in the channel itself and is no card."""
    return [m.text for m in stage.slack.messages(stage.desk)
            if not m.blocks and m.thread_ts in {None, "", m.ts}]  # fmt: skip


def under(stage: Stage, card: Message) -> list[str]:
    return [m.text for m in stage.slack.thread(stage.desk, card.ts) if m.ts != card.ts]


async def test_a_refused_card_waits_until_it_is_taken(sqlite_url: str) -> None:
    """Nobody comes without a card, so what Slack refuses on the desk is tried again."""
    clock = MovableClock()
    async with on_stage(sqlite_url, clock) as stage:
        stage.slack.fail_next("chat.postMessage", error="restricted_action")
        ada = stage.telegram.customer(11)
        ada.say("I want a human")
        ada.say("hello? anybody?")
        waits = "select state from outbox where purpose = 'card' and error is not null"
        await until(lambda: rows(stage, waits) == [("queued",)])
        await stage.skip(timedelta(seconds=31))
        await until(lambda: bool(cards(stage)) and bool(under(stage, cards(stage)[0])))
        assert "hello? anybody?" in under(stage, cards(stage)[0])[0]
        assert root_lines(stage) == []


async def test_a_card_refused_for_its_content_goes_bare(sqlite_url: str) -> None:
    """Without the story, but with the buttons; and what follows stands below it."""
    async with on_stage(sqlite_url) as stage:
        stage.slack.fail_next("chat.postMessage", error="invalid_blocks")
        ada = stage.telegram.customer(11)
        ada.say("I want a human")
        ada.say("hello? anybody?")
        await until(lambda: bool(cards(stage)) and bool(under(stage, cards(stage)[0])))
        (card,) = cards(stage)
        assert [block["type"] for block in card.blocks] == ["section", "actions"]
        assert "hello? anybody?" in under(stage, card)[0]
        assert root_lines(stage) == []


async def test_a_deleted_card_is_posted_anew_with_the_words(sqlite_url: str) -> None:
    """The thread is gone, what the customer says is not."""
    async with on_stage(sqlite_url) as stage:
        ada = stage.telegram.customer(11)
        ada.say("I want a human")
        await until(lambda: bool(rows(stage, POSTED)))
        stage.slack.fail_next("chat.postMessage", error="thread_not_found")
        ada.say("my order is broken")
        ada.say("still there?")
        await until(
            lambda: len(cards(stage)) == 2 and "still" in str(under(stage, cards(stage)[1]))
        )
        said = " ".join(under(stage, cards(stage)[1]))
        assert said.count("my order is broken") == said.count("still there?") == 1
        assert said.index("my order") < said.index("still there?")
        assert root_lines(stage) == []


async def test_whoever_deletes_every_card_is_not_fed_cards_for_ever(sqlite_url: str) -> None:
    """A machine that deletes our posts must not make us post without end."""
    async with on_stage(sqlite_url) as stage:
        ada = stage.telegram.customer(11)
        ada.say("I want a human")
        await until(lambda: bool(rows(stage, POSTED)))
        stage.slack.fail_next("chat.postMessage", error="thread_not_found")
        for _ in range(3):
            ada.say("hello?")
            count = len(cards(stage))
            await until(lambda: len(cards(stage)) == count + 1)  # noqa: B023
            stage.slack.fail_next("chat.postMessage", error="thread_not_found")
        waiting = "select 1 from outbox where state in ('queued', 'sending')"
        await until(lambda: rows(stage, waiting) == [])
        assert len(cards(stage)) <= 5


async def test_a_missing_scope_for_receipts_stops_no_cards(sqlite_url: str) -> None:
    """A receipt is a decoration."""
    async with on_stage(sqlite_url) as stage:
        anna = stage.slack.user("Anna K", in_channels=[stage.desk])
        stage.telegram.customer(11).say("I want a human")
        await until(lambda: len(cards(stage)) == 1)
        await anna.click(cards(stage)[0], "Claim")
        stage.slack.fail_next("reactions.add", error="missing_scope", times=100)
        anna.reply(stage.desk, cards(stage)[0].ts, "hello")
        failed = "select error from outbox where kind = 'react' and state = 'failed'"
        await until(lambda: rows(stage, failed) == [("missing_scope",)])
        stage.telegram.customer(12).say("I want a human")
        await until(lambda: len(cards(stage)) == 2)


async def claimed(stage: Stage) -> tuple[SlackUser, Message]:
    """Anna has Ada's ticket."""
    anna = stage.slack.user("Anna K", in_channels=[stage.desk])
    stage.telegram.customer(11).say("I want a human")
    await until(lambda: bool(rows(stage, POSTED)))
    (card,) = cards(stage)
    await anna.click(card, "Claim")
    joined = "select 1 from outbox where purpose = 'to_customer' and state = 'sent'"
    await until(lambda: len(rows(stage, joined)) == 2)
    return anna, card


def replies(stage: Stage) -> list[str]:
    """What reached Ada since Anna joined."""
    said = [call.params["text"] for call in stage.telegram.calls("sendMessage")]
    return said[2:]


async def test_the_rest_follows_a_part_that_may_not_have_arrived(sqlite_url: str) -> None:
    """A lost answer to one part must not swallow the others; the whole ends as uncertain."""
    async with on_stage(sqlite_url) as stage:
        anna, card = await claimed(stage)
        stage.telegram.drop_after_accept("sendMessage")
        anna.reply(stage.desk, card.ts, LONG)
        await until(lambda: any("may or may not" in line for line in under(stage, card)))
        assert "paragraph 15" in replies(stage)[-1]
        assert len(replies(stage)) == 4
        state = "select state, part from outbox where purpose = 'agent_reply'"
        assert rows(stage, state) == [("uncertain", 3)]


async def test_a_part_that_is_refused_is_named(sqlite_url: str) -> None:
    """The agent learns that the customer has only the beginning, and from where on it lacks."""
    async with on_stage(sqlite_url) as stage:
        anna, card = await claimed(stage)
        stage.telegram.fail_next("sendMessage", 429, retry_after=1)
        anna.reply(stage.desk, card.ts, LONG)
        await until(lambda: bool(rows(stage, "select 1 from outbox where error is not null")))
        count = "select part from outbox where purpose = 'agent_reply'"
        await until(lambda: rows(stage, count) != [(0,)])
        stage.telegram.fail_next("sendMessage", 400, description="Bad Request: too odd")
        await until(lambda: any("Only the beginning" in line for line in under(stage, card)))
        (notice,) = [line for line in under(stage, card) if "Only the beginning" in line]
        begins = notice.partition("“")[2][:20]
        assert begins and begins in LONG
