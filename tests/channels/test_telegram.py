"""Telegram by long polling: the contract, and what is Telegram's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session
from structlog.testing import capture_logs

from bot import inbox
from bot.app import leader
from bot.channels import telegram
from bot.channels.telegram import TelegramChannel
from bot.config import SettingsError
from bot.domain import (
    Address,
    ButtonPress,
    Channel,
    Edit,
    InboundMessage,
    Option,
    Outgoing,
    Refused,
    Reply,
)
from bot.playground.telegram.server import TelegramServer
from bot.storage.database import Database
from bot.storage.upgrade import upgrade
from bot.workers import Bells, Receiver
from tests.channels.contract import PlatformContract, Received, listening, post, until
from tests.channels.telegram_side import TOKEN, TelegramSide


@pytest.fixture
async def side(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramSide]:
    """Ada and a channel that polls."""
    monkeypatch.setattr(telegram, "AFTER_FAILURE", 0.05)
    async with TelegramServer(token=TOKEN) as server:
        channel = TelegramChannel(TOKEN, server.url)
        yield TelegramSide(server, channel)
        await channel.close()


class TestContract(PlatformContract):
    """Telegram keeps the contract."""

    platform = "telegram"
    limit = 4096

    def parser(self) -> Channel:
        return TelegramChannel(TOKEN)

    def at(self, url: str) -> Channel:
        return TelegramChannel(TOKEN, url, patience=0.2)


# --- polling -------------------------------------------------------------------------------------


async def test_a_poison_update_is_set_aside_and_others_flow(
    side: TelegramSide, database: Database
) -> None:
    """Updates nobody can read are kept for a person to look at; before and behind them people are
    served, and nothing is fetched again and again."""
    receive = Receiver(database, {"telegram": side.channel}, Bells(), lambda: datetime.now(UTC))
    side.say("before")
    said = side.server.updates[-1]["message"]
    side.server.push_raw({"message": {**said, "date": "yesterday"}})
    side.server.push_raw({"message": {**said, "chat": "not even an object"}})
    side.server.push_raw({"callback_query": "nor is this"})
    side.server.push_raw({"message": {**said, "text": "half a sign: \ud83d and nothing: \x00."}})
    side.say("behind")
    task = asyncio.ensure_future(side.channel.listen(receive))
    await until(lambda: not side.server.pending)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert database.transact(inbox.quarantined) == 3
    assert [raw["message"]["text"] for raw in database.transact(_waiting)] == (
        ["before", "half a sign: \ufffd and nothing: .", "behind"]
    )


def _waiting(session: Session) -> list[dict[str, dict[str, str]]]:
    claim = inbox.claim(session, datetime.now(UTC), 10, 10)
    return [dict(item.raw) for item in claim.items]


async def test_a_kill_between_fetch_and_commit_loses_nothing(side: TelegramSide) -> None:
    """The process dies while it stores: its successor is given the same updates again."""
    for number in range(10):
        side.say(f"message {number}")
    doomed = Received(side.channel)
    doomed.may_store.clear()
    async with listening(side.channel, doomed):
        await until(lambda: doomed.calls)
    assert len(side.server.pending) == 10
    successor = TelegramChannel(TOKEN, side.server.url)
    async with listening(successor) as received:
        await until(lambda: len(received.events) == 10)
        await until(side.acknowledged)
    assert received.texts == [f"message {number}" for number in range(10)]
    await successor.close()


async def test_a_webhook_set_elsewhere_is_deleted_before_polling(side: TelegramSide) -> None:
    """A webhook of former times would keep all updates from us."""
    await side.channel._bot.set_webhook("https://127.0.0.1:1/old", secret_token="x")
    async with listening(side.channel) as received:
        side.say("Hello")
        await until(lambda: received.texts == ["Hello"])
    methods = [call.method for call in side.server.requests]
    assert methods.index("deleteWebhook") < methods.index("getUpdates")


async def test_a_second_poller_is_named_in_the_log_and_outlived(
    side: TelegramSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """409: somebody else polls with our token. We say so, keep trying, and lose nothing."""
    monkeypatch.setattr(telegram, "AFTER_CONFLICT", 0.05)
    with capture_logs() as logs:
        async with listening(side.channel) as received:
            await side.server.polled()
            side.server.fail_next("getUpdates", 409, times=3)
            side.say("Hello")
            await until(lambda: received.texts == ["Hello"])
            side.say("still there?")
            await until(lambda: len(received.texts) == 2)
            await until(side.acknowledged)
    assert "telegram_conflict" in {line["event"] for line in logs}


async def test_polling_outlives_every_kind_of_trouble(side: TelegramSide) -> None:
    """429, 502, cut connections and a server that is away only delay what people say."""
    async with listening(side.channel) as received:
        side.server.fail_next("getUpdates", 429, retry_after=1)
        side.server.fail_next("getUpdates", 502, times=2)
        side.server.drop_after_accept("getUpdates")
        side.server.drop_before_accept("getUpdates")
        side.say("one")
        await until(lambda: received.texts == ["one"])
        await side.server.down()
        side.say("two")
        await asyncio.sleep(0.1)
        await side.server.down(False)
        await until(lambda: received.texts[-1] == "two")


async def test_starting_while_telegram_is_away(
    side: TelegramSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot may start before Telegram can be reached."""
    await side.server.down()
    async with listening(side.channel) as received:
        await asyncio.sleep(0.1)
        assert not side.channel.is_alive(datetime.now(UTC))
        await side.server.down(False)
        side.say("Hello")
        await until(lambda: received.texts == ["Hello"])
        assert side.channel.is_alive(datetime.now(UTC))
        assert not side.channel.is_alive(datetime.now(UTC) + timedelta(minutes=2))


async def test_a_wrong_token_is_one_line(side: TelegramSide) -> None:
    """A token Telegram does not know ends the start with a sentence that names the setting."""
    channel = TelegramChannel("1000001:some-other-token", side.server.url)
    with pytest.raises(SettingsError, match=r"TELEGRAM_BOT_TOKEN.*@BotFather"):
        await asyncio.wait_for(channel.listen(Received(channel)), 20)
    await channel.close()


# --- one poller among several processes ----------------------------------------------------------


async def test_one_process_polls_the_other_stands_by_and_takes_over(
    side: TelegramSide, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes on one PostgreSQL: no 409 while both run; when one goes, the other polls."""
    monkeypatch.setattr(telegram, "STANDBY", 0.05)
    now = [datetime.now(UTC)]
    databases = [Database(postgres_url) for _ in range(2)]
    first, second = (
        TelegramChannel(
            TOKEN, side.server.url, may_poll=leader(database, "telegram", name, lambda: now[0])
        )
        for database, name in zip(databases, ("first", "second"), strict=True)
    )
    async with listening(second) as by_second:
        async with listening(first) as by_first:
            side.say("to whoever polls")
            await until(lambda: by_first.texts + by_second.texts == ["to whoever polls"])
            leading, standing = (by_first, by_second) if by_first.texts else (by_second, by_first)
            side.say("and again")
            await until(lambda: len(leading.texts) == 2)
            assert standing.texts == []
            assert 409 not in {call.status for call in side.server.calls("getUpdates")}
            assert (first if leading is by_second else second).is_alive(datetime.now(UTC))
        if leading is by_second:  # whoever is left leads, at once or when the lease has run out
            side.say("still here")
        else:
            now[0] += timedelta(minutes=2)
            side.say("still here")
        await until(lambda: "still here" in by_second.texts)
    for channel in (first, second):
        await channel.close()
    for database in databases:
        database.close()


async def test_who_cannot_ask_for_the_lease_does_not_poll(tmp_path: Path) -> None:
    """While the database is away the question who polls has no answer; the process stays up."""
    database = Database(f"sqlite:///{tmp_path}/empty.db")  # without tables, so every query fails
    may_poll = leader(database, "telegram", "me", lambda: datetime.now(UTC))
    assert await may_poll() is False
    upgrade(database)
    assert await may_poll() is True
    database.close()


# --- what people do ------------------------------------------------------------------------------


async def test_every_press_is_answered(side: TelegramSide) -> None:
    """The little clock on a button ends, also where the press is not ours to deal with."""
    item = post(side.address, "Well?", Option("Yes", "y"))
    await side.channel.send(side.channel.render(item)[0])
    async with listening(side.channel) as received:
        side.ada.press("Yes")
        await until(lambda: side.server.calls("answerCallbackQuery"))
        side.server.fail_next("answerCallbackQuery", 400)  # too old: no matter
        side.ada.press("Yes")
        await until(lambda: len(side.server.calls("answerCallbackQuery")) == 2)
        side.say("on we go")
        await until(lambda: len(received.events) == 3)
    press = received.events[0]
    assert isinstance(press, ButtonPress)
    assert (press.value, press.message_id) == ("y", str(side.ada.seen[0].message_id))


async def test_everything_one_can_send_arrives(side: TelegramSide) -> None:
    """Pictures, files, voice, stickers, places and contacts are kept as attachments."""
    async with listening(side.channel) as received:
        side.ada.send_photo(caption="Look")
        side.ada.send_document("bill.pdf", b"%PDF", size=25_000_000)
        side.ada.send_voice()
        side.ada.send_sticker("🤷")
        side.ada.send_location(56.95, 24.1)
        side.ada.send_contact("+37120000000")
        await until(lambda: len(received.events) == 6)
    messages = [event for event in received.events if isinstance(event, InboundMessage)]
    attachments = [message.attachments[0] for message in messages]
    assert [attachment.kind for attachment in attachments] == (
        ["photo", "document", "voice", "sticker", "location", "contact"]
    )
    assert messages[0].text == "Look"
    assert (attachments[1].name, attachments[1].size) == ("bill.pdf", 25_000_000)
    assert attachments[3].detail == "🤷"
    assert "56.95,24.1" in attachments[4].detail
    assert attachments[5].detail == "+37120000000"


async def test_the_payload_of_a_deep_link_is_kept(side: TelegramSide) -> None:
    """t.me/shop?start=order-17 arrives as `/start order-17`."""
    async with listening(side.channel) as received:
        side.ada.start("order-17")
        await until(lambda: received.texts == ["/start order-17"])


async def test_groups_and_blocks_are_not_for_us(side: TelegramSide) -> None:
    """What is said in groups is not said to us; nor is being blocked something said."""
    group = side.server.group("Family")
    async with listening(side.channel) as received:
        group.say(side.ada, "Does the bot hear this?")
        side.ada.block()
        side.ada.unblock()
        side.say("but this it hears")
        await until(lambda: received.events)
    assert received.texts == ["but this it hears"]


async def test_an_edit_names_the_message_it_changes(side: TelegramSide) -> None:
    """An edited message is an edit, not a second request; a second edit is another one."""
    async with listening(side.channel) as received:
        said = side.ada.say("Wher is my parcel?")
        side.ada.edit(said.message_id, "Where is my parcel?")
        side.ada.edit(said.message_id, "Where is parcel 17?")
        await until(lambda: len(received.events) == 3)
    first, *edits = received.events
    assert isinstance(first, InboundMessage)
    assert all(isinstance(e, Edit) and e.message_id == first.message_id for e in edits)
    assert len({event.external_id for event in received.events}) == 3
    assert [event.position for event in received.events] == (
        sorted(event.position for event in received.events)
    )


# --- what we send --------------------------------------------------------------------------------


async def test_markdown_becomes_html(side: TelegramSide) -> None:
    """An answer looks as it was written; no link is previewed."""
    item = post(side.address, "You have **30 days**, see [returns](https://shop.example/r).")
    await side.channel.send(side.channel.render(item)[0])
    assert side.ada.seen[-1].html == (
        'You have <b>30 days</b>, see <a href="https://shop.example/r">returns</a>.'
    )
    sent = side.server.calls("sendMessage")[-1].params
    assert "is_disabled" in str(sent["link_preview_options"])


async def test_an_agent_signs(side: TelegramSide) -> None:
    """The agent's name stands before the first part only, inert whatever it is."""
    reply = Reply("word " * 2000, author="<Zoë>", literal=True)
    for part in side.channel.render(Outgoing("post", side.address, reply)):
        await side.channel.send(part)
    first, *others = side.texts()
    assert first.startswith("<Zoë>: word")
    assert others and not any("Zoë" in text for text in others)


async def test_blocked_and_deactivated_are_told_apart(side: TelegramSide) -> None:
    """The agent is told whether the customer has blocked the bot or is gone."""
    side.ada.block()
    with pytest.raises(Refused, match="blocked"):
        await side.channel.send(post(side.address, "Hello"))
    side.ada.unblock()
    side.ada.deactivate()
    with pytest.raises(Refused, match="gone"):
        await side.channel.send(post(side.address, "Hello"))


async def test_telegram_has_no_threads_whispers_or_receipts(side: TelegramSide) -> None:
    """What only the desk's platform can do is refused, once."""
    with pytest.raises(Refused):
        await side.channel.send(Outgoing("whisper", side.address, Reply("psst"), target="1"))
    assert await side.channel.find(post(side.address, "x"), datetime.now(UTC)) is None


async def test_a_chat_that_is_no_number_is_refused(side: TelegramSide) -> None:
    """A chat id from a file that was filled in wrong does not stop the queue."""
    with pytest.raises(Refused):
        await side.channel.send(post(Address("telegram", "Ada"), "Hello"))


async def test_a_button_telegram_would_refuse_is_a_link_in_the_text(side: TelegramSide) -> None:
    """An address without a dot in its name would make Telegram refuse the whole message."""
    item = post(side.address, "See", Option("Wiki", url="http://intranet/wiki"), Option("Yes", "y"))
    for part in side.channel.render(item):
        await side.channel.send(part)
    assert side.labels() == ["Yes"]
    assert "intranet/wiki" in side.texts()[-1]
