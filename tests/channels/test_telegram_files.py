"""Files on Telegram, and what Telegram refuses: each refusal has a clear end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable

import pytest

from bot.channels.telegram import TelegramChannel
from bot.domain import (
    FILE_GONE,
    FILE_TOO_LARGE,
    NO_MESSAGE,
    TOO_OLD,
    Address,
    File,
    NotSent,
    Outgoing,
    Refused,
    Reply,
)
from bot.playground.telegram.server import TelegramServer
from tests.channels import sample_files as samples
from tests.channels.telegram_side import TOKEN, TelegramSide

MOST = 100_000


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSide]:
    """Ada, and a channel that only fetches and sends."""
    async with TelegramServer(token=TOKEN) as server:
        channel = TelegramChannel(TOKEN, server.url, patience=2)
        yield TelegramSide(server, channel)
        await channel.close()


async def reason(work: Awaitable[object]) -> str:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.reason


# --- from Telegram -------------------------------------------------------------------------------


def given(side: TelegramSide, content: bytes = samples.PDF, size: int | None = None) -> File:
    """What Ada has just sent."""
    file = side.server.world.files.add("document", "label.pdf", content, size)
    return File("label.pdf", size=size, source="telegram", file_id=file.file_id)


async def test_a_telegram_file_is_fetched(telegram: TelegramSide) -> None:
    """By its id, whole."""
    found = await telegram.channel.fetch(given(telegram), MOST)
    assert (found.name, found.content) == ("label.pdf", samples.PDF)


async def test_telegram_gives_bots_20_megabytes(telegram: TelegramSide) -> None:
    """More is not asked for; where nothing was said of its size, Telegram says that it is more."""
    large = given(telegram, size=30_000_000)
    assert await reason(telegram.channel.fetch(large, 50_000_000)) == FILE_TOO_LARGE
    unknown = File("label.pdf", source="telegram", file_id=large.file_id)
    assert await reason(telegram.channel.fetch(unknown, 50_000_000)) == FILE_TOO_LARGE
    assert await reason(telegram.channel.fetch(given(telegram), 10)) == FILE_TOO_LARGE


async def test_an_expired_file_id_is_gone(
    telegram: TelegramSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so is one whose bytes are no longer there."""
    assert await reason(telegram.channel.fetch(File("a", file_id="BQACexpired"), MOST)) == FILE_GONE
    file = given(telegram)
    monkeypatch.setattr(telegram.server.world.files, "at", lambda path: None)
    assert await reason(telegram.channel.fetch(file, MOST)) == FILE_GONE


async def test_a_telegram_that_is_away_is_asked_again(telegram: TelegramSide) -> None:
    """A question can be repeated."""
    file = given(telegram)
    telegram.server.fail_next("getFile", 429, retry_after=3)
    with pytest.raises(NotSent) as busy:
        await telegram.channel.fetch(file, MOST)
    assert busy.value.retry_after == 3
    telegram.server.drop_after_accept("getFile")
    with pytest.raises(NotSent):
        await telegram.channel.fetch(file, MOST)


# --- to Telegram ---------------------------------------------------------------------------------


def to_telegram(side: TelegramSide, mime: str, content: bytes, text: str = "") -> Outgoing:
    return Outgoing("file", side.address, Reply(text), file=File("a", mime=mime, content=content))


@pytest.mark.parametrize(
    ("mime", "content", "kind"),
    [
        ("image/jpeg", samples.JPEG, "sendPhoto"),
        ("image/gif", b"GIF89a", "sendDocument"),
        ("video/mp4", samples.MP4, "sendVideo"),
        ("audio/mpeg", b"ID3", "sendAudio"),
        ("application/pdf", samples.PDF, "sendDocument"),
        ("image/jpeg", samples.JPEG + b"\0" * 10_000_000, "sendDocument"),
    ],
)
async def test_a_file_is_sent_as_what_it_is(
    telegram: TelegramSide, mime: str, content: bytes, kind: str
) -> None:
    """Pictures so that they are seen at once, up to ten megabytes; all else as it opens best."""
    await telegram.channel.send(to_telegram(telegram, mime, content, "<b>Here</b>"))
    assert [call.method for call in telegram.server.requests] == [kind]
    assert telegram.texts()[-1] == "Here"


@pytest.mark.parametrize("why", ["PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED"])
async def test_a_picture_that_telegram_does_not_show_is_a_document(
    telegram: TelegramSide, why: str
) -> None:
    """A long receipt, say: it arrives all the same."""
    telegram.server.fail_next("sendPhoto", 400, description=f"Bad Request: {why}")
    await telegram.channel.send(to_telegram(telegram, "image/jpeg", samples.JPEG))
    assert [call.method for call in telegram.server.requests] == ["sendPhoto", "sendDocument"]


async def test_telegram_takes_50_megabytes(telegram: TelegramSide) -> None:
    """More is not sent; and what Telegram finds too large is told as that."""
    whole = to_telegram(telegram, "application/pdf", bytes(50_000_001))
    assert await reason(telegram.channel.send(whole)) == FILE_TOO_LARGE
    telegram.server.fail_next("sendDocument", 413, description="Request Entity Too Large")
    less = to_telegram(telegram, "application/pdf", samples.PDF)
    assert await reason(telegram.channel.send(less)) == FILE_TOO_LARGE


async def test_a_caption_that_is_too_long_goes_before_the_file(telegram: TelegramSide) -> None:
    """Telegram takes 1,024 characters below a file."""
    item = to_telegram(telegram, "application/pdf", samples.PDF, "word " * 300)
    for part in telegram.channel.render(item):
        await telegram.channel.send(part)
    methods = [call.method for call in telegram.server.requests]
    assert methods == ["sendMessage", "sendDocument"]
    short = telegram.channel.render(to_telegram(telegram, "application/pdf", b"", "word"))
    assert [(part.kind, part.reply.text) for part in short] == [("file", "word")]


# --- Telegram's refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "said", "meaning"),
    [
        (403, "Forbidden: bot was blocked by the user", "blocked"),
        (403, "Forbidden: user is deactivated", "gone"),
        (403, "Forbidden: bot can't initiate conversation with a user", "gone"),
        (403, "Forbidden: bot was kicked from the group chat", "gone"),
        (400, "Bad Request: chat not found", "gone"),
        (400, "Bad Request: file is too big", FILE_TOO_LARGE),
    ],
)
@pytest.mark.parametrize("kind", ["post", "file"])
async def test_who_cannot_be_reached_is_told(
    telegram: TelegramSide, kind: str, status: int, said: str, meaning: str
) -> None:
    """The same for words and for files: never again, and the agent hears why."""
    telegram.server.fail_next("*", status, description=said)
    item = to_telegram(telegram, "application/pdf", samples.PDF, "Hello")
    if kind == "post":
        item = Outgoing("post", telegram.address, Reply("Hello"))
    assert await reason(telegram.channel.send(item)) == meaning


@pytest.mark.parametrize(
    ("kind", "said", "meaning"),
    [
        ("delete", "message can't be deleted for everyone", TOO_OLD),
        ("update", "message can't be edited", TOO_OLD),
        ("update", "message to edit not found", NO_MESSAGE),
        ("update", "MESSAGE_ID_INVALID", NO_MESSAGE),
        ("update", "chat not found", "gone"),
    ],
)
async def test_what_cannot_be_changed_is_told(
    telegram: TelegramSide, kind: str, said: str, meaning: str
) -> None:
    """After 48 hours, or where the customer has deleted it."""
    telegram.server.fail_next("*", 400, description=f"Bad Request: {said}")
    item = Outgoing(kind, telegram.address, Reply("Hello"), target="7")  # type: ignore[arg-type]
    assert await reason(telegram.channel.send(item)) == meaning


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("update", "message is not modified: specified new message content is the same"),
        ("delete", "message to delete not found"),
    ],
)
async def test_what_is_so_already_has_been_done(
    telegram: TelegramSide, kind: str, said: str
) -> None:
    """Twice is once."""
    telegram.server.fail_next("*", 400, description=f"Bad Request: {said}")
    item = Outgoing(kind, telegram.address, Reply("Hello"), target="7")  # type: ignore[arg-type]
    assert await telegram.channel.send(item) == "7"


async def test_a_group_that_has_become_a_supergroup_is_written_to_there(
    telegram: TelegramSide,
) -> None:
    """Telegram says its new number, and the answer arrives."""
    group = telegram.server.group("Hikers")
    old = Address("telegram", str(group.id))
    moved = group.migrate()
    await telegram.channel.send(Outgoing("post", old, Reply("Hello, hikers")))
    chats = [call.params.get("chat_id") for call in telegram.server.requests]
    assert [str(chat) for chat in chats][-1] == str(moved.id)
