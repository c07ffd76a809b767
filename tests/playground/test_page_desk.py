"""The page's desk in a real browser: home, commands, menus, whispers, files; and a group beside."""

from __future__ import annotations

import base64
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.playground.page.cast import GROUP
from tests.browser import Tab
from tests.playground.conftest import App, Playground, button, card

Json = dict[str, Any]


def overflow(*entries: str) -> Json:
    options = [{"text": {"type": "plain_text", "text": e}, "value": e.lower()} for e in entries]
    return {"type": "overflow", "action_id": "more", "options": options}


def chosen(file: str, place: str) -> str:
    """A script that chooses this file in a file input, as a person would."""
    return (
        f"(() => {{ const input = document.querySelector('{place}'), all = new DataTransfer();"
        f"all.items.add(new File(['12345'], '{file}'));"
        "input.files = all.files; input.dispatchEvent(new Event('change')); })()"
    )


async def test_a_home_is_opened_and_its_buttons_work(
    play: Playground, tab: Tab, client: AsyncWebClient, app: App
) -> None:
    """The app hears that Maria looks, publishes her home, and is told which of two buttons she
    pressed."""
    await tab.open(play.url)
    await tab.click("Frontdesk")
    await tab.click("Home")
    maria = play.slack.user("Maria Ozola")
    await play.slack.wait_for(lambda: app.events)
    assert (app.events[-1]["type"], app.events[-1]["user"]) == ("app_home_opened", maria.id)
    await tab.sees("Frontdesk has put nothing here yet.")
    rows = [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*#{number}* waits"},
         "accessory": {**button("claim", f"Claim {number}"), "value": number}}
        for number in ("1", "2")
    ]  # fmt: skip
    await client.views_publish(user_id=maria.id, view={"type": "home", "blocks": rows})
    await tab.sees("#2 waits", "#home")
    await tab.click("Claim 2")
    await play.slack.wait_for(lambda: app.gestures)
    assert app.gestures[-1]["actions"][0]["value"] == "2"
    assert app.gestures[-1]["view"]["type"] == "home"
    await tab.click("Messages")
    await tab.until("named('Message Frontdesk')")


async def test_a_command_is_typed_in_the_channel(play: Playground, tab: Tab, app: App) -> None:
    """Its use is shown while it is typed; in a thread Slack runs none, a note is no command."""
    await tab.open(play.url)
    await tab.click("Message #support-desk")
    await tab.type("/de")
    await tab.sees("/desk queue | mine", "#channel-composer .composer-hint")
    await tab.type("sk queue")
    await tab.press("Enter")
    await play.slack.wait_for(lambda: app.gestures)
    assert (app.gestures[-1]["command"], app.gestures[-1]["text"]) == ("/desk", "queue")
    await tab.until("named('Message #support-desk').value === ''")
    await tab.write("Message #support-desk", "// only a note")
    await tab.sees("// only a note", "#messages")
    await tab.value("document.querySelector('.message').focus()")
    await tab.click("Reply in thread")
    await tab.write("Reply…", "/desk queue")
    await tab.sees("Slack runs no commands in threads.", "#toasts")
    assert len(app.gestures) == 1


async def test_menus_whispers_and_shortcuts(
    play: Playground, tab: Tab, client: AsyncWebClient, app: App
) -> None:
    """The three dots of a card, a button that only Maria sees, an entry of a message's menu."""
    await tab.open(play.url)
    desk, maria = play.slack.channel("support-desk"), play.slack.user("Maria Ozola")
    blocks = card(button("claim", "Claim"), overflow("Snooze", "Release"))
    posted = await client.chat_postMessage(channel=desk.id, text="A card", blocks=blocks)
    await tab.click("More actions")
    await tab.click("Release")
    await play.slack.wait_for(lambda: app.gestures)
    assert app.gestures[-1]["actions"][0]["selected_option"]["value"] == "release"
    whisper = card(button("send", "Send it"))
    await client.chat_postEphemeral(
        channel=desk.id, user=maria.id, text="A note?", blocks=whisper, thread_ts=posted["ts"]
    )
    await tab.click("Send it")
    await play.slack.wait_for(lambda: len(app.gestures) == 2)
    assert app.gestures[-1]["container"]["is_ephemeral"]
    await tab.value("document.querySelector('#messages .message').focus()")
    await tab.click("More message actions")
    await tab.click("Make an article")
    await play.slack.wait_for(lambda: len(app.gestures) == 3)
    assert (app.gestures[-1]["type"], app.gestures[-1]["message_ts"]) == (
        "message_action", posted["ts"],
    )  # fmt: skip


async def test_a_link_to_a_card_leads_to_its_thread(
    play: Playground, tab: Tab, client: AsyncWebClient, app: App
) -> None:
    """From a home, as Slack's own links do; the page does not leave this address."""
    desk, maria = play.slack.channel("support-desk"), play.slack.user("Maria Ozola")
    blocks = card(button("claim", "Claim"))
    posted = await client.chat_postMessage(channel=desk.id, text="A card", blocks=blocks)
    link = await client.chat_getPermalink(channel=desk.id, message_ts=str(posted["ts"]))
    way = card({**button("open", "Open the thread"), "url": link["permalink"]})
    await client.views_publish(user_id=maria.id, view={"type": "home", "blocks": way})
    await tab.open(play.url)
    await tab.click("Frontdesk")
    await tab.click("Home")
    await tab.click("Open the thread")
    await tab.sees("#7 Anna wants a person", "#replies")


async def test_files_go_both_ways(
    play: Playground, tab: Tab, client: AsyncWebClient, bot_: Bot
) -> None:
    """A colleague's file and a customer's reach the app; the bot's can be downloaded by both."""
    await tab.open(play.url)
    desk = play.slack.channel("support-desk")
    await tab.value(chosen("map.pdf", "#channel-composer input[type=file]"))
    await tab.sees("map.pdf", "#messages")
    assert play.slack.messages(desk)[-1].files[0].data == b"12345"
    await tab.click("Start")
    await tab.value(chosen("bill.pdf", "#phone-composer input[type=file]"))
    await tab.sees("bill.pdf", "#bubbles")
    assert play.telegram.updates[-1]["message"]["document"]["file_name"] == "bill.pdf"
    await bot_.send_document(play.anna.id, b"BEGIN:VCALENDAR", filename="courier.ics")
    await tab.sees("courier.ics", "#bubbles")
    await client.files_upload_v2(channel=desk.id, filename="tent.png", content=b"\x89PNG")
    await tab.until("document.querySelector('#messages .files img')")
    link = "[...document.querySelectorAll('.kind a')].at(-1).href"
    text = await tab.value(f"fetch({link}).then((answer) => answer.text())")
    assert text == "BEGIN:VCALENDAR"


async def test_a_customer_speaks_in_a_group(play: Playground, tab: Tab, bot_: Bot) -> None:
    """The bot hears its name and replies to it; its link leads into the private chat."""
    await tab.open(play.url)
    (group,) = play.telegram.groups.values()
    await tab.click(GROUP)
    await tab.write(f"Message {GROUP} as Anna", "nice weather")
    await tab.sees("nice weather", "#bubbles")
    link = InlineKeyboardButton("Write to me", url="https://t.me/frontdesk_bot?start=trail")
    await bot_.send_message(group.id, "Hello", reply_markup=InlineKeyboardMarkup([[link]]))
    await tab.sees("Hello", "#bubbles")
    await tab.value("document.querySelector('.bubble.theirs').focus()")
    await tab.click("Reply")
    await tab.type("where is my parcel?")
    await tab.press("Enter")
    await tab.sees("where is my parcel?", "#bubbles")
    assert [each["message"]["text"] for each in play.telegram.updates] == ["where is my parcel?"]
    await tab.click("Write to me")
    await tab.sees("/start trail", "#bubbles")
    assert play.telegram.updates[-1]["message"]["chat"]["type"] == "private"


async def test_several_files_are_an_album(play: Playground, tab: Tab) -> None:
    """The page may send more than one at once, and a picture as a picture."""
    await tab.open(play.url)
    files = [{"name": f"{n}.jpg", "base64": base64.b64encode(b"\xff\xd8").decode()} for n in "ab"]
    sent = await tab.value(
        f"fetch('play/telegram/chats/{play.anna.id}/files', {{method: 'POST', "
        f"headers: {{'Content-Type': 'application/json'}}, "
        f"body: JSON.stringify({{files: {files}, caption: 'my tent'}})}}).then((a) => a.status)"
    )
    assert sent == 200
    await tab.until("document.querySelectorAll('#bubbles img').length === 2")
    assert len({each["message"]["media_group_id"] for each in play.telegram.updates}) == 1
