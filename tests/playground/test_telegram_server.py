"""The Telegram stand-in is as strict as Telegram; real python-telegram-bot runs against it."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from bot.playground.telegram.media import small_picture
from bot.playground.telegram.server import TelegramCustomer, TelegramServer

TOKEN = "4242:test"


@pytest.fixture(autouse=True)
def new_style_durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot warns about old-style numbers otherwise, and warnings are errors."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(TOKEN, webhook_backoff=0.01) as server:
        yield server


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    async with bot_for(server) as bot:
        yield bot


@pytest.fixture
def ada(server: TelegramServer) -> TelegramCustomer:
    ada = server.customer(7, first_name="Ada", language_code="de")
    ada.start()
    return ada


def bot_for(server: TelegramServer, token: str = TOKEN) -> Bot:
    return Bot(token, base_url=f"{server.url}/bot", base_file_url=f"{server.url}/file/bot")


def refused(reason: str) -> pytest.RaisesExc[BadRequest]:
    """A 400 with this reason; python-telegram-bot changes the case of Telegram's words."""
    return pytest.raises(BadRequest, match=f"(?i){reason}")


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Yes", **button}]]}


async def raw(server: TelegramServer, method: str, **params: Any) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.url}/bot{TOKEN}/{method}", json=params) as answer,
    ):
        return answer.status, await answer.json()


# --- the wire


async def test_the_bot_learns_who_it_is(bot: Bot) -> None:
    """python-telegram-bot initialises itself with getMe, and the id is the one in the token."""
    assert (bot.id, bot.username, bot.bot.is_bot) == (4242, "frontdesk_bot", True)


async def test_a_wrong_token_is_unauthorized(server: TelegramServer) -> None:
    """A token that is not the server's gets 401, which python-telegram-bot calls InvalidToken."""
    with pytest.raises(InvalidToken):
        async with bot_for(server, "4242:other"):
            pass


async def test_an_unknown_method_is_not_found(server: TelegramServer) -> None:
    """A method Telegram does not have is answered with 404 and an error body."""
    status, body = await raw(server, "sendTelepathy")
    assert (status, body["ok"], body["error_code"]) == (404, False, 404)


async def test_parameters_travel_in_four_ways(
    server: TelegramServer, ada: TelegramCustomer
) -> None:
    """Query string, form, JSON and multipart mean the same; method names ignore case."""
    url, said = f"{server.url}/bot{TOKEN}/sendmessage", {"chat_id": "7", "text": "Hello"}
    multipart = aiohttp.FormData(said, default_to_multipart=True)
    async with aiohttp.ClientSession() as http:
        for answer in (
            http.get(url, params=said),
            http.post(url, data=said),
            http.post(url, json=said),
            http.post(url, data=multipart),
        ):
            async with answer as response:
                assert (await response.json())["result"]["text"] == "Hello"
    assert [message.text for message in ada.seen] == ["Hello"] * 4
    assert [call.params for call in server.requests] == [said] * 4


async def test_a_body_that_is_no_json_object_is_refused(server: TelegramServer) -> None:
    """A JSON body must be an object, and texts must be proper Unicode."""
    assert (await raw(server, "sendMessage", text="\ud800", chat_id=7))[0] == 400
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.url}/bot{TOKEN}/getMe", json=["a"]) as answer,
    ):
        assert answer.status == 400


async def test_every_request_is_recorded(
    server: TelegramServer, bot: Bot, ada: TelegramCustomer
) -> None:
    """Tests can compare what was asked, and with what success."""
    await bot.send_message(7, "Hello")
    with pytest.raises(BadRequest):
        await bot.send_message(8, "Nobody")
    assert [(call.params["text"], call.status) for call in server.calls("sendMessage")] == [
        ("Hello", 200),
        ("Nobody", 400),
    ]


# --- receiving


async def test_what_a_customer_writes_arrives_in_telegrams_shape(
    server: TelegramServer, bot: Bot
) -> None:
    """Every kind of message parses completely: no field is unknown to python-telegram-bot."""
    ada = server.customer(7, first_name="Ada", language_code="de", username="ada")
    ada.start("ref_42")
    ada.say("See https://example.org 😀 #parcel", sent_at=datetime(2026, 1, 2, tzinfo=UTC))
    ada.send_photo(caption="broken")
    ada.send_document("bill.pdf", b"%PDF")
    ada.send_voice()
    ada.send_sticker()
    ada.send_location()
    ada.send_contact()
    updates = await bot.get_updates()
    messages = [update.message for update in updates if update.message]
    assert [update.update_id for update in updates] == list(range(1, 9))
    assert [message.message_id for message in messages] == list(range(1, 9))
    assert all(not message.api_kwargs for message in messages)
    start, text, photo, document, voice, sticker, location, contact = messages
    assert start.from_user and start.from_user.language_code == "de"
    assert start.parse_entities([MessageEntity.BOT_COMMAND]).popitem()[1] == "/start"
    assert list(text.parse_entities().values()) == ["https://example.org", "#parcel"]
    assert text.date == datetime(2026, 1, 2, tzinfo=UTC)
    assert photo.caption == "broken" and photo.photo[-1].width == 64
    assert document.document and document.document.mime_type == "application/pdf"
    assert voice.voice and sticker.sticker and location.location and contact.contact


async def test_updates_stay_until_a_higher_offset_confirms_them(
    bot: Bot, ada: TelegramCustomer
) -> None:
    """Fetching alone loses nothing; a negative offset keeps only the last ones."""
    for text in "abc":
        ada.say(text)
    assert len(await bot.get_updates()) == 4
    assert [update.update_id for update in await bot.get_updates(limit=2)] == [1, 2]
    assert [update.update_id for update in await bot.get_updates(offset=3)] == [3, 4]
    assert [update.update_id for update in await bot.get_updates(offset=-1)] == [4]
    assert [update.update_id for update in await bot.get_updates()] == [4]


async def test_a_long_poll_is_held_until_somebody_writes(server: TelegramServer, bot: Bot) -> None:
    """The answer comes with the message, not with the timeout; without one it comes empty."""
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await server.polled()
    server.customer(7).say("Hello?")
    assert [update.message.text for update in await poll if update.message] == ["Hello?"]
    begun = time.monotonic()
    assert await bot.get_updates(offset=2, timeout=1) == ()
    assert time.monotonic() - begun >= 1


async def test_of_two_polls_the_earlier_one_ends_with_a_conflict(
    server: TelegramServer, bot: Bot, ada: TelegramCustomer
) -> None:
    """A second poller takes over, and the first is told 409."""
    first = asyncio.create_task(bot.get_updates(offset=2, timeout=20))
    await server.polled()
    async with bot_for(server) as other:
        second = asyncio.create_task(other.get_updates(offset=2, timeout=20))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        ada.say("Hello")
        assert len(await second) == 1


async def test_the_bot_gets_only_the_kinds_it_asked_for(
    server: TelegramServer, bot: Bot, ada: TelegramCustomer
) -> None:
    """allowed_updates is remembered; without it, kinds such as chat_member never come."""
    server.world.updates.push("chat_member", {})
    assert len(await bot.get_updates(allowed_updates=["edited_message"])) == 1
    act = ada.say("one")
    ada.edit(act.message_id, "two")
    kinds = [update.edited_message for update in await bot.get_updates(offset=2)]
    assert [message.text for message in kinds if message] == ["two"]


async def test_updates_are_kept_for_a_day(ada: TelegramCustomer) -> None:
    """A bot that was away for 23 hours misses nothing, one that was away for 25 does."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    async with (
        TelegramServer(TOKEN, clock=lambda: now.timestamp()) as server,
        bot_for(server) as bot,
    ):
        server.customer(7).say("Hello")
        now += timedelta(hours=23)
        assert len(await bot.get_updates()) == 1
        now += timedelta(hours=2)
        assert await bot.get_updates() == ()


async def test_an_edit_arrives_as_an_edit(bot: Bot, ada: TelegramCustomer) -> None:
    """The customer's changed text comes with the old id, the old date and an edit date."""
    act = ada.say("My oder")
    ada.edit(act.message_id, "My order")
    edited = (await bot.get_updates())[-1].edited_message
    assert edited and edited.text == "My order" and edited.edit_date
    assert edited.message_id == act.message_id


async def test_an_application_runs_unchanged(server: TelegramServer, ada: TelegramCustomer) -> None:
    """A complete python-telegram-bot application polls, answers and stops without a complaint."""

    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message and update.message.text
        await update.message.reply_text(update.message.text.upper())

    builder = Application.builder().token(TOKEN)
    app = builder.base_url(f"{server.url}/bot").base_file_url(f"{server.url}/file/bot").build()
    app.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, echo))
    async with app:
        assert app.updater
        await app.updater.start_polling()
        await app.start()
        ada.say("hello")
        assert (await ada.wait_for("HELLO")).text == "HELLO"
        await app.updater.stop()
        await app.stop()
    assert server.pending == []


# --- webhook


class Receiver:
    """An address updates are delivered to; it answers what it is told to, 200 after that."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.got: list[tuple[int, str | None]] = []
        self.arrived = asyncio.Condition()
        self.url = ""

    async def __aenter__(self) -> Receiver:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        update = await request.json()
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        async with self.arrived:
            self.got.append((update["update_id"], secret))
            self.arrived.notify_all()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def count(self, number: int) -> list[int]:
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(lambda: len(self.got) >= number)
        return [update_id for update_id, _ in self.got]


async def test_a_webhook_gets_updates_in_order_until_it_accepts_them(
    bot: Bot, ada: TelegramCustomer
) -> None:
    """A refused update comes again before the next one, with the secret, and nothing is lost."""
    ada.say("one")
    async with Receiver(500, 503) as receiver:
        await bot.set_webhook(receiver.url, secret_token="s3cret_-")
        assert await receiver.count(4) == [1, 1, 1, 2]
        assert {secret for _, secret in receiver.got} == {"s3cret_-"}
        info = await bot.get_webhook_info()
        assert info.url == receiver.url
        assert info.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        await bot.delete_webhook()
    ada.say("three")
    assert [update.update_id for update in await bot.get_updates()][-1] == 3


async def test_pending_updates_can_be_dropped(bot: Bot, ada: TelegramCustomer) -> None:
    """drop_pending_updates discards what came while the bot was away."""
    await bot.delete_webhook(drop_pending_updates=True)
    assert (await bot.get_webhook_info()).pending_update_count == 0


@pytest.mark.parametrize(
    ("url", "secret", "reason"),
    [
        ("http://example.org/hook", "", "An HTTPS URL must be provided"),
        ("https://example.org:444/hook", "", "only on ports 80, 88, 443 or 8443"),
        ("http://127.0.0.1:1/hook", "not allowed!", "unallowed characters"),
        ("http://127.0.0.1:1/hook", "x" * 257, "secret token is too long"),
    ],
)
async def test_a_webhook_telegram_would_refuse_is_refused(
    bot: Bot, url: str, secret: str, reason: str
) -> None:
    """Address and secret are checked before anything is set."""
    with refused(reason):
        await bot.set_webhook(url, secret_token=secret)
    assert (await bot.get_webhook_info()).url == ""


# --- texts


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "text is empty"),
        (" \n ", "text is empty"),
        ("x" * 4097, "message is too long"),
        ("😀" * 2049, "message is too long"),
    ],
)
async def test_a_text_is_measured_in_utf16_units(
    bot: Bot, ada: TelegramCustomer, text: str, reason: str
) -> None:
    """Nothing and more than 4096 units are refused; an emoji counts two."""
    with refused(reason):
        await bot.send_message(7, text)
    assert ada.seen == []


async def test_markup_does_not_count_towards_the_limit(bot: Bot, ada: TelegramCustomer) -> None:
    """The limit holds after entity parsing."""
    await bot.send_message(7, f"<b>{'x' * 4096}</b>", parse_mode="HTML")
    assert len(ada.seen[0].text) == 4096


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("😀 a < b", 'Unsupported start tag "" at byte offset 7'),
        ("x <b", "Unclosed start tag at byte offset 2"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 0'),
        ("<i aba>", "Expected equal sign in declaration of an attribute"),
        ("<a href=x/>y</a>", "Unexpected end of name token at byte offset 8"),
        ("<a href='x>y</a>", "Unclosed start tag at byte offset 0"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji emoji-id='x'>y</tg-emoji>", "Invalid custom emoji identifier"),
        ("&#xDFDF;", "Text contains invalid Unicode characters"),
    ],
)
async def test_broken_html_is_refused_with_telegrams_words(
    server: TelegramServer, ada: TelegramCustomer, source: str, reason: str
) -> None:
    """Everything the real parser rejects is a 400 here too, with the same byte offset."""
    status, body = await raw(server, "sendMessage", chat_id=7, text=source, parse_mode="HTML")
    assert (status, ada.seen) == (400, [])
    assert body["description"].startswith(f"Bad Request: can't parse entities: {reason}")


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("&lt;&amp;&gt;&quot;&#65;&#x1F600;&copy;", '<&>"A😀&copy;', []),
        ("😀<b>x<i>y</i></b>", "😀xy", [("bold", 2, 2), ("italic", 3, 1)]),
        ("<B>x</b> <del>y</>", "x y", [("bold", 0, 1), ("strikethrough", 2, 1)]),
        ("<ins>x</ins> <em>y</em>", "x y", [("underline", 0, 1), ("italic", 2, 1)]),
        ('<a href="https://EXAMPLE.org">x</a>', "x", [("text_link", 0, 1)]),
        ('<a href="nonsense">x</a>', "x", []),
        ('<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1)]),
        ("<span class='tg-spoiler'>x</span>", "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("<tg-emoji emoji-id='5368324170671202286'>👍</tg-emoji>", "👍", [("custom_emoji", 0, 2)]),
        ("  <b> x </b>  ", "x", [("bold", 0, 1)]),
        ("<b></b>x", "x", []),
        ("<code>@ada https://a.org</code>", "@ada https://a.org", [("code", 0, 18)]),
    ],
)  # fmt: skip
async def test_html_becomes_text_and_entities(
    bot: Bot, ada: TelegramCustomer, source: str, text: str, entities: list[tuple[str, int, int]]
) -> None:
    """What comes back is the visible text with entities counted in UTF-16 units."""
    message = await bot.send_message(7, source, parse_mode="HTML")
    assert message.text == text
    assert [(e.type, e.offset, e.length) for e in message.entities] == entities


async def test_only_a_hundred_entities_count(bot: Bot, ada: TelegramCustomer) -> None:
    """The rest of the text is sent plain, without an error."""
    message = await bot.send_message(7, "<b>x</b> " * 120, parse_mode="HTML")
    assert len(message.entities) == 100


async def test_entities_may_be_given_instead_of_markup(bot: Bot, ada: TelegramCustomer) -> None:
    """Given entities are used as they are, and refused beyond the end of the text."""
    bold = MessageEntity(MessageEntity.BOLD, 0, 2)
    message = await bot.send_message(7, "<b> x", entities=[bold])
    assert message.text == "<b> x" and message.entities[0].type == "bold"
    with refused("ends after the end of the text"):
        await bot.send_message(7, "x", entities=[bold])


@pytest.mark.parametrize(("mode", "reason"), [("MarkdownV2", "use HTML"), ("BBCode", "parse_mode")])
async def test_other_markup_is_refused(
    bot: Bot, ada: TelegramCustomer, mode: str, reason: str
) -> None:
    """Markdown is not played, and says so; an unknown mode is an error on Telegram too."""
    with refused(reason):
        await bot.send_message(7, "x", parse_mode=mode)


async def test_a_customers_page_shows_no_foreign_html(bot: Bot, ada: TelegramCustomer) -> None:
    """What the page shows is made from entities and escaped: no tag and no script gets through."""
    await bot.send_message(7, "<b>1 &lt; 2</b> &lt;script&gt; <a href='a.org?&quot;'>x</a>", "HTML")
    expected = '<b>1 &lt; 2</b> &lt;script&gt; <a href="http://a.org/?&quot;">x</a>'
    assert ada.seen[0].html == expected


async def test_a_reply_names_the_message_it_answers(bot: Bot, ada: TelegramCustomer) -> None:
    """A reply carries the original; one to a message that is gone is refused unless allowed."""
    act = ada.say("Hello?")
    reply = await bot.send_message(7, "Yes?", reply_parameters=ReplyParameters(act.message_id))
    assert reply.reply_to_message and reply.reply_to_message.text == "Hello?"
    with refused("message to be replied not found"):
        await bot.send_message(7, "Yes?", reply_parameters=ReplyParameters(99))
    await bot.send_message(
        7, "Yes?", reply_parameters=ReplyParameters(99, allow_sending_without_reply=True)
    )


# --- buttons


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ({"callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"callback_data": "ä" * 33}, "BUTTON_DATA_INVALID"),
        ({"callback_data": ""}, "Text buttons are unallowed"),
        ({}, "Text buttons are unallowed"),
        ({"callback_data": "x", "url": "https://example.org"}, "exactly one action"),
        ({"url": "http://localhost:8000"}, "is invalid: Wrong HTTP URL"),
        ({"url": "ftp://example.org"}, "is invalid: Unsupported URL protocol"),
        ({"text": "", "url": "https://example.org"}, "text must be non-empty"),
        ({"text": None, "url": "https://example.org"}, "Can't find field"),
    ],
)
async def test_a_button_telegram_would_refuse_is_refused(
    server: TelegramServer, ada: TelegramCustomer, button: dict[str, Any], reason: str
) -> None:
    """Each button has a text and exactly one valid action, or the whole message is refused."""
    status, body = await raw(
        server, "sendMessage", chat_id=7, text="Sure?", reply_markup=keyboard(**button)
    )
    assert (status, ada.seen) == (400, [])
    assert reason in body["description"]


async def test_keyboards_below_the_input_line_are_accepted(bot: Bot, ada: TelegramCustomer) -> None:
    """Reply keyboards and their removal are no part of the message, and no error."""
    await bot.send_message(7, "Choose", reply_markup=ReplyKeyboardMarkup([["A", "B"]]))
    await bot.send_message(7, "Done", reply_markup=ReplyKeyboardRemove())
    assert [message.buttons for message in ada.seen] == [(), ()]


async def test_a_pressed_button_waits_for_its_answer(bot: Bot, ada: TelegramCustomer) -> None:
    """The press names message and data; it can be answered once, and an unknown one not at all."""
    rows = [[InlineKeyboardButton("Yes", callback_data="rate:5")]]
    sent = await bot.send_message(7, "Helpful?", reply_markup=InlineKeyboardMarkup(rows))
    ada.press("Yes")
    query = (await bot.get_updates())[-1].callback_query
    assert query and query.data == "rate:5" and query.chat_instance and query.message
    assert query.message.message_id == sent.message_id
    await query.answer("Thank you")
    assert ada.alerts == ["Thank you"]
    for query_id in (query.id, "1"):
        with refused("query is too old .* or query id is invalid"):
            await bot.answer_callback_query(query_id)
    with pytest.raises(LookupError, match="no button 'No'"):
        ada.press("No")


# --- changing


async def test_an_edit_replaces_text_and_keyboard(bot: Bot, ada: TelegramCustomer) -> None:
    """The customer sees the new text; a keyboard that is not sent again is gone."""
    rows = [[InlineKeyboardButton("Yes", callback_data="y")]]
    sent = await bot.send_message(7, "Sure?", reply_markup=InlineKeyboardMarkup(rows))
    await bot.edit_message_text("Really sure?", 7, sent.message_id)
    (seen,) = ada.seen
    assert (seen.text, seen.labels, seen.edited) == ("Really sure?", (), True)
    await bot.edit_message_reply_markup(7, sent.message_id, reply_markup=InlineKeyboardMarkup(rows))
    assert ada.seen[0].labels == ("Yes",)
    assert ada.seen[0].text == "Really sure?"


async def test_an_edit_that_cannot_be_made_is_refused(bot: Bot, ada: TelegramCustomer) -> None:
    """Nothing new, no such message, and somebody else's message are three different errors."""
    sent = await bot.send_message(7, "Same")
    with refused("message is not modified: specified new"):
        await bot.edit_message_text("Same", 7, sent.message_id)
    with refused("message is not modified"):
        await bot.edit_message_reply_markup(7, sent.message_id)
    with refused("message to edit not found"):
        await bot.edit_message_text("New", 7, 99)
    with refused("message can't be edited"):
        await bot.edit_message_text("New", 7, 1)


async def test_a_deleted_message_is_gone(bot: Bot, ada: TelegramCustomer) -> None:
    """The customer no longer sees it, and it cannot be deleted twice."""
    sent = await bot.send_message(7, "Oops")
    await bot.delete_message(7, sent.message_id)
    assert ada.seen == []
    with refused("message to delete not found"):
        await bot.delete_message(7, sent.message_id)


# --- files


async def test_a_customers_file_can_be_downloaded(bot: Bot, ada: TelegramCustomer) -> None:
    """getFile leads to the very bytes the customer sent."""
    ada.send_document("bill.pdf", b"%PDF-1.7")
    message = (await bot.get_updates())[-1].message
    assert message and message.document
    file = await message.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"%PDF-1.7"


async def test_a_file_over_twenty_megabytes_cannot_be_fetched(
    bot: Bot, ada: TelegramCustomer
) -> None:
    """The message arrives with the size; getFile refuses, and an unknown id is another error."""
    ada.send_document("film.mov", b"", size=25_000_000)
    message = (await bot.get_updates())[-1].message
    assert message and message.document and message.document.file_size == 25_000_000
    with refused("file is too big"):
        await bot.get_file(message.document.file_id)
    with refused("wrong file_id"):
        await bot.get_file("unknown")


async def test_the_bot_sends_files_by_upload_and_by_id(bot: Bot, ada: TelegramCustomer) -> None:
    """An uploaded file can be sent again by its id, but not as something else."""
    photo = await bot.send_photo(7, small_picture(), caption="<b>Map</b>", parse_mode="HTML")
    assert photo.caption == "Map" and photo.caption_entities[0].type == "bold"
    document = await bot.send_document(7, b"a,b", filename="list.csv")
    assert document.document
    again = await bot.send_document(7, document.document.file_id)
    assert again.document == document.document
    await bot.send_voice(7, b"OggS")
    assert [seen.kind for seen in ada.seen] == ["photo", "document", "document", "voice"]
    with refused("can't use file of type Document as Photo"):
        await bot.send_photo(7, document.document.file_id)


async def test_a_file_telegram_would_refuse_is_refused(bot: Bot, ada: TelegramCustomer) -> None:
    """Captions have a limit of their own, a photo must be one, and files by URL stay away."""
    with refused("message caption is too long"):
        await bot.send_document(7, b"x", caption="x" * 1025)
    with refused("image_process_failed"):
        await bot.send_photo(7, b"no picture")
    with refused("failed to get http url content"):
        await bot.send_photo(7, "https://example.org/x.png")
    with refused("file must be non-empty"):
        await bot.send_document(7, b"")
    assert ada.seen == []


# --- who can be written to


async def test_an_unknown_chat_is_not_found(bot: Bot) -> None:
    """A chat nobody has heard of is a 400, not a 403."""
    with refused("chat not found"):
        await bot.send_message(99, "Hello")


async def test_a_customer_decides_whether_the_bot_may_write(
    server: TelegramServer, bot: Bot
) -> None:
    """Not before they start it, not while it is blocked, and never again after they are gone."""
    bob = server.customer(8, "Bob")
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(8, "Hello")
    bob.start()
    await bot.send_message(8, "Hello")
    bob.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(8, "Hello?")
    member = (await bot.get_updates())[-1].my_chat_member
    assert member and member.new_chat_member.status == "kicked"
    with pytest.raises(ValueError, match="blocked"):
        bob.say("Hello")
    bob.unblock()
    await bot.send_message(8, "Welcome back")
    bob.deactivate()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(8, "Hello?")
    assert [message.text for message in bob.seen] == ["Hello", "Welcome back"]


async def test_a_group_that_moved_names_its_new_id(
    server: TelegramServer, bot: Bot, ada: TelegramCustomer
) -> None:
    """A send to the old id fails with the id of the supergroup, where it works."""
    group = server.group("Owners")
    group.say(ada, "Hi all")
    await bot.send_message(group.id, "Hi")
    new = group.migrate()
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "Hi")
    assert moved.value.new_chat_id == new.id
    await bot.send_message(new.id, "Hi")
    new.kick(ada)
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(new.id, "Hi")


async def test_only_a_topic_that_exists_can_be_written_to(
    server: TelegramServer, bot: Bot, ada: TelegramCustomer
) -> None:
    """message_thread_id is kept in a forum and refused elsewhere."""
    forum = server.group("Owners", topics=(3,))
    sent = await bot.send_message(forum.id, "Hi", message_thread_id=3)
    assert sent.message_thread_id == 3 and sent.is_topic_message
    for chat_id, topic in ((forum.id, 4), (7, 3)):
        with refused("message thread not found"):
            await bot.send_message(chat_id, "Hi", message_thread_id=topic)


async def test_a_chat_can_be_looked_up(bot: Bot, ada: TelegramCustomer) -> None:
    """getChat answers with the chat's details, and the bot can show that it is typing."""
    chat = await bot.get_chat(7)
    assert (chat.type, chat.first_name) == ("private", "Ada")
    await bot.send_chat_action(7, "typing")
    assert ada.chat.is_typing
    with refused("wrong parameter action"):
        await bot.send_chat_action(7, "thinking")


async def test_the_profile_is_kept_per_language(bot: Bot) -> None:
    """Commands and descriptions come back as they were set, and bad commands are refused."""
    await bot.set_my_commands([("help", "Get help")])
    await bot.set_my_commands([("help", "Hilfe holen")], language_code="de")
    assert [c.description for c in await bot.get_my_commands(language_code="de")] == ["Hilfe holen"]
    await bot.delete_my_commands(language_code="de")
    assert await bot.get_my_commands(language_code="de") == ()
    await bot.set_my_description("We help.")
    assert (await bot.get_my_description("de")).description == "We help."
    assert (await bot.get_my_name()).name == "Frontdesk"
    with refused("bot_command_invalid"):
        await bot.set_my_commands([("Help!", "Get help")])


# --- accidents


async def test_too_many_messages_to_one_chat_have_to_wait() -> None:
    """With limits on, a small burst passes, the next gets 429, and other chats are not touched."""
    async with TelegramServer(TOKEN, limits=True) as server, bot_for(server) as bot:
        ada, bob = server.customer(7), server.customer(8)
        ada.start()
        bob.start()
        with pytest.raises(RetryAfter) as slow_down:
            for number in range(10):
                await bot.send_message(7, str(number))
        assert (
            slow_down.value.retry_after == timedelta(seconds=1) or slow_down.value.retry_after == 1
        )
        assert len(ada.seen) == 3
        await bot.send_message(8, "Hello")


async def test_a_planned_failure_happens_as_often_as_planned(
    server: TelegramServer, bot: Bot, ada: TelegramCustomer
) -> None:
    """fail_next refuses the next requests of this method, for this chat only if one is named."""
    server.customer(8).start()
    server.fail_next("sendMessage", 500, times=2, chat_id=7)
    await bot.send_message(8, "Hello")
    for _ in range(2):
        with pytest.raises(NetworkError, match="Internal Server Error"):
            await bot.send_message(7, "Hello")
    await bot.send_message(7, "Hello")
    server.fail_next("sendMessage", 429, retry_after=30)
    with pytest.raises(RetryAfter) as slow_down:
        await bot.send_message(7, "Hello")
    assert slow_down.value.retry_after == timedelta(seconds=30)
    server.fail_next("sendMessage", 502)
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(7, "Hello")
    assert len(ada.seen) == 1


async def test_an_answer_can_be_lost_after_the_message_arrived(
    server: TelegramServer, bot: Bot, ada: TelegramCustomer
) -> None:
    """drop_after_accept delivers and then cuts the line; drop_before_accept only cuts it."""
    server.drop_after_accept("sendMessage")
    server.drop_before_accept("sendMessage")
    for text in ("arrives", "does not"):
        with pytest.raises(NetworkError, match=r"RemoteProtocolError|ReadError"):
            await bot.send_message(7, text)
    assert [message.text for message in ada.seen] == ["arrives"]
    assert [call.status for call in server.calls("sendMessage")] == [0, 0]


async def test_a_request_can_hang(server: TelegramServer, bot: Bot, ada: TelegramCustomer) -> None:
    """The bot times out; whether the message arrived depends on when the silence began."""
    server.hang("sendMessage", 20, accepted=True)
    server.hang("sendMessage", 20)
    for text in ("arrives", "does not"):
        with pytest.raises(TimedOut):
            await bot.send_message(7, text, read_timeout=0.1)
    assert [message.text for message in ada.seen] == ["arrives"]


async def test_the_server_can_be_down(
    server: TelegramServer, bot: Bot, ada: TelegramCustomer
) -> None:
    """Connections are refused, which proves that nothing was sent; then it is back as before."""
    poll = asyncio.create_task(bot.get_updates(offset=2, timeout=20))
    await server.polled()
    await server.down()
    with pytest.raises(NetworkError):
        await poll
    with pytest.raises(NetworkError, match="ConnectError"):
        await bot.send_message(7, "Hello")
    await server.down(False)
    await bot.send_message(7, "Hello")
    assert len(ada.seen) == 1


async def test_an_update_can_come_twice(
    server: TelegramServer, bot: Bot, ada: TelegramCustomer
) -> None:
    """resend delivers it again although it was confirmed, and only once."""
    act = ada.say("Hello")
    assert len(await bot.get_updates(offset=3)) == 0
    server.resend(act)
    assert [update.update_id for update in await bot.get_updates(offset=3)] == [2]
    assert await bot.get_updates(offset=3) == ()


async def test_a_poison_update_comes_again_and_again(
    server: TelegramServer, ada: TelegramCustomer
) -> None:
    """push_raw delivers whatever it is given, and it blocks until it is confirmed."""
    update = server.push_raw({"message": {"message_id": "not a number"}})
    for _ in range(2):
        _, body = await raw(server, "getUpdates", offset=2)
        assert body["result"] == [update]
    _, body = await raw(server, "getUpdates", offset=3)
    assert body["result"] == []


# --- the customer's side


async def test_waiting_ends_with_the_message_or_says_what_came_instead(
    bot: Bot, ada: TelegramCustomer
) -> None:
    """wait_for returns as soon as the text is there, also by an edit, and explains a failure."""
    waiting = asyncio.create_task(ada.wait_for(lambda message: message.text == "Done"))
    sent = await bot.send_message(7, "Working")
    await bot.edit_message_text("Done", 7, sent.message_id)
    assert (await waiting).message_id == sent.message_id
    with pytest.raises(TimeoutError, match=r"'More' was not seen .* but \['Done'\]"):
        await ada.wait_for("More", timeout=0.01)
    with pytest.raises(TimeoutError):
        await ada.wait_for("Done", timeout=0.01, after=sent.message_id)


async def test_the_page_plays_a_conversation(server: TelegramServer, bot: Bot) -> None:
    """The JSON routes do what the Python methods do, and tell when something has changed."""
    async with aiohttp.ClientSession(f"{server.url}/play/telegram/") as http:

        async def act(path: str, **body: Any) -> Any:
            async with http.post(path, json=body) as answer:
                assert answer.status == 200, await answer.text()
                return await answer.json()

        chat = await act("chats", first_name="Eva", language_code="de")
        chat_id, room = chat["id"], f"chats/{chat['id']}"
        await act(f"{room}/start")
        said = await act(f"{room}/say", text="<b>Hello")
        await act(f"{room}/edit", message_id=said["message_id"], text="<i>Hello")
        await act(f"{room}/picture", caption="See")
        rows = [[InlineKeyboardButton("Yes", callback_data="y")]]
        await bot.send_message(
            chat_id, "<b>Sure?</b>", "HTML", reply_markup=InlineKeyboardMarkup(rows)
        )
        await act(f"{room}/press", button="Yes")
        await act(f"{room}/block")
        await act(f"{room}/unblock")
        async with http.get("chats") as answer:
            shown = await answer.json()
        (eva,) = shown["chats"]
        assert [m["html"] for m in eva["messages"]] == [
            "/start",
            "&lt;i&gt;Hello",
            "See",
            "<b>Sure?</b>",
        ]
        assert [m["by"] for m in eva["messages"]] == ["customer"] * 3 + ["bot"]
        assert eva["messages"][3]["buttons"] == [[{"text": "Yes", "data": "y", "url": None}]]
        async with http.get(eva["messages"][2]["picture"]) as answer:
            assert (answer.content_type, await answer.read()) == ("image/png", small_picture())
        news = http.get("changes", params={"after": shown["version"], "timeout": 5})
        changed = asyncio.gather(news, act(f"{room}/say", text="And?"))
        async with (await changed)[0] as answer:
            assert (await answer.json())["version"] > shown["version"]
    assert len(await bot.get_updates()) == 8


async def test_the_page_is_told_of_changes_as_they_happen(
    server: TelegramServer, ada: TelegramCustomer
) -> None:
    """A stream of server-sent events names the new version at every change."""
    headers = {"Accept": "text/event-stream"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.get(f"{server.url}/play/telegram/changes") as stream,
    ):
        assert stream.content_type == "text/event-stream"
        assert (await stream.content.readuntil(b"\n\n")).startswith(b"event: change\ndata: ")
        ada.say("Hello")
        event = (await stream.content.readuntil(b"\n\n")).decode()
        assert json.loads(event.split("data: ")[1]) == {"version": server.world.pulse.version}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("chats/7/say", {}, 400),
        ("chats/8/say", {"text": "x"}, 404),
        ("chats/7/press", {"button": "No"}, 404),
        ("chats/7/dance", {}, 404),
        ("chats/7/say", None, 415),
    ],
)
async def test_the_page_gets_clear_errors(
    server: TelegramServer, ada: TelegramCustomer, path: str, body: dict[str, Any], status: int
) -> None:
    """What cannot be done is an error with a text, never a stack trace."""
    async with aiohttp.ClientSession(f"{server.url}/play/telegram/") as http:
        request = http.post(path, json=body) if body is not None else http.post(path, data="x")
        async with request as answer:
            assert (answer.status, list(await answer.json())) == (status, ["error"])


async def test_nothing_is_left_running() -> None:
    """Closing the server ends held polls, streams and deliveries at once."""
    async with TelegramServer(TOKEN) as server, bot_for(server) as bot:
        before = asyncio.all_tasks()
        await bot.set_webhook("http://127.0.0.1:1/hook")
        await bot.delete_webhook()
        poll = asyncio.create_task(bot.get_updates(timeout=20))
        await server.polled()
        begun = time.monotonic()
        await server.__aexit__(None, None, None)
        with pytest.raises(NetworkError):
            await poll
    assert time.monotonic() - begun < 1
    assert asyncio.all_tasks() <= before


async def test_it_runs_as_a_process_of_its_own() -> None:
    """The module starts a server, says where, works by its JSON routes, and stops on SIGTERM."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.playground.telegram", "--port", "0", "--token", TOKEN),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    url = (await process.stdout.readline()).decode().split()[-1]
    async with aiohttp.ClientSession() as http:
        new = http.post(f"{url}/play/telegram/chats", json={"first_name": "Ada"})
        async with new as answer:
            chat_id = (await answer.json())["id"]
        said = {"text": "Hello"}
        async with http.post(f"{url}/play/telegram/chats/{chat_id}/say", json=said) as answer:
            assert await answer.json() == {"update_id": 1, "message_id": 1}
        async with http.get(f"{url}/bot{TOKEN}/getUpdates") as answer:
            assert len((await answer.json())["result"]) == 1
    process.terminate()
    assert await process.wait() == 0
