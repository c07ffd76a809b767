"""Groups, albums, files of every kind, and what is changed afterwards, on the Telegram stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import BadRequest

from bot.playground.telegram import TelegramCustomer, TelegramServer


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    base = server.url
    async with Bot(server.token, f"{base}/bot", f"{base}/file/bot") as bot:
        yield bot


@pytest.fixture
def ada(server: TelegramServer) -> TelegramCustomer:
    ada = server.customer(7)
    ada.start()
    return ada


def heard(server: TelegramServer) -> list[str]:
    """What the bot was told of groups."""
    every = [update["message"] for update in server.updates if "message" in update]
    return [m.get("text") or m.get("caption") or "-" for m in every if m["chat"]["id"] < 0]


async def test_in_a_group_the_bot_hears_what_is_meant_for_it(
    server: TelegramServer, bot: Bot, ada: TelegramCustomer
) -> None:
    """Its name, a command, a reply to it; nothing else that is said, sent or commanded there."""
    assert not (await bot.get_me()).can_read_all_group_messages
    group = server.group("Hikers")
    sent = await bot.send_message(group.id, "Hello")
    said = group.say(ada, "nice weather, frontdesk_bot")
    group.say(ada, "@other_bot and @frontdesk_botanist")
    group.say(ada, "/start@other_bot")
    group.send_file(ada, "tent.jpg", b"\xff\xd8")
    group.say(ada, "😀 @Frontdesk_Bot where is my parcel?")
    group.say(ada, "/help")
    group.say(ada, "/help@frontdesk_bot")
    group.say(ada, "thanks", reply_to=sent.message_id)
    group.say(ada, "what?", reply_to=said.message_id)
    group.send_file(ada, "tent.jpg", b"\xff\xd8", caption="@frontdesk_bot this one")
    assert heard(server) == [
        "😀 @Frontdesk_Bot where is my parcel?", "/help", "/help@frontdesk_bot", "thanks",
        "@frontdesk_bot this one",
    ]  # fmt: skip


async def test_without_privacy_mode_it_hears_everything(ada: TelegramCustomer) -> None:
    """The bot's owner may turn that off, and getMe says so."""
    async with TelegramServer(privacy=False) as server:
        server.group("Hikers").say(ada, "nice weather")
        assert heard(server) == ["nice weather"]


async def test_a_link_to_the_bot_leads_into_the_private_chat(
    server: TelegramServer, ada: TelegramCustomer
) -> None:
    """With what stands behind `start=`; any other link tells the bot nothing."""
    assert ada.follow("https://t.me/Frontdesk_bot?start=group-5").message["text"] == (
        "/start group-5"
    )
    assert ada.follow("https://t.me/frontdesk_bot").message["text"] == "/start"
    for elsewhere in ("https://t.me/other_bot?start=1", "https://example.org/", "t.me/x"):
        with pytest.raises(ValueError, match="leads elsewhere"):
            ada.follow(elsewhere)


async def test_an_album_is_one_update_for_each_file(
    server: TelegramServer, bot: Bot, ada: TelegramCustomer
) -> None:
    """They share a media_group_id; the words come with the first."""
    ada.send_album(
        [("a.jpg", b"\xff\xd8"), ("b.png", b"\x89PNG"), ("c.mp4", b"?")], caption="my tent"
    )
    messages = [update.message for update in await bot.get_updates()][1:]
    assert [m.caption for m in messages if m] == ["my tent", None, None]
    assert len({m.media_group_id for m in messages if m}) == 1
    assert messages[2] and messages[2].video and messages[2].video.file_name == "c.mp4"
    ada.send_album([("a.pdf", b"%PDF"), ("b.pdf", b"%PDF")])
    later = [update.message for update in await bot.get_updates()][-1]
    assert later and messages[0] and later.media_group_id != messages[0].media_group_id
    with pytest.raises(ValueError, match="2 to 10"):
        ada.send_album([("a.jpg", b"\xff\xd8")])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.JPG", "photo"), ("a.mp4", "video"), ("a.mp3", "audio"), ("a.ogg", "voice"),
     ("a.pdf", "document"), ("a", "document")],
)  # fmt: skip
async def test_a_file_is_sent_as_what_it_is_called(
    bot: Bot, ada: TelegramCustomer, name: str, kind: str
) -> None:
    """And its bytes can be fetched."""
    ada.send_file(name, b"\xff\xd8 bytes", caption="look")
    message = (await bot.get_updates())[-1].message
    assert message and message.caption == "look"
    found = message.effective_attachment
    largest = found[-1] if isinstance(found, tuple | list) else found
    assert kind in message.to_dict()
    file = await bot.get_file(largest.file_id)  # type: ignore[union-attr]
    assert bytes(await file.download_as_bytearray()) == b"\xff\xd8 bytes"


async def test_what_the_bot_sends_has_name_and_size(bot: Bot, ada: TelegramCustomer) -> None:
    """A person sees what kind of file it is, what it is called and how long."""
    await bot.send_document(7, b"12345", filename="map.pdf", caption="Here")
    await bot.send_video(7, b"1234", filename="clip.mp4")
    await bot.send_audio(7, b"123", filename="song.mp3")
    assert [(m.kind, m.file_name, m.file_size, m.text) for m in ada.seen] == [
        ("document", "map.pdf", 5, "Here"), ("video", "clip.mp4", 4, ""),
        ("audio", "song.mp3", 3, ""),
    ]  # fmt: skip


async def test_changes_are_kept_in_order(bot: Bot, ada: TelegramCustomer) -> None:
    """Text, caption and deletion; a keyboard that goes is no change of what was said."""
    sent = await bot.send_message(7, "Tuesday")
    file = await bot.send_document(7, b"1", filename="a.txt", caption="one")
    await bot.edit_message_text("Monday", 7, sent.message_id)
    await bot.edit_message_caption(7, file.message_id, caption="two")
    await bot.delete_message(7, sent.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("Sunday", 7, sent.message_id)
    assert [(each.how, each.message.text) for each in ada.changes] == [
        ("edited", "Monday"), ("edited", "two"), ("deleted", "Monday"),
    ]  # fmt: skip


async def test_after_two_days_nothing_can_be_deleted() -> None:
    """The message stays, and the bot is told that it does."""
    now = [1_800_000_000.0]
    async with TelegramServer(clock=lambda: now[0]) as server:
        ada = server.customer(7)
        ada.start()
        async with Bot(server.token, f"{server.url}/bot") as bot:
            sent = await bot.send_message(7, "Tuesday")
            now[0] += 48 * 3600 + 1
            with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
                await bot.delete_message(7, sent.message_id)
            with pytest.raises(BadRequest, match="Message is not modified"):
                await bot.edit_message_text("Tuesday", 7, sent.message_id)
            await bot.edit_message_text("Monday", 7, sent.message_id)
        assert [message.text for message in ada.seen] == ["Monday"]


async def test_typing_is_counted(bot: Bot, ada: TelegramCustomer) -> None:
    """Each time the bot shows it; the next message ends it."""
    await bot.send_chat_action(7, ChatAction.TYPING)
    await bot.send_chat_action(7, ChatAction.UPLOAD_DOCUMENT)
    assert (ada.typed, ada.chat.is_typing) == (2, True)
    await bot.send_message(7, "Hello")
    assert (ada.typed, ada.chat.is_typing) == (2, False)
