"""What people of a dialogue do and see, against the stand-ins and a bot played by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.playground.slack.manifest import Manifest
from bot.playground.slack.values import SlackError
from bot.stage import DESK, MovableClock, Stage, StagedApp, servers
from tests.dialogues.acting import act
from tests.dialogues.calendars import in_words
from tests.dialogues.cast import Cast
from tests.dialogues.dialogue import parse
from tests.dialogues.people import Miscast
from tests.dialogues.player import Player
from tests.dialogues.stage_directions import direct
from tests.dialogues.steps import Directs, SeesTyping
from tests.dialogues.views import Views, need_not_be_told

Json = dict[str, Any]
MANIFEST = Manifest(commands={"/desk": "queue"}, shortcuts={"Make an article": "article"})
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Frontdesk//EN\r\nBEGIN:VEVENT\r\nUID:1@shop\r\n"
    "DTSTAMP:20261123T100000Z\r\nDTSTART:20261124T080000Z\r\nDTEND:20261124T100000Z\r\n"
    "SUMMARY:Courier\\, at last\r\nLOCATION:Brīvības 1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


class Company:
    """A cast on a stage without Frontdesk; `told` are the interactions that Slack delivered."""

    def __init__(self, stage: Stage, client: AsyncWebClient, bot: Bot, told: list[Json]) -> None:
        self.stage, self.client, self.bot, self.told = stage, client, bot, told
        self.cast = Cast(stage)
        self._views = Views(stage, self.cast)

    async def play(self, *lines: str) -> None:
        """Do what these lines say."""
        text = "\n".join(("# Title", "Why.", "```", *lines, "```"))
        for step in parse(text).steps:
            if isinstance(step, Directs):
                await direct(step.text, self.stage, self.cast)
            else:
                await act(step, self.cast)

    def seen(self, view: str) -> list[str]:
        """What is to be seen there, as a dialogue would write it."""
        shown = self._views.everything().get(view, [])
        return [each.line(view).removeprefix(f"{view}: ") for each in shown]

    def home(self, name: str) -> str:
        shown = self._views.home(name)
        assert shown is not None
        return shown.line("home").removeprefix("home: ")

    async def card(self, number: int, *elements: Json, desk: str = DESK) -> str:
        """Post a card with these buttons; returns its timestamp."""
        text = f"#{number} Anna · Waiting"
        shown = elements or (button("Claim"),)
        blocks = [section(f"*#{number} · Anna*"), {"type": "actions", "elements": [*shown]}]
        channel = self.stage.slack.channel(desk).id
        posted = await self.client.chat_postMessage(channel=channel, text=text, blocks=blocks)
        self.seen("")
        return str(posted["ts"])

    @property
    def action(self) -> Json:
        """What was pressed last."""
        (action,) = self.told[-1]["actions"]
        return cast(Json, action)


@pytest.fixture
async def company() -> AsyncIterator[Company]:
    async with servers(MovableClock(), MANIFEST) as (telegram, slack), acknowledged(slack) as told:
        desk = slack.channel(DESK)
        app = cast(StagedApp, SimpleNamespace(supervisors=()))
        stage = Stage(telegram, slack, desk, app, MovableClock())
        client = AsyncWebClient(slack.bot_token, f"{slack.url}/api/")
        base = telegram.url
        async with Bot(telegram.token, f"{base}/bot", f"{base}/file/bot") as bot:
            yield Company(stage, client, bot, told)


@asynccontextmanager
async def acknowledged(slack: Any) -> AsyncIterator[list[Json]]:
    """An app that only acknowledges."""
    told: list[Json] = []
    web = AsyncWebClient(base_url=f"{slack.url}/api/", retry_handlers=[])
    client = SocketModeClient(slack.app_token, web_client=web)

    async def listen(_: object, request: SocketModeRequest) -> None:
        if request.type != "events_api":
            told.append(dict(request.payload))
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    client.socket_mode_request_listeners.append(listen)
    await cast(Any, client).connect()
    await slack.wait_for(lambda: slack.sockets.count)
    try:
        yield told
    finally:
        await cast(Any, client).close()


def section(text: str, accessory: Json | None = None) -> Json:
    block: Json = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return block | ({"accessory": accessory} if accessory else {})


def button(text: str, value: str = "") -> Json:
    label = {"type": "plain_text", "text": text}
    return {"type": "button", "action_id": text.lower(), "text": label, "value": value}


def menu(*entries: str) -> Json:
    options = [{"text": {"type": "plain_text", "text": e}, "value": e.lower()} for e in entries]
    return {"type": "overflow", "action_id": "more", "options": options}


def colleagues(text: str) -> Json:
    placeholder = {"type": "plain_text", "text": text}
    return {"type": "users_select", "action_id": "to", "placeholder": placeholder}


# --- the desk ------------------------------------------------------------------------------------


async def test_an_entry_of_a_menu_is_chosen_as_it_reads(company: Company) -> None:
    """A card shows what its menus hold; people are chosen by name."""
    await company.card(1, button("Claim"), menu("Snooze", "Release"), colleagues("Give to"))
    assert company.seen("card #1") == [
        "**#1 · Anna**\n    [Claim] [⋯ Snooze · Release] [Give to ▾]"
    ]
    await company.play("(Tomasz, a colleague on the desk, is there)")
    await company.play("Maria (desk) presses [⋯ → Snooze] on #1")
    assert company.action["selected_option"]["value"] == "snooze"
    await company.play("Maria presses [Give to → Tomasz] on #1")
    assert company.action["selected_user"] == company.cast.slack["Tomasz"].user.id
    with pytest.raises(Miscast, match=r"sees no button \[⋯ → Delete\]"):
        await company.play("Maria presses [⋯ → Delete] on #1")


async def test_a_home_has_buttons_for_each_ticket(company: Company) -> None:
    """The button meant is the one that stands beside the ticket meant."""
    await company.play("Maria (desk) opens her home")
    maria = company.cast.slack["Maria"].user
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Queue"}},
        section("*#1* Anna", button("Claim", "1")),
        section("*#12* Leo"),
        {"type": "actions", "elements": [button("Claim", "12"), menu("Snooze")]},
    ]
    await company.client.views_publish(user_id=maria.id, view={"type": "home", "blocks": blocks})
    assert company.home("Maria") == (
        "**Queue**\n    **#1** Anna\n    **#12** Leo\n    [Claim] [Claim] [⋯ Snooze]"
    )
    await company.play("Maria presses [Claim] on #12 at home")
    assert company.action["value"] == "12"
    await company.play("Maria presses [Claim] on #1 at home", "Maria presses [Claim] at home")
    assert company.action["value"] == "1"
    with pytest.raises(Miscast, match="stands at #7"):
        await company.play("Maria presses [Claim] on #7 at home")


async def test_a_whisper_has_buttons_and_may_become_another(company: Company) -> None:
    """What replaces a whisper is something new to see."""
    await company.play("(Maria, a colleague on the desk, is there)")
    maria = company.cast.slack["Maria"].user
    await company.client.chat_postEphemeral(
        channel=company.stage.desk.id, user=maria.id, text="A note?",
        blocks=[section("A note?"), {"type": "actions", "elements": [button("Send it")]}],
    )  # fmt: skip
    assert company.seen("only Maria sees") == ["A note?\n    [Send it]"]
    await company.play("Maria presses [Send it] in the whisper")
    assert company.told[-1]["container"]["is_ephemeral"]
    before = company._views.everything()["only Maria sees"][0]
    source = company.stage.slack.ephemerals(maria)[0]
    company.stage.slack.workspace.withdraw_whisper(source.ts, source_with(source, "Sent."))
    after = company._views.everything()["only Maria sees"][0]
    assert after.text == "Sent." and after.key != before.key


def source_with(source: Any, text: str) -> Any:
    return type(source)(**{**vars(source), "text": text, "blocks": ()})


async def test_people_react_type_and_use_menus(company: Company) -> None:
    """On the card, on a message as it reads; what the manifest does not name, nobody can use."""
    ts = await company.card(1)
    await company.play("Maria (desk) in #1: You can send it back.", "Maria in #1: // a note")
    await company.play("Maria reacts :eyes: on #1", 'Maria reacts :+1: on "You can…" in #1')
    card, reply, _ = company.stage.slack.thread(company.stage.desk, ts)
    assert [each.name for each in (*card.reactions, *reply.reactions)] == ["eyes", "+1"]
    await company.play("Maria takes back :eyes: on #1", "Maria types /desk find Anna")
    assert (company.told[-1]["text"], company.told[-1]["channel_name"]) == ("find Anna", DESK)
    await company.play('Maria uses "Make an article" on "You…" in #1')
    used = company.told[-1]
    assert (used["callback_id"], used["message"]["ts"]) == ("article", reply.ts)
    with pytest.raises(SlackError, match="unknown_command"):
        await company.play("Maria types /dek queue")
    with pytest.raises(SlackError, match="no_such_shortcut"):
        await company.play('Maria uses "Delete all" on "You…" in #1')


async def test_an_earlier_message_is_known_by_its_words(company: Company) -> None:
    """Edited and deleted is what reads so, not what came last."""
    ts = await company.card(1)
    await company.play("Maria (desk) in #1: Helo Anna", "Maria in #1: // tired")
    await company.play('Maria edits "Helo…" to "Hello Anna" in #1', 'Maria deletes "//…" in #1')
    below = company.stage.slack.thread(company.stage.desk, ts)[1:]
    assert [each.text for each in below] == ["Hello Anna"]
    with pytest.raises(Miscast, match="there is no message"):
        await company.play('Maria deletes "Goodbye" in #1')


async def test_a_desk_may_have_several_channels(company: Company) -> None:
    """A card is known by its number, wherever it hangs."""
    await company.play("(#desk-ru is a desk channel, too)")
    await company.card(1)
    await company.card(2, desk="desk-ru")
    assert company.seen("card #1") and company.seen("card #2 in #desk-ru")
    await company.play("Ivan (desk in #desk-ru) in #2: Привет")
    ru = company.stage.slack.channel("desk-ru")
    root = company.cast.cards.now("#2")
    assert [m.text for m in company.stage.slack.thread(ru, root.ts)[1:]] == ["Привет"]
    assert company.cast.slack["Ivan"].user.id not in company.stage.slack.channel(DESK).members


async def test_a_form_takes_date_and_time_as_people_write_them(company: Company) -> None:
    """10:00 is ten o'clock where the person is."""
    await company.play("(Maria, a colleague on the desk, is there)")
    maria = company.cast.slack["Maria"].user
    when = {"type": "datetimepicker", "action_id": "when"}
    label = {"type": "plain_text", "text": "When?"}
    view = {
        "type": "modal", "title": {"type": "plain_text", "text": "Promise"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [{"type": "input", "block_id": "when", "label": label, "element": when}],
    }  # fmt: skip
    trigger = company.stage.slack.desk.triggers.issue(maria.id)
    await company.client.views_open(trigger_id=trigger, view=view)
    await company.play("Maria fills in: when = 2026-11-24 10:00")
    held = company.told[-1]["view"]["state"]["values"]["when"]["when"]
    assert held == {"type": "datetimepicker", "selected_date_time": 1795507200}


async def test_troubles_of_the_desk_are_at_hand(company: Company) -> None:
    """Each stage direction does what it says to the platform."""
    slack, desk = company.stage.slack, company.stage.desk.id
    await company.card(1)

    async def refused() -> str:
        try:
            await company.client.chat_postMessage(channel=desk, text="?")
        except SlackApiError as error:
            return str(error.response["error"])
        return ""

    for trouble, code, end in (
        ("the desk channel is archived", "is_archived", "the desk channel is there again"),
        ("the bot is removed from the desk channel", "not_in_channel",
         "the bot is invited to the desk channel"),
        ("the Slack token is revoked", "token_revoked", "the Slack token works again"),
    ):  # fmt: skip
        await company.play(f"({trouble})")
        assert await refused() == code
        await company.play(f"({end})")
        assert await refused() == ""
    await company.play("(the desk channel is renamed to #help)", "(an admin deletes card #1)")
    assert slack.channel("help").id == desk
    assert [m.text for m in slack.messages("help") if "Anna" in m.text] == []


# --- customers -----------------------------------------------------------------------------------


async def test_files_go_both_ways(company: Company) -> None:
    """What people send is as long as it says and begins as it really is; what the bot sends is
    shown with its name, size and words."""
    await company.play("Anna (Telegram, en) sends photo.jpg (12 kB): look")
    await company.play(
        "Anna sends bill.pdf (30 MB, really exe)", "Anna sends a.png (9 kB), b.pdf (1 kB)"
    )
    photo, bill, first, second = company.stage.telegram.updates
    assert photo["message"]["photo"][-1]["file_size"] == 12_000
    assert bill["message"]["document"]["file_size"] == 30_000_000
    assert first["message"]["media_group_id"] == second["message"]["media_group_id"]
    stored = company.stage.telegram.world.files.get(bill["message"]["document"]["file_id"])
    assert stored.data.startswith(b"MZ")
    anna = company.cast.telegram["Anna"].customer
    await company.bot.send_document(anna.id, b"x" * 2_500, filename="map.txt", caption="Here")
    await company.bot.send_document(anna.id, CALENDAR.encode(), filename="courier.ics")
    assert company.seen("file → Anna") == ["map.txt (2.5 kB)\n    Here"]
    assert company.seen("calendar file → Anna") == [
        "Courier, at last · 2026-11-24 10:00–12:00 · Brīvības 1"
    ]
    root = await company.card(1)
    await company.play("Maria (desk) sends map.png (3 kB), x.gif (1 kB) in #1: two")
    (message,) = company.stage.slack.thread(company.stage.desk, root)[1:]
    assert [(file.name, file.size) for file in message.files] == [
        ("map.png", 3000),
        ("x.gif", 1000),
    ]
    await company.client.files_upload_v2(
        channel=company.stage.desk.id, thread_ts=root,
        filename="photo.jpg", content=b"1234", initial_comment="Anna:",
    )  # fmt: skip
    assert company.seen("file in #1") == ["photo.jpg (4 B)\n    Anna:"]


async def test_what_the_bot_changes_is_seen(company: Company) -> None:
    """A customer's message that is edited or deleted has to be told; in the desk's threads not."""
    await company.play("Anna (Telegram, en): hi", "Eva (Slack, en): hi")
    anna, eva = company.cast.telegram["Anna"].customer, company.cast.slack["Eva"].user
    sent = await company.bot.send_message(anna.id, "Tuesday")
    await company.bot.edit_message_text("Monday", anna.id, sent.message_id)
    await company.bot.delete_message(anna.id, sent.message_id)
    assert company.seen("bot changes for Anna") == ["Monday"]
    assert company.seen("bot deletes for Anna") == ["Monday"]
    client, dm = company.client, eva.dm_channel.id
    posted = await client.chat_postMessage(channel=dm, text="Tuesday")
    await client.chat_update(channel=dm, ts=str(posted["ts"]), text="Monday")
    await client.chat_delete(channel=dm, ts=str(posted["ts"]))
    assert company.seen("bot changes for Eva") == ["Monday"]
    assert company.seen("bot deletes for Eva") == ["Monday"]
    root, desk = await company.card(1), company.stage.desk.id
    below = await client.chat_postMessage(channel=desk, thread_ts=root, text="one")
    await client.chat_update(channel=desk, ts=str(below["ts"]), text="two")
    await client.chat_update(channel=desk, ts=root, text="#1 Anna · Resolved", blocks="[]")
    assert company.seen("bot changes in #1") == ["two"]
    assert not company.seen(f"bot changes in #{DESK}")
    assert need_not_be_told("bot changes in #1") and not need_not_be_told("bot changes for Eva")


async def test_a_group_and_the_private_chat_beside_it(company: Company) -> None:
    """The bot hears what is meant for it; its link leads into the private chat."""
    await company.play("Anna (Telegram, en) in the group Hikers: nice weather")
    await company.play("Anna in the group Hikers: @Frontdesk where is my parcel?")
    group = company.cast.groups["Hikers"]
    heard = [update["message"]["text"] for update in company.stage.telegram.updates]
    assert heard == ["@frontdesk_bot where is my parcel?"]
    link = InlineKeyboardButton("Write to me", url="https://t.me/frontdesk_bot?start=hikers")
    await company.bot.send_message(
        group.id, "Privately?", reply_markup=InlineKeyboardMarkup([[link]])
    )
    assert company.seen("bot in the group Hikers") == ["Privately?\n    [Write to me]"]
    await company.play("Anna replies in the group Hikers: yes")
    await company.play("Anna presses [Write to me] in the group Hikers")
    last = [update["message"] for update in company.stage.telegram.updates[-2:]]
    assert [(m["chat"]["type"], m["text"]) for m in last] == [
        ("group", "yes"), ("private", "/start hikers"),
    ]  # fmt: skip
    await company.play("(the bot hears everything in groups)", "Anna in the group Hikers: bye")
    assert company.stage.telegram.updates[-1]["message"]["text"] == "bye"


async def test_typing_is_seen_once_each_time(company: Company) -> None:
    """A line that says so waits until the bot shows it again; in Slack no bot can."""
    player = Player(company.stage)
    player._cast = company.cast
    await company.play("Anna (Telegram, en): hi", "(Maria, a colleague on the desk, is there)")
    anna = company.cast.telegram["Anna"].customer
    await company.bot.send_chat_action(anna.id, "typing")
    await player._sees_typing(SeesTyping(1, "", who="Anna"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await player._sees_typing(SeesTyping(2, "", who="Anna"))
    with pytest.raises(Miscast, match="only Telegram"):
        await player._sees_typing(SeesTyping(3, "", who="Maria"))


async def test_a_line_that_nobody_can_speak_says_why(company: Company) -> None:
    """Who is meant, where they are, and what is not to be had there."""
    await company.play("Anna (Telegram, en): hi")
    for line, complaint in (
        ("Anna reacts :eyes: on #1", "on Telegram"),
        ("Anna in #general: hi", "on Telegram there are groups"),
        ("Anna deletes their message", "nobody deletes anything that bots are told of"),
        ("Bob: hi", r"who is Bob\?"),
        ("Bob (cook): hi", r"\(cook\) says nothing"),
        ("Eva (Slack, en) in the group Hikers: hi", "in Slack there are channels"),
        ("(it rains)", "nobody knows how to do that"),
    ):
        with pytest.raises(Miscast, match=complaint):
            await company.play(line)


def test_a_broken_calendar_says_what_is_broken() -> None:
    """A file that no calendar would open must not pass for a good one."""
    bad = CALENDAR.replace("UID:1@shop\r\n", "").replace("\r\n", "\n")
    assert "broken: no UID" in in_words(bad.encode())
    assert "broken: lines do not end as they must" in in_words(bad.encode())
    assert "broken" not in in_words(CALENDAR.encode())
