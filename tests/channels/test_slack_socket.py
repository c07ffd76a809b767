"""Slack by Socket Mode: the contract, and sockets that come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import outbox
from bot.channels import slack_history
from bot.channels.slack import Recent, SlackChannel
from bot.config import SettingsError
from bot.domain import (
    Address,
    Channel,
    Deletion,
    DeskMessage,
    Edit,
    InboundMessage,
    NotSent,
    Option,
    Outgoing,
    Refused,
    Reply,
    Uncertain,
)
from bot.outbox import Draft
from bot.playground.slack.server import SlackServer, Timing
from bot.service import House
from bot.storage.database import Database
from bot.storage.upgrade import upgrade
from bot.workers import Bells, OutboxWorker
from handoff.rows import Desk
from tests.channels.contract import PlatformContract, Received, listening, post, until
from tests.channels.slack_side import APP_TOKEN, BOT_TOKEN, SlackSide, read
from tests.conftest import shipped_kb

QUICK = Timing(ack=0.5, retries=(0.0, 0.1, 0.2, 0.4, 0.8))


@pytest.fixture
async def side() -> AsyncIterator[SlackSide]:
    """Maria, and a channel with two sockets."""
    async with SlackServer(timing=QUICK) as server:
        channel = socket_channel(server)
        yield SlackSide(server, channel)
        await channel.close()


@dataclass
class Watermark:
    """Stands for what the database knows: when Slack was last heard, and the threads of ours."""

    since: datetime | None = None
    threads: list[Address] = field(default_factory=list)

    async def __call__(self) -> Recent:
        return Recent(self.since, self.threads)


def socket_channel(server: SlackServer, recent: Watermark | None = None) -> SlackChannel:
    desk = server.channel("support-desk").id
    return SlackChannel(
        BOT_TOKEN, desk, app_token=APP_TOKEN, api_url=f"{server.url}/api/", recent=recent
    )


def in_order(received: Received) -> list[str]:
    """What was said, each message once, in the order in which the inbox takes it."""
    events = {event.external_id: event for event in received.events}
    inorder = sorted(events.values(), key=lambda event: event.position)
    return [getattr(event, "text", "") for event in inorder]


class TestContract(PlatformContract):
    """Slack keeps the contract through sockets."""

    platform = "slack"
    limit = 3000

    def parser(self) -> Channel:
        return SlackChannel(BOT_TOKEN, "CDESK", app_token=APP_TOKEN)

    def at(self, url: str) -> Channel:
        return SlackChannel(
            BOT_TOKEN, "CDESK", app_token=APP_TOKEN, api_url=f"{url}/api/", patience=1
        )


# --- acknowledgement -----------------------------------------------------------------------------


async def test_everything_is_acknowledged_whatever_it_is(side: SlackSide) -> None:
    """Events nobody asked for, clicks, commands and forms are acknowledged, or Slack would send
    them again and tell people that the app is broken."""
    ivo = side.server.user("Ivo Kalns", in_channels=[side.desk])
    async with listening(side.channel):
        await until(lambda: side.server.sockets.count == 2)
        card = ivo.post(side.desk, "just talk")
        ivo.react(side.desk, card.ts, "wave")
        side.server.user("Zane").join(side.desk)
        side.maria.open_home()
        side.maria.dm("Hello")
        side.maria.upload(side.maria.dm_channel, "photo.png", b"png")
        assert (await side.maria.command("/help")).acked
        assert (await side.maria.shortcut("ask")).acked
        await until(lambda: len(side.server.deliveries) >= len(side.server.events) + 2)
    assert all(delivery.acked for delivery in side.server.deliveries)
    assert {delivery.attempt for delivery in side.server.deliveries} == {0}


async def test_an_event_is_not_lost_when_slack_cannot_say_who_we_are(side: SlackSide) -> None:
    """A failing auth.test must not turn into an acknowledgement of something never stored."""
    async with listening(side.channel) as received:
        await side.connected()
        side.server.fail_next("auth.test", error="ratelimited", status=429, times=3)
        side.say("Hello")
        await until(lambda: received.texts == ["Hello"])


@pytest.mark.parametrize("code", ["invalid_auth", "missing_scope"])
async def test_a_wrong_app_token_ends_the_start(side: SlackSide, code: str) -> None:
    """Bolt alone would try it for ever; the setting is named instead."""
    side.server.fail_next("apps.connections.open", error=code, times=9)
    async with asyncio.timeout(10):
        with pytest.raises(SettingsError, match=f"SLACK_APP_TOKEN.*{code}"):
            await side.channel.listen(nowhere)


async def nowhere(_name: str, _raws: Sequence[Mapping[str, Any]]) -> None:
    """Takes events to nobody."""


async def test_a_desk_that_is_not_to_be_reached_ends_the_start(side: SlackSide) -> None:
    """Nobody could ever be brought in; what to do is said, with the setting's name."""
    server = side.server
    server.remove_bot(side.desk)
    unknown = SlackChannel(BOT_TOKEN, "C0NOSUCH", APP_TOKEN, api_url=f"{server.url}/api/")
    async with asyncio.timeout(10):
        with pytest.raises(SettingsError, match=r"SLACK_DESK_CHANNEL: the bot is not in .*/invite"):
            await side.channel.listen(nowhere)
        with pytest.raises(SettingsError, match=r"SLACK_DESK_CHANNEL: .*C0NOSUCH.*/invite"):
            await unknown.listen(nowhere)


async def test_two_sockets_are_open(side: SlackSide) -> None:
    """The SDK closes a socket before it opens the next, so there are two."""
    async with listening(side.channel):
        await until(lambda: side.server.sockets.count == 2)
        assert side.channel.is_alive(datetime.now(UTC))
        assert not side.channel.is_alive(datetime.now(UTC) + timedelta(minutes=2))
    await until(lambda: side.server.sockets.count == 0)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_disconnected_sockets_come_back(side: SlackSide, reason: str) -> None:
    """Whatever way Slack ends the sockets, they are open again soon and hear what is said."""
    async with listening(side.channel) as received:
        await side.connected()
        opened = len(side.server.calls("apps.connections.open"))
        side.server.disconnect_sockets(reason)
        if reason != "warning":
            await until(lambda: len(side.server.calls("apps.connections.open")) >= opened + 2, 30)
        await until(lambda: side.server.sockets.count == 2, 30)
        side.say("Are you back?")
        await until(lambda: "Are you back?" in received.texts)


# --- what was said while no socket was open ------------------------------------------------------


async def test_what_was_said_meanwhile_is_fetched(side: SlackSide) -> None:
    """Slack keeps nothing for an app without a socket: direct messages, mentions, their threads
    and the threads of the desk's cards are read again, each message once."""
    server = side.server
    ivo = server.user("Ivo Kalns", in_channels=[side.desk])
    shop = server.channel("shop")
    petra = server.user("Petra", in_channels=[shop])
    card = await side.channel.send(post(Address("slack", side.desk.id), "a card"))
    recent = Watermark(datetime.now(UTC), [Address("slack", side.desk.id, card)])
    server.down()
    said = side.maria.dm("said while nobody listened")
    mention = petra.mention(shop, "do you have tents?")
    petra.reply(shop, mention.ts, "for four people")
    ivo.reply(side.desk, card, "an agent's answer")
    server.down(False)
    channel = socket_channel(server, recent)
    async with listening(channel) as received:
        await until(lambda: len(set(received.texts)) == 4)
        await until(lambda: server.sockets.count == 2)
        side.say("and now live")
        await until(lambda: "and now live" in received.texts)
    await channel.close()
    ids = {event.external_id: event for event in received.events}
    assert len(ids) == 5
    assert f"{said.channel}:{said.ts}" in ids
    reply = next(e for e in received.events if isinstance(e, DeskMessage))
    assert (reply.text, reply.address.thread_id) == ("an agent's answer", card)
    assert reply.under_our_post


async def test_more_than_a_page_is_fetched(
    side: SlackSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long absence is read page by page, and nothing of it is left out."""
    monkeypatch.setattr(slack_history, "PAGE", 5)
    others = [side.server.user(f"Customer {number}") for number in range(8)]
    since = datetime.now(UTC)
    for number in range(12):
        side.maria.dm(f"line {number}")
    for person in others:
        person.dm(f"hello from {person.name}")
    channel = socket_channel(side.server, Watermark(since))
    async with listening(channel) as received:
        await until(lambda: len(set(received.texts)) == 20)
    await channel.close()
    lines = [text for text in in_order(received) if text.startswith("line")]
    assert lines == [f"line {number}" for number in range(12)]


async def test_catching_up_outlives_trouble(
    side: SlackSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429s, a broken answer and a channel we may not read delay what was missed; none of it is
    given up, and the live events that follow do not make us forget what went before."""
    monkeypatch.setattr(slack_history, "PAUSE", 0.05)
    recent = Watermark(datetime.now(UTC))
    side.server.channel("elsewhere", joined=True)
    side.maria.dm("missed")
    side.server.fail_next("users.conversations", status=429, retry_after=1)
    side.server.fail_next("conversations.history", status=502)
    side.server.fail_next("conversations.history", error="not_in_channel")
    channel = socket_channel(side.server, recent)
    async with listening(channel) as received:
        await until(lambda: "missed" in received.texts)
    await channel.close()


async def test_both_sockets_cut_and_nothing_is_lost(side: SlackSide) -> None:
    """Both sockets die at once while people write: after the reconnection everything is here."""
    recent = Watermark(datetime.now(UTC))
    channel = socket_channel(side.server, recent)
    received = Received(channel)
    async with listening(channel, received):
        await until(lambda: side.server.sockets.count == 2)
        side.server.disconnect_sockets(None)
        await until(lambda: side.server.sockets.count == 0)
        for number in range(5):
            side.maria.dm(f"message {number}")
        await until(lambda: len(set(received.texts)) == 5, 30)
    await channel.close()
    assert in_order(received) == [f"message {number}" for number in range(5)]


# --- what people say -----------------------------------------------------------------------------


async def test_a_mention_counts_once(side: SlackSide) -> None:
    """Slack tells of a mention twice; both are the same event, so the inbox keeps it once."""
    shop = side.server.channel("shop")
    petra = side.server.user("Petra", in_channels=[shop])
    async with listening(side.channel) as received:
        await side.connected()
        petra.mention(shop, "do you have tents?")
        await until(lambda: len(received.events) == 2)
    first, second = received.events
    assert first == second
    assert isinstance(first, InboundMessage)
    assert (first.text, first.addressed) == ("do you have tents?", True)


def test_a_token_in_the_environment_is_no_news(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Bolt's remark about it would puzzle everybody who starts Frontdesk."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", BOT_TOKEN)
    SlackChannel(BOT_TOKEN, "CDESK", APP_TOKEN)
    assert caplog.text == ""


def test_emoji_arrive_as_people_see_them() -> None:
    """Slack writes codes; its blocks say which signs they are, and a workspace's own have none."""
    emoji = [
        {"type": "emoji", "name": "smile", "unicode": "1f604"},
        {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fd", "skin_tone": 4},
        {"type": "emoji", "name": "ourlogo"},
        {"type": "emoji", "name": "odd", "unicode": "no such sign"},
    ]
    section = {"type": "rich_text_section", "elements": emoji}
    event = {
        "type": "message", "channel": "D1", "user": "U1", "ts": "1.5",
        "text": "Hi :smile: :wave::skin-tone-4: :ourlogo: :odd: 12:30:45",
        "blocks": [{"type": "rich_text", "elements": [section]}],
    }  # fmt: skip
    said = SlackChannel(BOT_TOKEN, "CDESK").parse({"type": "event_callback", "event": event})
    assert isinstance(said, InboundMessage)
    assert said.text == "Hi 😄 👋🏽 :ourlogo: :odd: 12:30:45"


async def test_threads_edits_and_deletions(side: SlackSide) -> None:
    """In a channel each thread is a conversation; what is said there without a mention is
    overheard; changes name the message they are about."""
    shop = side.server.channel("shop")
    petra = side.server.user("Petra", in_channels=[shop])
    async with listening(side.channel) as received:
        await side.connected()
        petra.post(shop, "talk that is not ours")
        root = petra.mention(shop, "do you have tents?")
        reply = petra.reply(shop, root.ts, "for four people", broadcast=True)
        await until(lambda: len(received.events) == 3)
        petra.edit(shop, reply.ts, "for five people")
        await until(lambda: len(received.events) == 4)
        petra.delete(shop, reply.ts)
        await until(lambda: len(received.events) == 5)
    _, _, overheard, edit, deletion = received.events
    assert isinstance(overheard, InboundMessage) and not overheard.addressed
    assert isinstance(edit, Edit) and edit.message_id == reply.ts
    assert edit.text == "for five people"
    assert isinstance(deletion, Deletion) and deletion.message_id == reply.ts
    assert {event.address.thread_id for event in received.events} == {root.ts}


async def test_deleting_the_first_message_of_a_thread(side: SlackSide) -> None:
    """Slack leaves a tombstone where a thread had answers: that is a deletion, not an edit."""
    shop = side.server.channel("shop")
    petra = side.server.user("Petra", in_channels=[shop])
    async with listening(side.channel) as received:
        await side.connected()
        root = petra.mention(shop, "do you have tents?")
        petra.reply(shop, root.ts, "hello?")
        petra.delete(shop, root.ts)
        await until(lambda: any(isinstance(e, Deletion) for e in received.events))
    assert not any(isinstance(event, Edit) for event in received.events)


async def test_bots_and_ourselves_are_not_customers(side: SlackSide) -> None:
    """Our own posts and edits, other apps and link previews start nothing."""
    shop = side.server.channel("shop")
    petra = side.server.user("Petra", in_channels=[shop])
    async with listening(side.channel) as received:
        await side.connected()
        ts = await side.channel.send(post(Address("slack", shop.id), "our post"))
        item = Outgoing("update", Address("slack", shop.id), Reply("changed"), target=ts)
        await side.channel.send(item)
        side.server.other_bot(shop, "I am a bot, <@U0DESKBOT>")
        said = petra.mention(shop, "see https://shop.example")
        before = side.server.workspace.message(side.server.workspace.channel(shop.id), said.ts)
        unfolded = replace(before, attachments=({"title": "Shop"},))
        side.server.workspace.edit(before, unfolded, by=petra.id)
        petra.mention(shop, "end")
        await until(lambda: received.texts.count("end") == 2)
    assert set(received.texts) == {"see https://shop.example", "end"}
    assert not any(isinstance(event, Edit) for event in received.events)


async def test_files_are_kept_as_attachments(side: SlackSide) -> None:
    """A shared file arrives with its name; one from another workspace at least with its id."""
    async with listening(side.channel) as received:
        await side.connected()
        side.maria.upload(side.maria.dm_channel, "tent.png", b"png", text="torn")
        side.maria.upload(side.maria.dm_channel, "far.pdf", b"pdf", remote=True)
        await until(lambda: len(received.events) == 2)
    near, far = (e for e in received.events if isinstance(e, InboundMessage))
    assert (near.text, near.attachments[0].kind, near.attachments[0].name) == (
        "torn", "photo", "tent.png")  # fmt: skip
    assert far.attachments[0].file_id


# --- what we send --------------------------------------------------------------------------------


async def test_an_uncertain_post_is_found_by_its_metadata(side: SlackSide) -> None:
    """After a lost answer the post is looked for: once it is there, it is not posted again."""
    item = replace(post(side.address, "Hello"), token="12.0")
    since = datetime.now(UTC)
    assert await side.channel.find(item, since) == ""
    side.lose_answer()
    with pytest.raises(Uncertain):
        await side.channel.send(item)
    assert await side.channel.find(item, since) == side._from_bot()[0].ts
    assert await side.channel.find(replace(item, token="13.0"), since) == ""
    assert side.texts() == ["Hello"]


async def test_an_uncertain_post_is_found_in_a_thread_and_behind_many_others(
    side: SlackSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy channel has more messages than fit on a page; the post is found all the same."""
    monkeypatch.setattr(slack_history, "PAGE", 3)
    since = datetime.now(UTC)
    desk = Address("slack", side.desk.id)
    card = await side.channel.send(replace(post(desk, "a card"), token="1.0"))
    thread = replace(desk, thread_id=card)
    await side.channel.send(replace(post(thread, "in the thread"), token="2.0"))
    for number in range(9):
        await side.channel.send(replace(post(thread, f"reply {number}"), token=f"r{number}"))
        await side.channel.send(replace(post(desk, f"post {number}"), token=f"p{number}"))
    assert await side.channel.find(replace(post(desk, "a card"), token="1.0"), since) == card
    assert await side.channel.find(replace(post(thread, "x"), token="2.0"), since)
    assert await side.channel.find(replace(post(thread, "x"), token="r8"), since)


async def test_when_slack_cannot_be_asked_the_doubt_stays(side: SlackSide) -> None:
    """Asking again is not sending again; where we may not read nobody can tell."""
    item = post(side.address, "Hello")
    side.server.fail_next("conversations.history", status=429, retry_after=9)
    with pytest.raises(NotSent) as caught:
        await side.channel.find(item, datetime.now(UTC))
    assert caught.value.retry_after == 9
    side.server.fail_next("conversations.history", status=503)
    with pytest.raises(NotSent):
        await side.channel.find(item, datetime.now(UTC))
    side.server.fail_next("conversations.history", error="missing_scope")
    assert await side.channel.find(item, datetime.now(UTC)) is None


async def test_the_desk_waits_until_the_bot_is_invited(side: SlackSide) -> None:
    """A card is not lost to a desk channel that is set up wrong; other places are final."""
    side.server.remove_bot(side.desk)
    desk = Address("slack", side.desk.id)
    with pytest.raises(NotSent):
        await side.channel.send(post(desk, "a card"))
    side.server.invite_bot(side.desk)
    assert await side.channel.send(post(desk, "a card"))
    side.server.archive(side.desk)
    with pytest.raises(NotSent):
        await side.channel.send(post(desk, "another"))
    with pytest.raises(Refused):
        await side.channel.send(post(Address("slack", "C0NOWHERE"), "another"))


async def test_a_whisper_reaches_who_is_not_in_the_channel(side: SlackSide) -> None:
    """Only one person sees it; somebody outside the channel gets it as a direct message."""
    ivo = side.server.user("Ivo Kalns", in_channels=[side.desk])
    desk = Address("slack", side.desk.id)
    for person in (ivo, side.maria):
        item = Outgoing("whisper", desk, Reply("Only members."), target=person.id)
        await side.channel.send(item)
    assert [read(message.text) for message in side.server.ephemerals(ivo)] == ["Only members."]
    assert side.texts() == ["Only members."]


async def test_a_receipt_counts_once(side: SlackSide) -> None:
    """A reaction that is there already is as good as a new one."""
    ivo = side.server.user("Ivo Kalns", in_channels=[side.desk])
    said = ivo.post(side.desk, "to the customer")
    desk = Address("slack", side.desk.id)
    item = Outgoing("react", desk, target=said.ts, emoji="incoming_envelope")
    assert await side.channel.send(item) == await side.channel.send(item)
    shown = side.server.messages(side.desk)[-1].reactions
    assert [(reaction.name, len(reaction.users)) for reaction in shown] == (
        [("incoming_envelope", 1)]
    )


async def test_the_limits_of_blocks(side: SlackSide) -> None:
    """The longest text with buttons and a signature still fits into one section."""
    reply = Reply("x" * 2980, (Option("Yes", "y"), Option("Shop", url="https://shop.example")),
                  author="N" * 80, literal=True)  # fmt: skip
    for part in side.channel.render(Outgoing("post", side.address, reply)):
        await side.channel.send(part)
    assert side.labels() == ["Yes", "Shop"]


async def test_what_slack_answers_may_be_no_json(side: SlackSide) -> None:
    """A proxy's half answer leaves a doubt; it does not end the process."""

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"ok": tr'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body)  # fmt: skip
        await writer.drain()
        writer.close()

    proxy = await asyncio.start_server(half, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    channel = SlackChannel(BOT_TOKEN, "CDESK", APP_TOKEN, api_url=f"http://127.0.0.1:{port}/api/")
    with pytest.raises(Uncertain):
        await channel.send(post(side.address, "Hello"))
    with pytest.raises(NotSent):
        await channel.find(post(side.address, "Hello"), datetime.now(UTC))
    proxy.close()
    await channel.close()


async def test_an_uncertain_post_ends_as_one_post(side: SlackSide, sqlite_url: str) -> None:
    """Slack takes the message and the answer is lost: the queue finds it there and goes on; the
    customer reads it once."""
    database = Database(sqlite_url)
    upgrade(database)
    drafts = [Draft(post(side.address, "one")), Draft(post(side.address, "two"))]
    database.transact(outbox.put, drafts, datetime.now(UTC))
    side.channel.pace = 0.0
    side.lose_answer()
    kb = shipped_kb(date(2026, 11, 22))
    desk = Desk(Address("slack", side.desk.id), kb, "en")
    house = House(kb, desk, "en", ZoneInfo("UTC"))
    worker = OutboxWorker(database, side.channel, lambda: house, Bells(), lambda: datetime.now(UTC))
    running = asyncio.ensure_future(worker.run())
    await until(lambda: len(side.texts()) >= 2)
    worker.stop()
    await running
    database.close()
    assert side.texts() == ["one", "two"]


def test_slackbot_is_nobody() -> None:
    """Slackbot has no bot_id and looks like a person; what it says starts nothing."""
    event = {"type": "message", "channel": "D1", "user": "USLACKBOT", "ts": "1.5", "text": "Hi"}
    raw = {"type": "event_callback", "event": event}
    assert SlackChannel(BOT_TOKEN, "CDESK", APP_TOKEN).parse(raw) is None
