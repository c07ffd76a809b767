"""What a busy desk needs of the Slack stand-in: a manifest, limits, menus, files, and troubles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack.inputs import entered, filled_in, find_element, held_now
from bot.playground.slack.limits import PER_MINUTE, TIERS
from bot.playground.slack.manifest import ALL_SCOPES, Manifest, read_manifest
from bot.playground.slack.server import SlackError, SlackServer, SlackUser
from bot.playground.slack.web import METHODS
from tests.conftest import ROOT

Json = dict[str, Any]
DESK = "support-desk"


class Clock:
    """A time that only a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer() as server:
        server.channel(DESK)
        yield server


@pytest.fixture
def ivo(slack: SlackServer) -> SlackUser:
    return slack.user("Ivo Kalns", in_channels=[DESK])


@pytest.fixture
async def client(slack: SlackServer) -> AsyncIterator[AsyncWebClient]:
    async with web_client(slack) as client:
        yield client


@asynccontextmanager
async def web_client(server: SlackServer) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            server.bot_token, f"{server.url}/api/", session=session, retry_handlers=[]
        )


@asynccontextmanager
async def acknowledged(server: SlackServer) -> AsyncIterator[list[Json]]:
    """An app that only acknowledges; the list fills with what it is told."""
    told: list[Json] = []
    web = AsyncWebClient(base_url=f"{server.url}/api/", retry_handlers=[])
    client = SocketModeClient(server.app_token, web_client=web)

    async def listen(_: object, request: SocketModeRequest) -> None:
        told.append(dict(request.payload))
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    client.socket_mode_request_listeners.append(listen)
    await cast(Any, client).connect()
    await server.wait_for(lambda: server.sockets.count)
    try:
        yield told
    finally:
        await cast(Any, client).close()


async def refusal(call: Any) -> str:
    """The error code that the call is refused with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


def kinds(slack: SlackServer) -> list[str]:
    return [payload["event"]["type"] for payload in slack.events]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str) -> Json:
    return {"text": plain(text), "value": text.lower()}


MENU: Json = {"type": "overflow", "action_id": "more", "options": [option("Snooze"), option("End")]}
PICK: Json = {
    "type": "static_select", "action_id": "until", "placeholder": plain("Until"),
    "options": [option("Tomorrow"), option("Monday")],
}  # fmt: skip


def section(text: str, accessory: Json, block_id: str) -> Json:
    words = {"type": "mrkdwn", "text": text}
    return {"type": "section", "text": words, "accessory": accessory, "block_id": block_id}


class TestManifest:
    def test_the_shipped_one_is_read(self) -> None:
        """Scopes, events, commands and menus are those of the file that admins paste."""
        manifest = read_manifest(ROOT / "docs" / "slack-app-manifest.yaml")
        assert "chat:write" in manifest.scopes and manifest.scopes <= ALL_SCOPES
        assert manifest.events is not None and "message.im" in manifest.events

    def test_every_part_of_one_counts(self, tmp_path: Path) -> None:
        """Message shortcuts by name, commands, and whether there is a home."""
        path = tmp_path / "manifest.yaml"
        path.write_text(
            "features:\n"
            "  app_home: {home_tab_enabled: true}\n"
            "  slash_commands: [{command: /desk}]\n"
            "  shortcuts:\n"
            "    - {type: message, name: Make an article, callback_id: article}\n"
            "    - {type: global, name: Duty, callback_id: duty}\n"
            "oauth_config: {scopes: {bot: [chat:write]}}\n",
            encoding="utf-8",
        )
        manifest = read_manifest(path)
        assert (manifest.commands, manifest.has_home) == ({"/desk": ""}, True)
        assert manifest.callback_of("Make an article") == "article"
        assert manifest.callback_of("Duty") is None

    async def test_what_it_does_not_name_does_not_happen(self) -> None:
        """No command, no shortcut, no home, no event; and why no event is written down."""
        bare = Manifest(ALL_SCOPES - {"reactions:read"}, frozenset({"message.channels",
                        "reaction_added"}), {}, {}, has_home=False)  # fmt: skip
        async with SlackServer(manifest=bare) as slack, web_client(slack) as client:
            desk = slack.channel(DESK)
            ivo = slack.user("Ivo", in_channels=[desk])
            message = ivo.post(desk, "Hi")
            ivo.react(desk, message.ts, "eyes")
            ivo.dm("Hi")
            assert kinds(slack) == ["message"]
            assert slack.withheld == [
                "reaction_added needs the scope reactions:read",
                "message.im is not among the manifest's bot_events",
            ]
            with pytest.raises(SlackError, match="unknown_command"):
                await ivo.command("/desk")
            with pytest.raises(SlackError, match="no_such_shortcut"):
                await ivo.message_shortcut(message, "Make an article")
            with pytest.raises(SlackError, match="no_home_tab"):
                ivo.open_home()
            home = {"type": "home", "blocks": []}
            assert await refusal(client.views_publish(user_id=ivo.id, view=home)) == "not_enabled"


class TestLimits:
    async def test_each_method_has_its_calls_a_minute(self) -> None:
        """Fifty updates at once, then one every 1.2 s; posts are counted by channel instead."""
        clock = Clock()
        async with SlackServer(tiers=True, clock=clock) as slack, web_client(slack) as client:
            desk = slack.channel(DESK).id
            ts = str((await client.chat_postMessage(channel=desk, text="0"))["ts"])
            for number in range(PER_MINUTE[3]):
                await client.chat_update(channel=desk, ts=ts, text=f"{number}")
            with pytest.raises(SlackApiError) as caught:
                await client.chat_update(channel=desk, ts=ts, text="too many")
            assert caught.value.response.headers["Retry-After"] == "2"
            await client.chat_postMessage(channel=desk, text="still")
            clock.now += 1.3
            await client.chat_update(channel=desk, ts=ts, text="now")
            assert slack.workspace.message(slack.channel(DESK), ts).text == "now"

    def test_every_limited_method_exists(self) -> None:
        """A tier for a method nobody knows would limit nothing."""
        assert set(TIERS) <= set(METHODS)


class TestMenus:
    def test_they_are_pressed_as_they_read(self) -> None:
        """By the menu's look and an entry, by an entry alone, by a placeholder, in one block."""
        blocks = [section("one", MENU, "a"), section("two", MENU, "b"), section("three", PICK, "c")]
        assert find_element(blocks, "⋯", "End")[2] == "End"
        assert find_element(blocks, "Snooze")[1:] == (MENU, "Snooze")
        assert find_element(blocks, "⋯", "End", "b")[0]["block_id"] == "b"
        assert find_element(blocks, "Until", "Monday")[1] == PICK
        for wanted, entry in (("⋯", "Begin"), ("Monday", ""), ("Until", "Sunday")):
            with pytest.raises(LookupError, match="to press, only"):
                find_element(blocks, wanted, entry)

    async def test_a_choice_tells_what_was_chosen(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """An overflow menu's entry in the action, a select's also in the state."""
        desk = slack.channel(DESK)
        blocks = [section("one", MENU, "a"), section("two", PICK, "b")]
        posted = await client.chat_postMessage(channel=desk.id, text="card", blocks=blocks)
        card = slack.workspace.message(desk, str(posted["ts"]))
        async with acknowledged(slack) as told:
            await ivo.click(card, "⋯", option="Snooze")
            await ivo.click(card, "Until", option="Monday")
        first, second = told
        assert first["actions"][0]["selected_option"]["value"] == "snooze"
        assert second["state"]["values"]["b"]["until"]["selected_option"]["value"] == "monday"

    async def test_a_press_in_a_form_brings_what_is_in_it(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """The view's own state has every field, and the choice just made."""
        words = {"type": "plain_text_input", "action_id": "words", "initial_value": "Hello"}
        view = {
            "type": "modal", "title": plain("Send"), "submit": plain("Send"),
            "blocks": [
                {"type": "input", "block_id": "w", "label": plain("Words"), "element": words},
                section("Until when?", PICK, "b"),
            ],
        }  # fmt: skip
        await client.views_open(trigger_id=slack.desk.triggers.issue(ivo.id), view=view)
        async with acknowledged(slack) as told:
            await ivo.click(ivo.modals[0], "Until", option="Monday")
        values = told[0]["view"]["state"]["values"]
        assert values["w"]["words"]["value"] == "Hello"
        assert values["b"]["until"]["selected_option"]["value"] == "monday"

    def test_fields_keep_what_they_had(self) -> None:
        """What nobody touches is sent as it was shown."""
        for element, held in (
            ({"type": "datepicker", "initial_date": "2026-11-24"}, "selected_date"),
            ({"type": "users_select", "initial_user": "U1"}, "selected_user"),
            ({"type": "multi_users_select", "initial_users": ["U1"]}, "selected_users"),
            ({"type": "checkboxes", "initial_options": [option("A")]}, "selected_options"),
        ):
            assert entered(element, None)[held]

    def test_people_are_chosen_by_their_ids(self) -> None:
        """Several of them as a list; nobody has to be listed in the element."""
        element = {"type": "multi_users_select", "action_id": "to"}
        block = {"type": "input", "block_id": "to", "label": plain("To"), "element": element}
        assert filled_in([block], {"to": "U1"})["to"]["to"]["selected_users"] == ["U1"]
        assert held_now([block]) == {
            "to": {"to": {"type": "multi_users_select", "selected_users": []}}
        }


class TestCommands:
    async def test_none_in_a_thread(self, slack: SlackServer, ivo: SlackUser) -> None:
        """Slack itself says so, and the app hears nothing."""
        root = ivo.post(DESK, "Hi")
        with pytest.raises(SlackError, match="not_supported_in_threads"):
            await ivo.command("/desk", "queue", DESK, thread_ts=root.ts)

    async def test_a_whisper_has_no_menu(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """Shortcuts are for messages that others see, too."""
        await client.chat_postEphemeral(channel=slack.channel(DESK).id, user=ivo.id, text="psst")
        with pytest.raises(SlackError, match="no_such_shortcut"):
            await ivo.message_shortcut(slack.ephemerals(ivo)[0], "article")


class TestFiles:
    async def test_one_message_may_have_several(self, slack: SlackServer, ivo: SlackUser) -> None:
        """Each with type and size; a size may be pretended."""
        files = [ivo.file("a.jpg", b"\xff\xd8"), ivo.file("b.mp4", b"", size=2_000_000_000)]
        ivo.share(DESK, files, text="look")
        event = slack.events[0]["event"]
        assert event["subtype"] == "file_share"
        assert [(each["mimetype"], each["size"]) for each in event["files"]] == [
            ("image/jpeg", 2), ("video/mp4", 2_000_000_000),
        ]  # fmt: skip

    async def test_where_a_file_is_can_be_asked_and_ended(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """files.info tells the message it was shared by; files.delete takes our own away."""
        root = ivo.post(DESK, "Hi")
        desk = slack.channel(DESK).id
        sent = await client.files_upload_v2(
            channel=desk, thread_ts=root.ts, filename="a.txt", content="1"
        )
        number = sent["file"]["id"]
        info = await client.files_info(file=number)
        (share,) = info["file"]["shares"]["public"][desk]
        assert share["thread_ts"] == root.ts
        await client.files_delete(file=number)
        assert [each.ts for each in slack.thread(DESK, root.ts)] == [root.ts]
        theirs = ivo.upload(DESK, "b.txt", b"2").files[0].id
        assert await refusal(client.files_delete(file=theirs)) == "cant_delete_file"


class TestTroubles:
    async def test_an_archived_channel_takes_nothing(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """Neither posts nor updates nor reactions, until it is there again."""
        desk = slack.channel(DESK).id
        ts = str((await client.chat_postMessage(channel=desk, text="Hi"))["ts"])
        slack.archive(DESK)
        assert await refusal(client.chat_postMessage(channel=desk, text="Hi")) == "is_archived"
        assert await refusal(client.chat_update(channel=desk, ts=ts, text="Ho")) == "is_inactive"
        reaction = client.reactions_add(channel=desk, timestamp=ts, name="eyes")
        assert await refusal(reaction) == "is_archived"
        with pytest.raises(SlackError, match="is_archived"):
            ivo.post(DESK, "Hello?")
        slack.archive(DESK, archived=False)
        await client.chat_update(channel=desk, ts=ts, text="Ho")
        assert [each for each in kinds(slack) if each.startswith("channel_")] == [
            "channel_archive", "channel_unarchive",
        ]  # fmt: skip

    async def test_a_renamed_channel_keeps_its_id(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """The app is told the new name; all that hangs on the id goes on."""
        desk = slack.channel(DESK).id
        slack.rename(DESK, "help")
        assert slack.events[-1]["event"]["channel"]["name"] == "help"
        info = await client.conversations_info(channel=desk)
        assert info["channel"]["name"] == "help"

    async def test_who_leaves_is_told_of(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """Of a person the bot hears; of its own removal it hears once, and then nothing more."""
        ivo.leave(DESK)
        slack.remove_bot(DESK)
        slack.user("Eva", in_channels=[DESK]).post(DESK, "Nobody here?")
        assert kinds(slack) == ["member_left_channel", "channel_left"]
        slack.invite_bot(DESK)
        assert kinds(slack)[-1] == "member_joined_channel"

    async def test_a_revoked_token_opens_nothing(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """Calls are refused with the reason, files are a login page, sockets still open."""
        url = slack.workspace.file(ivo.upload(DESK, "a.txt", b"1").files[0].id)
        slack.revoke_token("account_inactive")
        assert await refusal(client.auth_test()) == "account_inactive"
        assert kinds(slack)[-1] == "tokens_revoked"
        app = AsyncWebClient(slack.app_token, f"{slack.url}/api/")
        assert (await app.apps_connections_open(app_token=slack.app_token))["ok"]
        bearer = {"Authorization": f"Bearer {slack.bot_token}"}
        address = f"{url.base}/files-pri/T-{url.id}/{url.name}"
        async with aiohttp.ClientSession() as http, http.get(address, headers=bearer) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        slack.revoke_token("")
        assert (await client.auth_test())["ok"]

    async def test_a_deleted_thread_takes_no_replies(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """An admin removes a card with all that hangs below it."""
        desk = slack.channel(DESK).id
        root = str((await client.chat_postMessage(channel=desk, text="card"))["ts"])
        ivo.reply(DESK, root, "Hello")
        slack.delete_thread(DESK, root)
        assert slack.thread(DESK, root) == []
        late = client.chat_postMessage(channel=desk, thread_ts=root, text="Hello?")
        assert await refusal(late) == "thread_not_found"

    async def test_whoever_left_the_company_gets_no_mail(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """Their account says so, and nothing can be written to them."""
        slack.deactivate(ivo)
        assert (await client.users_info(user=ivo.id))["user"]["deleted"]
        assert await refusal(client.chat_postMessage(channel=ivo.id, text="Hi")) == "user_disabled"
        assert await refusal(client.conversations_open(users=ivo.id)) == "user_disabled"


async def test_what_the_bot_did_to_its_own_is_kept(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    """Edits with before and after, deletions with before, in order."""
    desk = slack.channel(DESK).id
    ts = str((await client.chat_postMessage(channel=desk, text="one"))["ts"])
    await client.chat_update(channel=desk, ts=ts, text="two")
    await client.chat_delete(channel=desk, ts=ts)
    (edited, deleted) = slack.workspace.changes
    assert edited[1] is not None and (edited[0].text, edited[1].text) == ("one", "two")
    assert (deleted[0].text, deleted[1]) == ("two", None)
