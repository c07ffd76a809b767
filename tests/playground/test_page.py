"""The playground's page: its routes over HTTP, and the page itself in a real browser."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

import bot.playground.page
from bot.domain import Address
from bot.playground.page import faults as page_faults
from bot.playground.page.app import page_app
from bot.playground.page.cast import GROUP, bring_cast
from bot.playground.slack.mrkdwn import to_html
from bot.playground.slack.server import SlackServer
from bot.playground.telegram.media import small_picture
from bot.playground.telegram.server import TelegramServer
from handoff.forms import views
from tests.browser import Tab
from tests.playground.conftest import TOKEN, App, FakeControls, Playground, button, card, served

Json = dict[str, Any]
DECISION = {
    "at": "2026-03-02T09:00:00+00:00",
    "customer": "Anna",
    "text": "Can I send my boots back?",
    "outcome": "answered",
    "language": "en",
    "why": ["return-an-item is sure enough"],
    "matches": [{"article": "return-an-item", "score": 0.86, "evidence": "can I send it back"}],
}
EXPLAINED = {
    **DECISION,
    "rule": "sure_enough",
    "mood": {"level": "displeased", "score": 0.61, "reasons": ["“boots”", "in_vain"]},
    "matches": [
        {"article": "return-an-item", "score": 0.86, "evidence": "can I send it back",
         "precision": 0.97, "precision_asked": 0.9, "share": 0.76},
        {"article": "exchange-size", "score": 0.05, "evidence": "can I swap it",
         "precision": 0.1, "precision_asked": 0.95, "share": 0.08},
    ],
    "signals": {"words": 0.71, "letters": 0.64},
    "second": {"article": "exchange-size", "score": 0.05, "behind": 0.81},
    "parts": [{"text": "Can it go back?", "matches": []}],
    "in_context": {"text": "Can it go back? boots", "matches": [
        {"article": "return-cost", "score": 0.55, "evidence": "what does it cost"}]},
}  # fmt: skip


# --- the routes


async def test_the_page_and_all_it_needs_come_from_this_address(
    http: aiohttp.ClientSession,
) -> None:
    """Every file is served with a policy that lets nothing else in, and names nothing elsewhere."""
    folder = Path(bot.playground.page.__file__).parent / "static"
    names = [each.name for each in folder.glob("page*") if each.suffix in (".css", ".js", ".svg")]
    assert len(names) > 5
    for name in ("", *names):
        async with http.get(name) as answer:
            text = await answer.text()
            assert (answer.status, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
            assert (
                "default-src 'none'; script-src 'self'"
                in (answer.headers["Content-Security-Policy"])
            )
        assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}
        assert not re.search(r"<script(?! type=\"module\" src)|<[^>]+ (on\w+|style)=", text)


@pytest.mark.parametrize("name", ["page.py", "page_none.js", "page_%2e%2e.css", "slack.py"])
async def test_nothing_but_the_page_is_served(http: aiohttp.ClientSession, name: str) -> None:
    """Other files of the package are not there."""
    async with http.get(name) as answer:
        assert answer.status == 404
        assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8080", 200),
        ("[::1]:8080", 200),
        ("127.0.0.1", 200),
        ("playground.example", 421),
        ("127.0.0.1.example:80", 421),
        ("[", 421),
    ],
)
async def test_it_answers_under_loopback_names_only(
    http: aiohttp.ClientSession, host: str, status: int
) -> None:
    """A foreign name that points at 127.0.0.1 gets nothing, not even the chats to read."""
    for path in ("", "play/telegram/chats", "play/slack/state"):
        async with http.get(path, headers={"Host": host}) as answer:
            assert answer.status == status


@pytest.mark.parametrize(
    "path",
    ["play/skip", "play/faults", "play/telegram/chats", "play/slack/users", "play/slack/post"],
)
async def test_other_sites_cannot_post(http: aiohttp.ClientSession, path: str) -> None:
    """A form is refused, and so is JSON from another origin."""
    async with http.post(path, data={"seconds": "1"}) as answer:
        assert answer.status == 415
    foreign = {"Origin": "https://site.example"}
    async with http.post(path, json={"seconds": 1}, headers=foreign) as answer:
        assert answer.status == 403
        assert "site.example" in (await answer.json())["error"]


async def test_skipping_ahead_moves_the_clock(
    play: Playground, http: aiohttp.ClientSession
) -> None:
    """The answer is the new time, which the clock shows from then on."""
    async with http.post("play/skip", json={"seconds": 3600}) as answer:
        assert await answer.json() == {"now": "2026-03-02T10:00:00+00:00"}
    async with http.get("play/clock") as answer:
        assert await answer.json() == {"now": "2026-03-02T10:00:00+00:00"}


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("play/skip", {"seconds": 0}, "a number above 0"),
        ("play/skip", {"seconds": "1 day"}, "a number above 0"),
        ("play/skip", {"seconds": 10**9}, "a year at most"),
        ("play/skip", [], "a number above 0"),
        ("play/faults", {"fault": "flood"}, "telegram_down, telegram_429"),
    ],
)
async def test_a_request_that_makes_no_sense_is_explained(
    http: aiohttp.ClientSession, path: str, body: Any, words: str
) -> None:
    """A 400 says what was expected."""
    async with http.post(path, json=body) as answer:
        assert answer.status == 400
        assert words in (await answer.json())["error"]


async def test_the_decisions_are_passed_on(play: Playground, http: aiohttp.ClientSession) -> None:
    """What the bot says about itself arrives as it is."""
    play.controls.made = [DECISION]
    async with http.get("play/decisions") as answer:
        assert await answer.json() == [DECISION]


async def test_a_waiting_request_hears_of_either_side(
    play: Playground, http: aiohttp.ClientSession
) -> None:
    """It answers at once when the page is behind, else with the next change on any side."""

    async def versions(**known: int) -> Json:
        async with http.get("play/changes", params=known) as answer:
            body: Json = await answer.json()
            return body

    now = await versions(telegram=-1, slack=-1)
    for change in (
        lambda: play.anna.say("Hello"),
        lambda: play.slack.user("Eva Lind").dm("Hello"),
    ):
        waiting = asyncio.create_task(versions(telegram=now["telegram"], slack=now["slack"]))
        await asyncio.sleep(0)
        change()
        told = await waiting
        assert (told["telegram"], told["slack"]) > (now["telegram"], now["slack"])
        now = told
    async with http.get("play/changes", params={"telegram": "new"}) as answer:
        assert answer.status == 400


async def test_closing_does_not_wait_for_the_page() -> None:
    """A request that waits for a change is answered when the demo ends."""
    async with TelegramServer(TOKEN) as telegram, SlackServer() as slack:
        async with (
            aiohttp.ClientSession() as http,
            served(page_app(telegram, slack, FakeControls(), "desk")) as url,
        ):
            known = {"telegram": telegram.world.pulse.version, "slack": slack.changes.version}
            waiting = asyncio.create_task(http.get(f"{url}play/changes", params=known))
            while not telegram.world.pulse.waited_for:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0)
            begun = time.monotonic()
        assert (await waiting).status == 200
        assert time.monotonic() - begun < 1


async def test_a_cast_is_there_and_comes_only_once(
    play: Playground, http: aiohttp.ClientSession
) -> None:
    """Five customers in five languages and their group; three colleagues and a guest on the desk;
    Eva outside."""
    desk = bring_cast(play.telegram, play.slack, "support-desk")
    async with http.get("play/stage") as answer:
        assert (await answer.json())["desk"] == desk
    async with http.get("play/telegram/chats") as answer:
        chats = (await answer.json())["chats"]
    languages = [each["language_code"] for each in chats if each["kind"] == "private"]
    assert languages == ["en", "ru", "tr", "lv", "pl"]
    assert [each["title"] for each in chats if each["kind"] == "group"] == [GROUP]
    members = play.slack.channel("support-desk").members
    users = {each.real_name: each for each in play.slack.workspace.users.values()}
    inside = {name for name, user in users.items() if user.id in members}
    people = {"Frontdesk", "Maria Ozola", "Tomasz Nowak", "Olga Kalnina", "Olivia Reed"}
    assert inside == people
    assert users["Olivia Reed"].is_guest
    assert "Eva Lind" in users


async def test_faults_can_be_ordered(
    play: Playground,
    http: aiohttp.ClientSession,
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Refused, lost on the way back, or down for a while: for Telegram and for Slack."""
    monkeypatch.setattr(page_faults, "DOWN_SECONDS", 0.2)

    async def order(fault: str) -> None:
        async with http.post("play/faults", json={"fault": fault}) as answer:
            assert answer.status == 200

    async def send() -> int:
        said = {"chat_id": play.anna.id, "text": "Hello"}
        async with http.post(f"{play.telegram.url}/bot{TOKEN}/sendMessage", json=said) as answer:
            return answer.status

    play.anna.start()
    await order("telegram_429")
    assert (await send(), await send()) == (429, 200)
    await order("telegram_lost")
    with pytest.raises(aiohttp.ClientError):
        await send()
    assert len(play.anna.seen) == 2
    await order("telegram_down")
    with pytest.raises(aiohttp.ClientError):
        await send()
    await order("telegram_down")  # once more, before it is over
    async with asyncio.timeout(5):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                assert await send() == 200
                break
            await asyncio.sleep(0.02)

    for fault in ("slack_429", "slack_lost", "slack_down"):
        await order(fault)
    assert play.slack.api.faults.down
    await play.slack.wait_for(lambda: not play.slack.api.faults.down)
    desk = play.slack.channel("support-desk").id
    answers = [await _status(client, desk) for _ in range(3)]
    assert answers == [429, 0, 200]


async def _status(client: AsyncWebClient, channel: str) -> int:
    async with aiohttp.ClientSession() as http:
        url, said = f"{client.base_url}chat.postMessage", {"channel": channel, "text": "x"}
        headers = {"Authorization": f"Bearer {client.token}"}
        try:
            async with http.post(url, json=said, headers=headers) as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0


async def test_a_customer_sends_more_than_words(
    play: Playground, http: aiohttp.ClientSession
) -> None:
    """The customer's routes take voice, files, places and a picture of one's own."""
    room = f"play/telegram/chats/{play.anna.id}"
    picture = small_picture() + b"mine"
    sent = [{"kind": kind} for kind in ("voice", "document", "location", "sticker", "contact")]
    for body in sent:
        async with http.post(f"{room}/attach", json=body) as answer:
            assert answer.status == 200
    async with http.post(
        f"{room}/picture", json={"base64": base64.b64encode(picture).decode()}
    ) as answer:
        assert answer.status == 200
    for act, body in (("attach", {"kind": "elephant"}), ("picture", {"base64": "PHN2Zz4="})):
        async with http.post(f"{room}/{act}", json=body) as answer:
            assert answer.status == 400
    async with http.get("play/telegram/chats") as answer:
        messages = (await answer.json())["chats"][0]["messages"]
    assert [each["kind"] for each in messages] == [each["kind"] for each in sent] + ["photo"]
    async with http.get(f"play/telegram/{messages[-1]['picture']}") as answer:
        assert await answer.read() == picture


def test_a_slack_date_is_left_to_the_reader() -> None:
    """A date carries its time and pattern, so that the page can write it in the reader's zone."""
    assert to_html("<!date^1767225600^{date_short} {time}|2026-01-01 00:00 UTC>") == (
        '<time data-unix="1767225600" data-pattern="{date_short} {time}">'
        "2026-01-01 00:00 UTC</time>"
    )
    assert "<script" not in to_html('<!date^1^"><script>|x>')


# --- the page in a browser


def keyboard(*buttons: tuple[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=data)]
                                 for text, data in buttons])  # fmt: skip


async def test_a_customer_chats_with_the_bot(play: Playground, tab: Tab, bot_: Bot) -> None:
    """What is typed reaches the bot; its answer appears; a pressed button reaches it, too."""
    await tab.open(play.url)
    await tab.write("Message as Anna", "Can I send my <i>boots</i> back?")
    await tab.sees("Can I send my <i>boots</i> back?", "#bubbles")
    assert [each["message"]["text"] for each in play.telegram.updates] == [
        "Can I send my <i>boots</i> back?"
    ]
    await bot_.send_message(
        play.anna.id, "Within <b>30 days</b>.", "HTML", reply_markup=keyboard(("That helped", "y"))
    )
    await tab.sees("Within 30 days.", "#bubbles")
    await tab.click("That helped")
    await tab.until("!named('That helped').ariaBusy")
    assert play.telegram.updates[-1]["callback_query"]["data"] == "y"
    await bot_.answer_callback_query(
        play.telegram.updates[-1]["callback_query"]["id"], "Good to hear"
    )
    await tab.sees("Good to hear", "#toasts")


async def test_a_customer_edits_attaches_and_blocks(play: Playground, tab: Tab, bot_: Bot) -> None:
    """An own message can be changed, a picture sent, the bot blocked, and a new customer made."""
    await tab.open(play.url)
    await tab.click("Start")
    await tab.write("Message as Anna", "My bots")
    await tab.sees("My bots", "#bubbles")
    await tab.press("ArrowUp")
    await tab.type(" are boots")
    await tab.press("Enter")
    await tab.sees("My bots are boots", "#bubbles")
    await tab.sees("edited", ".bubble:last-child .meta")
    await tab.click("Send something else")
    await tab.click("A sample picture")
    await tab.until("document.querySelector('.bubble img')?.naturalWidth === 64")
    await tab.click("Chat menu")
    await tab.click("Block the bot")
    await tab.click("Unblock the bot")
    await tab.until("named('Message as Anna')")
    kinds = [next(key for key in each if key != "update_id") for each in play.telegram.updates]
    assert kinds == ["message", "message", "edited_message", "message", *["my_chat_member"] * 2]
    await tab.click("New customer")
    await tab.type("Greta")
    await tab.press("Enter")
    await tab.until("named('Message as Greta')")
    assert [each.user["first_name"] for each in play.telegram.customers.values()][-1] == "Greta"


async def test_an_agent_claims_a_card_and_answers_in_its_thread(
    play: Playground, tab: Tab, client: AsyncWebClient, app: App
) -> None:
    """A card's button reaches the app as Maria's press, and what she writes as a reply."""
    await tab.open(play.url)
    desk = play.slack.channel("support-desk")
    blocks = card(button("claim", "Claim"), button("resolve", "Resolve"))
    posted = await client.chat_postMessage(channel=desk.id, text="A card", blocks=blocks)
    await tab.sees("#7 Anna wants a person", "#messages")
    await tab.click("Claim")
    await tab.until("named('Reply…')")
    maria = play.slack.user("Maria Ozola")
    (gesture,) = app.gestures
    assert (gesture["user"]["id"], gesture["actions"][0]["action_id"]) == (maria.id, "claim")
    await tab.write("Reply…", "Hello Anna, which size?")
    await tab.sees("Hello Anna, which size?", "#replies")
    await tab.sees("1 reply", "#messages")
    await play.slack.wait_for(lambda: app.events)
    assert app.events[-1]["thread_ts"] == posted["ts"]
    whisper = {"channel": desk.id, "user": maria.id, "thread_ts": posted["ts"]}
    await client.chat_postEphemeral(text="It's yours.", **whisper)
    await tab.sees("Only visible to you", "#replies")
    await client.chat_update(
        channel=desk.id, ts=posted["ts"], text="A card", blocks=card(button("resolve", "Resolve"))
    )
    await tab.until("!named('Claim')")


async def test_an_agent_reacts_edits_and_deletes(play: Playground, tab: Tab, app: App) -> None:
    """Own messages have their tools; the newest is changed by the arrow key."""
    await tab.open(play.url)
    desk = play.slack.channel("support-desk")
    await tab.write("Message #support-desk", "Mornin & all")
    await tab.sees("Mornin & all", "#messages")
    await tab.press("ArrowUp")
    await tab.type("!")
    await tab.press("Enter")
    await tab.sees("Mornin & all! (edited)", "#messages")
    await tab.value("document.querySelector('.message').focus()")
    await tab.click("React")
    await tab.click("white check mark")
    await tab.until("document.querySelector('.reaction[aria-pressed=true]')")
    assert play.slack.messages(desk)[0].reactions[0].name == "white_check_mark"
    await tab.value("document.querySelector('.message').focus()")
    await tab.click("Delete message")
    await tab.click("Delete")
    await tab.until("document.querySelectorAll('.message').length === 0")
    assert play.slack.messages(desk) == []


async def test_a_form_is_filled_in_and_sent(
    play: Playground, tab: Tab, client: AsyncWebClient, app: App
) -> None:
    """A modal the app opens is shown, and sent back with what was typed."""

    async def open_form(gesture: Json) -> None:
        if gesture["type"] != "block_actions":
            return
        field_ = {"type": "plain_text_input", "action_id": "text"}
        title, label, send = (
            {"type": "plain_text", "text": text} for text in ("A note", "Note", "Save")
        )
        block = {"type": "input", "block_id": "note", "label": label, "element": field_}
        view = {"type": "modal", "title": title, "submit": send, "blocks": [block]}
        await client.views_open(trigger_id=gesture["trigger_id"], view=view)

    app.react = open_form
    await tab.open(play.url)
    await client.chat_postMessage(
        channel=play.slack.channel("support-desk").id,
        text="A card",
        blocks=card(button("note", "Add a note")),
    )
    await tab.click("Add a note")
    await tab.sees("A note", "#modal")
    await tab.value("document.querySelector('#modal input').focus()")
    await tab.type("She is a regular")
    await tab.click("Save")
    await tab.until("!document.querySelector('#modal').open")
    values = app.gestures[-1]["view"]["state"]["values"]
    assert values == {"note": {"text": {"type": "plain_text_input", "value": "She is a regular"}}}


async def test_a_colleague_is_chosen_and_what_is_wrong_is_shown(
    play: Playground, tab: Tab, client: AsyncWebClient, app: App
) -> None:
    """The desk's own form: everybody stands in the list by name, an error by its field, and what
    was typed is still there."""

    def named(key: str, **_: object) -> str:
        return key

    place = Address("slack", play.slack.channel("support-desk").id)
    subject = views.Subject(7, place)
    fields = [views.field_block("to", named, {"type": "users_select"}), views.reason(named)]
    view = views.modal("transfer", subject, fields, named)

    async def react(gesture: Json) -> Json | None:
        if gesture["type"] == "block_actions":
            await client.views_open(trigger_id=gesture["trigger_id"], view=dict(view))
        elif gesture["view"]["state"]["values"]["reason"]["reason"]["value"] == "short":
            return {"response_action": "errors", "errors": {"reason": "Say more"}}
        return None

    app.react = react
    eva = play.slack.user("Eva Lind")
    await tab.open(play.url)
    await client.chat_postMessage(
        channel=place.chat_id, text="A card", blocks=card(button("transfer", "Transfer"))
    )
    await tab.click("Transfer")
    await tab.sees("form_transfer", "#modal")
    await tab.sees("Eva Lind", "#modal select")
    await tab.value(f"document.querySelector('#modal select').value = '{eva.id}'")
    await tab.value("document.querySelector('#modal textarea').focus()")
    await tab.type("short")
    await tab.click("form_send")
    await tab.sees("Say more", "#modal")
    await tab.value("document.querySelector('#modal textarea').focus()")
    await tab.type(" of time")
    await tab.click("form_send")
    await tab.until("!document.querySelector('#modal').open")
    values = app.gestures[-1]["view"]["state"]["values"]
    assert values["to"]["to"]["selected_user"] == eva.id
    assert values["reason"]["reason"]["value"] == "short of time"


async def test_a_slack_customer_writes_to_the_bot(play: Playground, tab: Tab, app: App) -> None:
    """Whoever is not on the desk sees their own messages with the bot, and may join the channel."""
    await tab.open(play.url)
    eva = play.slack.user("Eva Lind")
    await tab.value(
        f"(() => {{ const who = document.getElementById('person'); who.value = '{eva.id}';"
        "who.dispatchEvent(new Event('change')); })()"
    )
    await tab.write("Message Frontdesk", "Where is my parcel?")
    await tab.sees("Where is my parcel?", "#messages")
    assert [each.text for each in play.slack.dm_messages(eva)] == ["Where is my parcel?"]
    await tab.click("support-desk")
    await tab.sees("Eva Lind is not in #support-desk.")
    await tab.click("Join the channel")
    await tab.until("named('Message #support-desk')")


async def test_what_people_write_is_never_markup(
    play: Playground, tab: Tab, client: AsyncWebClient
) -> None:
    """Hostile names and texts are shown as they were typed, on both sides."""
    evil = "<img src=x onerror=alert(1)>"
    customer = play.telegram.customer(first_name=evil)
    customer.say(f"{evil} <script>alert(1)</script>")
    play.slack.user(evil, in_channels=["support-desk"]).post("support-desk", f"*{evil}*")
    play.controls.made = [DECISION | {"text": evil, "customer": evil, "why": [evil]}]
    await tab.open(play.url)
    await tab.value("document.querySelectorAll('.customer')[5].click()")
    await tab.sees("<script>alert(1)</script>", "#bubbles")
    await tab.sees(evil, "#messages")
    await tab.value("document.getElementById('why-toggle').click()")
    await tab.sees(evil, "#why")
    assert await tab.value("document.querySelectorAll('main img, main script').length") == 0


async def test_time_faults_and_reasons_are_at_hand(play: Playground, tab: Tab) -> None:
    """The clock is skipped ahead, a fault ordered, and the bot's reasons read."""
    play.controls.made = [DECISION]
    await tab.open(play.url)
    before = await tab.value("document.getElementById('clock').textContent")
    await tab.click("Skip 4 days ahead")
    await tab.sees("Fri 6 Mar", "#toasts")
    assert before != await tab.value("document.getElementById('clock').textContent")
    assert play.controls.time == datetime(2026, 3, 6, 9, 0, tzinfo=UTC)
    await tab.click("Faults")
    await tab.click("Next send: too many requests")
    await tab.sees("has to wait 5 seconds", "#toasts")
    await tab.value("document.getElementById('why-toggle').click()")
    await tab.sees("return-an-item is sure enough", "#decisions")
    await tab.sees("86 %", "#decisions")


async def test_everything_behind_the_last_decision_can_be_read(play: Playground, tab: Tab) -> None:
    """The rule, how sure it had to be, what was second, each signal, the parts, the context."""
    play.controls.made = [EXPLAINED, {**EXPLAINED, "customer": "Elif"}]
    await tab.open(play.url)
    await tab.value("document.getElementById('why-toggle').click()")
    for text in (
        "sure enough", "97 % should be right, 90 % asked for", "exchange-size, 81 % behind",
        "can I swap it", "displeased, 61 % · “boots” · in vain",
        "Can it go back?", "No article matched.", "return-cost", "55 %", "76 % of the vote",
    ):  # fmt: skip
        await tab.sees(text, "#decisions .newest")
    signals = "[...document.querySelectorAll('.newest .signals tr')].map((row) => row.innerText)"
    assert [row.split() for row in await tab.value(signals)] == [
        ["words", "0.71"],
        ["letters", "0.64"],
    ]
    open_ones = "[...document.querySelectorAll('.signals')].map((each) => each.open)"
    assert await tab.value(open_ones) == [True, False]  # the older one's wait to be opened


async def test_whoever_types_or_reads_is_left_in_peace(
    play: Playground, tab: Tab, bot_: Bot
) -> None:
    """News takes away neither focus, nor a half-written line, nor the place one reads at."""
    for number in range(40):
        play.anna.say(f"Line {number}")
    await tab.open(play.url)
    await tab.click("Message as Anna")
    await tab.type("half a sen")
    box = "document.getElementById('phone-scroller')"
    assert await tab.value(f"{box}.scrollTop > 500")
    await tab.value(f"{box}.scrollTop = 100")
    await tab.value("new Promise(requestAnimationFrame)")
    await bot_.send_message(play.anna.id, "Some news")
    await tab.sees("Some news", "#bubbles")
    assert await tab.value(f"{box}.scrollTop") == 100
    assert await tab.focused() == "Message as Anna"
    assert await tab.value("document.activeElement.value") == "half a sen"


async def test_everything_can_be_done_by_keyboard(play: Playground, tab: Tab, bot_: Bot) -> None:
    """From the first Tab to a pressed inline button, without a mouse."""
    await tab.open(play.url)
    await tab.press("Tab")
    assert await tab.focused() == "Skip to the customer's chat"
    await tab.press("Enter")
    for _ in range(20):
        await tab.press("Tab")
        if await tab.focused() == "Message as Anna":
            break
    await tab.type("Hello")
    await tab.press("Enter")
    await tab.sees("Hello", "#bubbles")
    await bot_.send_message(play.anna.id, "Hi!", reply_markup=keyboard(("Orders", "o")))
    await tab.sees("Orders", ".keyboard")
    for _ in range(5):
        await tab.press("Tab", shift=True)
        if await tab.focused() == "Orders":
            break
    await tab.press("Enter")
    await tab.until("!named('Orders').ariaBusy")
    assert play.telegram.updates[-1]["callback_query"]["data"] == "o"
    message_id = play.anna.seen[0].message_id
    await bot_.edit_message_text("Which order?", play.anna.id, message_id)
    await tab.sees("Which order?", "#bubbles")
    assert await tab.value("document.activeElement.className") == "bubble theirs"
    await tab.press("ArrowUp")
    assert await tab.value("document.activeElement.className") == "bubble mine"


async def test_a_narrow_screen_has_tabs(play: Playground, tab: Tab, app: App) -> None:
    """At 360 pixels one side is shown at a time, nothing sticks out, and news is counted."""
    await tab.open(play.url, 360, 740)
    shown = "['telegram', 'slack', 'why'].filter((id) => document.getElementById(id).offsetHeight)"
    assert await tab.value(shown) == ["telegram"]
    play.slack.user("Tomasz Nowak").post("support-desk", "Anybody there?")
    await tab.until("document.getElementById('tab-slack').dataset.count === '1'")
    await tab.click("Customer")
    await tab.press("ArrowRight")
    assert await tab.focused() == "Desk"
    assert await tab.value(shown) == ["slack"]
    await tab.sees("Anybody there?", "#messages")
    await tab.until("document.getElementById('tab-slack').dataset.count === ''")
    await tab.value("document.querySelector('.message').focus()")
    await tab.click("Reply in thread")
    await tab.write("Reply…", "Me")
    await tab.sees("Me", "#replies")
    assert await tab.value("document.documentElement.scrollWidth") == 360
    await tab.click("Back to the channel")
    await tab.sees("1 reply", "#messages")
    await tab.click("Why")
    assert await tab.value(shown) == ["why"]
    await tab.resize(1400, 900)
    await tab.until(f"{shown}.length === 3")
