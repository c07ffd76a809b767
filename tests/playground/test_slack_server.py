"""The Slack stand-in, put through its paces by the real slack-sdk and Bolt."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground.slack.calls import ALL_SCOPES
from bot.playground.slack.events import signature_headers
from bot.playground.slack.mrkdwn import to_html
from bot.playground.slack.server import Message, SlackError, SlackServer, SlackUser, Timing

Json = dict[str, Any]
FAST = Timing(ack=0.25, retries=(0.0, 0.02, 0.04))


class Clock:
    """Real time, which a test can move on by hand."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackServer]:
    async with SlackServer(timing=FAST, clock=clock) as server:
        server.channel("support-desk")
        yield server


@pytest.fixture
async def client(slack: SlackServer) -> AsyncIterator[AsyncWebClient]:
    async with web_client(slack) as client:
        yield client


@pytest.fixture
def maria(slack: SlackServer) -> SlackUser:
    return slack.user("Maria Ozola", locale="lv-LV")


@pytest.fixture
def ivo(slack: SlackServer) -> SlackUser:
    return slack.user("Ivo Kalns", in_channels=["support-desk"])


@asynccontextmanager
async def web_client(server: SlackServer, token: str = "") -> AsyncIterator[AsyncWebClient]:
    """A client as the bot should have it: without the handler that posts twice."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            token=token or server.bot_token,
            base_url=f"{server.url}/api/",
            session=session,
            retry_handlers=[],
        )


@asynccontextmanager
async def socket_app(server: SlackServer, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """A Bolt app connected by Socket Mode."""
    before = server.sockets.count
    handler = AsyncSocketModeHandler(app, server.app_token, ping_interval=0.05)
    await cast(Any, handler).connect_async()
    await server.wait_for(lambda: server.sockets.count == before + 1)
    try:
        yield handler
    finally:
        await cast(Any, handler).close_async()
        tasks = (handler.client.message_processor, handler.client.message_receiver)
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)


@asynccontextmanager
async def raw_socket(
    server: SlackServer, *, ack: Callable[[SocketModeRequest], bool] = lambda _: True
) -> AsyncIterator[list[SocketModeRequest]]:
    """A bare Socket Mode client; the list fills with what it receives."""
    received: list[SocketModeRequest] = []
    client = SocketModeClient(
        server.app_token,
        web_client=AsyncWebClient(base_url=f"{server.url}/api/", retry_handlers=[]),
        ping_interval=0.05,
    )

    async def listen(_: object, request: SocketModeRequest) -> None:
        received.append(request)
        if ack(request):
            await client.send_socket_mode_response(
                SocketModeResponse(envelope_id=request.envelope_id)
            )

    client.socket_mode_request_listeners.append(cast(Any, listen))
    before = server.sockets.count
    await cast(Any, client).connect()
    await server.wait_for(lambda: server.sockets.count == before + 1)
    try:
        yield received
    finally:
        await cast(Any, client).close()
        tasks = (client.message_processor, client.message_receiver)
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)


@asynccontextmanager
async def http_app(handle: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    """The app's public address, with this handler behind it."""
    app = web.Application()
    app.router.add_post("/slack/events", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


def bolt(server: SlackServer, client: AsyncWebClient) -> AsyncApp:
    return AsyncApp(client=client, signing_secret=server.signing_secret)


async def refused(call: Any) -> Json:
    """The error answer of a call that must not succeed."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return cast(Json, caught.value.response.data)


async def error_of(call: Any) -> str:
    return str((await refused(call))["error"])


def desk(server: SlackServer) -> str:
    return server.channel("support-desk").id


def button(text: str = "Take", action_id: str = "take", value: str = "7") -> Json:
    label = {"type": "plain_text", "text": text}
    return {"type": "button", "text": label, "action_id": action_id, "value": value}


def actions(*buttons: Json) -> Json:
    return {"type": "actions", "block_id": "choices", "elements": list(buttons or [button()])}


def section(text: str = "A ticket") -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def modal(**more: Any) -> Json:
    """A form with one required line and an optional choice."""
    label = {"type": "plain_text", "text": "Answer"}
    options = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in "ab"]
    return {
        "type": "modal",
        "callback_id": "answer",
        "title": {"type": "plain_text", "text": "Answer"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [
            {
                "type": "input",
                "block_id": "line",
                "label": label,
                "element": {"type": "plain_text_input", "action_id": "text"},
            },
            {
                "type": "input",
                "block_id": "choice",
                "optional": True,
                "label": {"type": "plain_text", "text": "Kind"},
                "element": {"type": "static_select", "action_id": "kind", "options": options},
            },
        ],
        **more,
    }


async def card(server: SlackServer, client: AsyncWebClient) -> Message:
    """A message with a button in the staff channel."""
    posted = await client.chat_postMessage(
        channel=desk(server), text="A ticket", blocks=[section(), actions()]
    )
    return server.workspace.message(server.channel("support-desk"), posted["ts"])


def inner(payload: Json) -> Json:
    return cast(Json, payload["event"])


class TestTokensAndArguments:
    async def test_a_good_token_says_who_the_bot_is(self, client: AsyncWebClient) -> None:
        """auth.test names the bot and lists its scopes in a header."""
        answer = await client.auth_test()
        assert answer["user_id"] == "U0DESKBOT"
        assert answer["bot_id"] == "B0DESK001"
        assert "chat:write" in answer.headers["x-oauth-scopes"]

    async def test_wrong_tokens_are_told_apart(self, slack: SlackServer) -> None:
        """No token, an unknown one, and one of the other kind each have their own error."""
        async with web_client(slack, "xoxb-wrong") as stranger:
            assert await error_of(stranger.auth_test()) == "invalid_auth"
            assert await error_of(stranger.auth_test(token="")) == "not_authed"
            assert await error_of(stranger.auth_test(token=slack.app_token)) == (
                "not_allowed_token_type"
            )

    async def test_only_the_app_token_opens_sockets(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """apps.connections.open refuses the bot token and gives a loopback url to the other."""
        opened = await client.apps_connections_open(app_token=slack.app_token)
        assert opened["url"].startswith("ws://127.0.0.1:")
        refusal = await error_of(client.apps_connections_open(app_token=slack.bot_token))
        assert refusal == "not_allowed_token_type"

    async def test_unknown_methods_are_named_in_the_refusal(self, client: AsyncWebClient) -> None:
        """A method Slack does not have is unknown_method."""
        answer = await refused(client.api_call("chat.shout"))
        assert (answer["error"], answer["req_method"]) == ("unknown_method", "chat.shout")

    async def test_every_body_encoding_is_understood(self, slack: SlackServer) -> None:
        """Form, JSON, multipart and query arguments all reach the method, token included."""
        bearer = {"Authorization": f"Bearer {slack.bot_token}"}
        where, url = desk(slack), f"{slack.url}/api/chat.postMessage"
        form = {"token": slack.bot_token, "channel": where, "text": "1"}
        multipart = aiohttp.FormData({**form, "text": "3"})
        multipart.add_field("extra", b"x", filename="x.bin")
        async with aiohttp.ClientSession() as session:
            await session.post(url, data=form)
            await session.post(url, json={"channel": where, "text": "2"}, headers=bearer)
            await session.post(url, data=multipart)
            await session.get(url, params={"channel": where, "text": "4"}, headers=bearer)
            broken = await session.post(
                url, data="{", headers={**bearer, "Content-Type": "application/json"}
            )
            assert (await broken.json())["error"] == "invalid_json"
        assert [each.text for each in slack.messages("support-desk")] == ["1", "2", "3", "4"]

    async def test_a_missing_scope_is_told_with_what_was_granted(self) -> None:
        """Without chat:write nothing is posted, and the answer says what is needed."""
        async with SlackServer(scopes=ALL_SCOPES - {"chat:write"}) as slack:
            slack.channel("support-desk")
            async with web_client(slack) as client:
                answer = await refused(client.chat_postMessage(channel=desk(slack), text="Hi"))
        assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
        assert "channels:history" in answer["provided"]

    async def test_history_scopes_go_by_kind_of_channel(self) -> None:
        """channels:history does not open private channels."""
        async with SlackServer(scopes=ALL_SCOPES - {"groups:history"}) as slack:
            private = slack.channel("staff", private=True)
            async with web_client(slack) as client:
                await client.conversations_history(channel=desk(slack))
                answer = await refused(client.conversations_history(channel=private.id))
        assert answer["needed"] == "groups:history"

    async def test_every_call_is_recorded(self, slack: SlackServer, client: AsyncWebClient) -> None:
        """Method, arguments and result stay readable; the token does not."""
        await client.chat_postMessage(channel=desk(slack), text="Hi")
        (call,) = slack.calls("chat.postMessage")
        assert call.params["text"] == "Hi"
        assert call.result["ok"]
        assert "token" not in call.params


class TestPosting:
    async def test_a_post_is_there_and_answered_with_its_message(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """The answer carries the ts under which the channel shows the message."""
        answer = await client.chat_postMessage(channel=desk(slack), text="Hello")
        (message,) = slack.messages("support-desk")
        assert (message.ts, message.text) == (answer["ts"], "Hello")
        assert answer["message"]["bot_id"] == "B0DESK001"

    async def test_a_user_id_opens_the_direct_messages(
        self, slack: SlackServer, client: AsyncWebClient, maria: SlackUser
    ) -> None:
        """Posting to a user is a DM, in the same channel conversations.open gives."""
        posted = await client.chat_postMessage(channel=maria.id, text="Hello Maria")
        opened = await client.conversations_open(users=maria.id)
        assert posted["channel"] == opened["channel"]["id"] == maria.dm_channel.id
        assert [each.text for each in slack.dm_messages(maria)] == ["Hello Maria"]

    async def test_posts_that_cannot_be_say_why(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """Unknown, foreign, private and archived channels each have their error; so has silence."""
        outside = slack.channel("outside", joined=False).id
        hidden = slack.channel("hidden", joined=False, private=True).id
        archived = slack.archive(slack.channel("old")).id
        where = {
            "C404": "channel_not_found",
            "#support-desk": "channel_not_found",
            outside: "not_in_channel",
            hidden: "channel_not_found",
            archived: "is_archived",
        }
        for channel, error in where.items():
            assert await error_of(client.chat_postMessage(channel=channel, text="Hi")) == error
        silence = client.api_call("chat.postMessage", json={"channel": desk(slack), "text": " "})
        assert await error_of(silence) == "no_text"

    async def test_public_channels_are_open_with_the_public_scope(self) -> None:
        """chat:write.public lets the bot post where it is not a member."""
        async with SlackServer(scopes=ALL_SCOPES | {"chat:write.public"}) as slack:
            outside = slack.channel("outside", joined=False)
            async with web_client(slack) as client:
                await client.chat_postMessage(channel=outside.id, text="Hi")
            assert slack.messages(outside)

    async def test_replies_go_to_the_thread_and_its_root_only(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """A reply to a reply joins the root's thread; an unknown thread is refused."""
        root = await client.chat_postMessage(channel=desk(slack), text="root")
        first = await client.chat_postMessage(
            channel=desk(slack), text="first", thread_ts=root["ts"]
        )
        await client.chat_postMessage(channel=desk(slack), text="second", thread_ts=first["ts"])
        shown = slack.thread("support-desk", root["ts"])
        assert [each.text for each in shown] == ["root", "first", "second"]
        assert [each.text for each in slack.messages("support-desk")] == ["root"]
        lost = client.chat_postMessage(channel=desk(slack), text="x", thread_ts="1.000000")
        assert await error_of(lost) == "thread_not_found"

    async def test_long_texts_are_cut_but_long_updates_refused(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """Slack truncates posts above 40,000 characters and refuses updates above 4,000."""
        posted = await client.chat_postMessage(channel=desk(slack), text="x" * 40_001)
        assert len(slack.messages("support-desk")[0].text) == 40_000
        update = client.chat_update(channel=desk(slack), ts=posted["ts"], text="y" * 4_001)
        assert await error_of(update) == "msg_too_long"

    async def test_metadata_is_kept_and_given_back_on_request(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """Metadata comes back only with include_all_metadata; a bad shape is refused."""
        metadata = {"event_type": "reply", "event_payload": {"key": "42"}}
        await client.chat_postMessage(channel=desk(slack), text="Hi", metadata=metadata)
        plain = await client.conversations_history(channel=desk(slack))
        full = await client.conversations_history(channel=desk(slack), include_all_metadata=True)
        assert "metadata" not in plain["messages"][0]
        assert full["messages"][0]["metadata"] == metadata
        wrong = client.chat_postMessage(channel=desk(slack), text="Hi", metadata={"a": 1})
        assert await error_of(wrong) == "invalid_metadata_schema"

    async def test_another_name_makes_a_classic_bot_message(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """A username override shows as bot_message; unfurling flags are kept."""
        answer = await client.chat_postMessage(
            channel=desk(slack), text="Hi", username="Night desk", unfurl_links=False
        )
        assert answer["message"]["subtype"] == "bot_message"
        (message,) = slack.messages("support-desk")
        assert (message.username, message.unfurl_links) == ("Night desk", False)

    async def test_only_own_messages_can_be_changed(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """chat.update and chat.delete work on the bot's messages and refuse a person's."""
        own = await client.chat_postMessage(channel=desk(slack), text="before")
        await client.chat_update(channel=desk(slack), ts=own["ts"], text="after")
        (message,) = slack.messages("support-desk")
        assert message.text == "after"
        assert message.edited
        await client.chat_delete(channel=desk(slack), ts=own["ts"])
        assert slack.messages("support-desk") == []
        theirs = ivo.post("support-desk", "mine").ts
        update = client.chat_update(channel=desk(slack), ts=theirs, text="x")
        assert await error_of(update) == "cant_update_message"
        delete = client.chat_delete(channel=desk(slack), ts=theirs)
        assert await error_of(delete) == "cant_delete_message"
        gone = client.chat_update(channel=desk(slack), ts=own["ts"], text="x")
        assert await error_of(gone) == "message_not_found"

    async def test_ephemerals_are_seen_by_one_member(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser, maria: SlackUser
    ) -> None:
        """An ephemeral message is in nobody's history and needs a member to see it."""
        await client.chat_postEphemeral(channel=desk(slack), user=ivo.id, text="Only you")
        assert [each.text for each in slack.ephemerals(ivo)] == ["Only you"]
        assert slack.messages("support-desk") == []
        outside = client.chat_postEphemeral(channel=desk(slack), user=maria.id, text="x")
        assert await error_of(outside) == "user_not_in_channel"

    async def test_reactions_are_counted_once(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """Adding twice, removing what is not there and unknown messages are refused."""
        posted = await client.chat_postMessage(channel=desk(slack), text="Hi")
        where = {"channel": desk(slack), "timestamp": posted["ts"], "name": "eyes"}
        await client.reactions_add(**where)
        assert slack.messages("support-desk")[0].reactions[0].users == ("U0DESKBOT",)
        assert await error_of(client.reactions_add(**where)) == "already_reacted"
        await client.reactions_remove(**where)
        assert await error_of(client.reactions_remove(**where)) == "no_reaction"
        lost = {**where, "timestamp": "1.000000"}
        assert await error_of(client.reactions_add(**lost)) == "message_not_found"


TOO_MUCH = [
    ([section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    (
        [section("x" * 3001)],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        [actions(button("x" * 76))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    (
        [actions(button(value="x" * 2001))],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    (
        [actions(button(action_id="x" * 256))],
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    (
        [actions(button(), button())],
        "`action_id` 'take' already exists [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    (
        [{"type": "context", "elements": [section()["text"]] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        [actions(*(button(action_id=f"a{n}") for n in range(26)))],
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([{"type": "poem"}], "unsupported type: poem [json-pointer:/blocks/0/type]"),
    ([{"type": "section"}], "missing required field: text [json-pointer:/blocks/0]"),
]


class TestBlocks:
    @pytest.mark.parametrize(("blocks", "complaint"), TOO_MUCH)
    async def test_invalid_blocks_are_refused_by_path(
        self, slack: SlackServer, client: AsyncWebClient, blocks: list[Json], complaint: str
    ) -> None:
        """Each broken limit of Block Kit is invalid_blocks with the path of the fault."""
        answer = await refused(
            client.chat_postMessage(channel=desk(slack), text="x", blocks=blocks)
        )
        assert answer["error"] == "invalid_blocks"
        assert answer["response_metadata"]["messages"] == [f"[ERROR] {complaint}"]
        assert slack.messages("support-desk") == []

    async def test_blocks_at_the_limit_pass(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """Exactly the allowed size is posted, with the ids Slack adds."""
        blocks = [section("x" * 3000), actions(button("x" * 75, value="x" * 2000))]
        await client.chat_postMessage(channel=desk(slack), text="x", blocks=blocks)
        (message,) = slack.messages("support-desk")
        assert message.blocks[0]["block_id"]

    async def test_blocks_that_are_no_list_or_too_long_together_are_refused(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """A broken JSON text and an undocumented total of 13,200 characters are errors too."""
        garbled = client.chat_postMessage(channel=desk(slack), text="x", blocks="not json")
        assert await error_of(garbled) == "invalid_blocks_format"
        long = client.chat_postMessage(
            channel=desk(slack), text="x", blocks=[section("x" * 2999)] * 5
        )
        assert await error_of(long) == "msg_blocks_too_long"


class TestReading:
    async def test_history_pages_backwards_without_replies(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """Newest first, a cursor to the rest, and no thread replies among them."""
        posts = [ivo.post("support-desk", str(n)) for n in range(5)]
        ivo.reply("support-desk", posts[0].ts, "hidden")
        ivo.reply("support-desk", posts[0].ts, "shown", broadcast=True)
        first = await client.conversations_history(channel=desk(slack), limit=2)
        assert [each["text"] for each in first["messages"]] == ["shown", "4"]
        assert first["has_more"]
        cursor = first["response_metadata"]["next_cursor"]
        rest = await client.conversations_history(channel=desk(slack), limit=9, cursor=cursor)
        assert [each["text"] for each in rest["messages"]] == ["3", "2", "1", "0"]
        assert rest["messages"][-1]["reply_count"] == 2

    async def test_history_between_two_moments(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """oldest and latest are left out unless inclusive."""
        one, two, three = (ivo.post("support-desk", str(n)).ts for n in (1, 2, 3))
        between: Json = {"channel": desk(slack), "oldest": one, "latest": three}
        exclusive = await client.conversations_history(**between)
        assert [each["ts"] for each in exclusive["messages"]] == [two]
        inclusive = await client.conversations_history(**between, inclusive=True)
        assert [each["ts"] for each in inclusive["messages"]] == [three, two, one]

    async def test_replies_come_with_their_root(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """The root first, then the replies in order; unknown roots are thread_not_found."""
        root = ivo.post("support-desk", "root")
        for number in range(3):
            ivo.reply("support-desk", root.ts, str(number))
        found = await client.conversations_replies(channel=desk(slack), ts=root.ts, limit=2)
        assert [each["text"] for each in found["messages"]] == ["root", "0"]
        assert found["messages"][1]["parent_user_id"] == ivo.id
        cursor = found["response_metadata"]["next_cursor"]
        rest = await client.conversations_replies(channel=desk(slack), ts=root.ts, cursor=cursor)
        assert [each["text"] for each in rest["messages"]] == ["1", "2"]
        lost = client.conversations_replies(channel=desk(slack), ts="1.000000")
        assert await error_of(lost) == "thread_not_found"

    async def test_a_channel_without_the_bot_has_no_history(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """History needs membership; info of a public channel does not."""
        outside = slack.channel("outside", joined=False).id
        assert await error_of(client.conversations_history(channel=outside)) == "not_in_channel"
        info = await client.conversations_info(channel=outside)
        assert info["channel"]["is_member"] is False

    async def test_channels_and_members_are_listed_by_kind(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser, maria: SlackUser
    ) -> None:
        """Lists go by type and membership: private channels and DMs only when asked for."""
        staff = slack.channel("staff", private=True)
        slack.channel("outside", joined=False)
        maria.dm("Hello")
        public = await client.conversations_list()
        assert [each["name"] for each in public["channels"]] == ["support-desk", "outside"]
        own = await client.users_conversations(types="private_channel,im")
        assert {each["id"] for each in own["channels"]} == {staff.id, maria.dm_channel.id}
        members = await client.conversations_members(channel=desk(slack))
        assert set(members["members"]) == {ivo.id, "U0DESKBOT"}

    async def test_users_have_zone_locale_and_standing(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """users.info tells zone, guest and bot flags, and the locale when asked."""
        guest = slack.user("Ana", tz="Europe/Madrid", locale="es-ES", is_guest=True)
        info = (await client.users_info(user=guest.id, include_locale=True))["user"]
        assert (info["tz"], info["locale"], info["is_restricted"]) == (
            "Europe/Madrid",
            "es-ES",
            True,
        )
        assert "locale" not in (await client.users_info(user=guest.id))["user"]
        everyone = (await client.users_list())["members"]
        assert [each["is_bot"] for each in everyone] == [True, False]
        assert await error_of(client.users_info(user="U404")) == "user_not_found"


class TestFiles:
    async def test_an_upload_in_three_steps_is_shared_in_the_channel(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """files_upload_v2 of the SDK ends as a message with the file."""
        answer = await client.files_upload_v2(
            channel=desk(slack), filename="report.txt", content="42", initial_comment="Monthly"
        )
        (message,) = slack.messages("support-desk")
        assert (message.text, message.files[0].data) == ("Monthly", b"42")
        info = await client.files_info(file=answer["file"]["id"])
        assert info["file"]["channels"] == [desk(slack)]

    async def test_downloads_need_the_token(
        self, slack: SlackServer, client: AsyncWebClient, maria: SlackUser
    ) -> None:
        """Without the bearer token the bytes are those of a login page."""
        shared = maria.upload(maria.dm_channel, "photo.png", b"\x89PNG")
        info = await client.files_info(file=shared.files[0].id)
        url = info["file"]["url_private_download"]
        bearer = {"Authorization": f"Bearer {slack.bot_token}"}
        async with aiohttp.ClientSession() as session:
            with_token = await session.get(url, headers=bearer)
            assert await with_token.read() == b"\x89PNG"
            without = await session.get(url)
            assert without.content_type == "text/html"
            assert b"Sign in" in await without.read()


class TestLimitsAndFaults:
    async def test_a_channel_takes_a_short_burst_then_one_a_second(self, clock: Clock) -> None:
        """The fourth message at once is 429; a second later there is room for one."""
        async with SlackServer(rate_limits=True, clock=clock) as slack:
            slack.channel("support-desk")
            async with web_client(slack) as client:
                for _ in range(3):
                    await client.chat_postMessage(channel=desk(slack), text="Hi")
                with pytest.raises(SlackApiError) as caught:
                    await client.chat_postMessage(channel=desk(slack), text="Hi")
                assert caught.value.response.status_code == 429
                assert caught.value.response.headers["Retry-After"] == "1"
                assert caught.value.response["error"] == "ratelimited"
                clock.ahead += 1.1
                await client.chat_postMessage(channel=desk(slack), text="Hi")
            assert len(slack.messages("support-desk")) == 4

    async def test_ordered_errors_come_once_each(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """fail_next spends itself, and nothing is posted by the failed calls."""
        slack.fail_next("chat.postMessage", error="account_inactive", times=2)
        for _ in range(2):
            call = client.chat_postMessage(channel=desk(slack), text="Hi")
            assert await error_of(call) == "account_inactive"
        assert slack.messages("support-desk") == []
        await client.chat_postMessage(channel=desk(slack), text="Hi")

    async def test_a_server_error_is_no_json(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """A 503 carries a page, as from Slack's proxies, and posts nothing."""
        slack.fail_next("*", status=503)
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=desk(slack), text="Hi")
        assert caught.value.response.status_code == 503
        assert slack.messages("support-desk") == []

    async def test_an_ordered_429_is_what_the_sdk_waits_for(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """The SDK's own rate-limit handler reads Retry-After and tries again."""
        slack.fail_next("chat.postMessage", status=429, retry_after=0.0)
        client.retry_handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=1)]
        await client.chat_postMessage(channel=desk(slack), text="Hi")
        assert [each.status for each in slack.calls("chat.postMessage")] == [429, 200]

    async def test_a_dropped_answer_leaves_the_message(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """After the drop the client has an error and the channel has the message."""
        slack.drop_after_accept("chat.postMessage")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.chat_postMessage(channel=desk(slack), text="Hi")
        assert [each.text for each in slack.messages("support-desk")] == ["Hi"]
        assert slack.calls("chat.postMessage")[0].dropped

    async def test_the_default_retry_handler_posts_twice(self, slack: SlackServer) -> None:
        """The trap this stand-in exists for: the SDK repeats a post it got no answer to."""
        slack.drop_after_accept("chat.postMessage")
        careless = AsyncWebClient(token=slack.bot_token, base_url=f"{slack.url}/api/")
        await careless.chat_postMessage(channel=desk(slack), text="Hi")
        assert [each.text for each in slack.messages("support-desk")] == ["Hi", "Hi"]

    async def test_while_down_nothing_answers(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """Down cuts every call off; up again it works as before."""
        slack.down()
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.auth_test()
        slack.down(False)
        await client.auth_test()


class TestSocketMode:
    async def test_bolt_hears_a_direct_message_and_answers(
        self, slack: SlackServer, client: AsyncWebClient, maria: SlackUser
    ) -> None:
        """A Bolt app runs unchanged: it reads the message and says something back."""
        app = bolt(slack, client)

        @app.event("message")
        async def answer(event: Json, say: Any) -> None:
            await say(f"You said: {event['text']}")

        async with socket_app(slack, app):
            maria.dm("a < b")
            said = await slack.wait_for(lambda: slack.dm_messages(maria)[1:])
            assert said[0].text == "You said: a &lt; b"
            await slack.wait_for(lambda: len(slack.deliveries) == 2)
        first, own = (inner(each) for each in slack.events)
        assert (first["channel_type"], first["user"]) == ("im", maria.id)
        assert (own["bot_id"], own["app_id"]) == ("B0DESK001", "A0DESK001")

    async def test_hello_counts_connections_and_envelopes_take_turns(
        self, slack: SlackServer, ivo: SlackUser
    ) -> None:
        """Of two connections each gets every other event."""
        async with raw_socket(slack) as one, raw_socket(slack) as two:
            for number in range(4):
                ivo.post("support-desk", str(number))
            await slack.wait_for(lambda: len(slack.deliveries) == 4)
            assert [len(one), len(two)] == [2, 2]
            assert all(each.acked for each in slack.deliveries)

    async def test_hello_says_what_slack_says(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """The first frame is hello with the number of connections and the refresh time."""
        opened = await client.apps_connections_open(app_token=slack.app_token)
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(opened["url"] + "&debug_reconnects=true") as socket,
        ):
            hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["debug_info"]["approximate_connection_time"] == 360

    async def test_an_unacknowledged_event_goes_to_the_other_connection(
        self, slack: SlackServer, ivo: SlackUser
    ) -> None:
        """Three seconds without an ack bring the same event elsewhere, marked as a retry."""
        async with (
            raw_socket(slack, ack=lambda _: False) as deaf,
            raw_socket(slack) as alive,
        ):
            ivo.post("support-desk", "Hello")
            await slack.wait_for(lambda: any(each.acked for each in slack.deliveries))
        assert deaf[0].payload["event_id"] == alive[0].payload["event_id"]
        assert (alive[0].retry_attempt, alive[0].retry_reason) == (1, "timeout")

    async def test_nobody_connected_means_lost(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """Events are not kept for later; the history still has the message."""
        ivo.post("support-desk", "anyone?")
        await slack.wait_for(lambda: slack.deliveries)
        async with raw_socket(slack) as received:
            ivo.post("support-desk", "hello")
            await slack.wait_for(lambda: received)
        assert [inner(each.payload)["text"] for each in received] == ["hello"]
        found = await client.conversations_history(channel=desk(slack))
        assert [each["text"] for each in found["messages"]] == ["hello", "anyone?"]

    async def test_a_warning_makes_the_client_reconnect(
        self, slack: SlackServer, ivo: SlackUser
    ) -> None:
        """After a disconnect frame the SDK fetches a new url and hears again."""
        async with raw_socket(slack) as received:
            slack.disconnect_sockets("warning")
            await slack.wait_for(lambda: len(slack.calls("apps.connections.open")) == 2)
            await slack.wait_for(lambda: slack.sockets.count == 1)
            ivo.post("support-desk", "still there?")
            await slack.wait_for(lambda: any(each.acked for each in slack.deliveries))
        assert received

    @pytest.mark.parametrize("reason", ["refresh_requested", None])
    async def test_a_closed_connection_comes_back(
        self, slack: SlackServer, reason: str | None
    ) -> None:
        """Told or cut off without a word, the SDK connects anew."""
        async with raw_socket(slack):
            slack.disconnect_sockets(reason)
            await slack.wait_for(lambda: slack.sockets.count == 0)
            await slack.wait_for(lambda: slack.sockets.count == 1)

    async def test_the_eleventh_connection_is_one_too_many(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """Slack allows ten connections and tells the next why it has to go."""
        url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        async with aiohttp.ClientSession() as session:
            sockets = [await session.ws_connect(url) for _ in range(11)]
            goodbye = await sockets[-1].receive_json()
            for socket in sockets:
                await socket.close()
        assert goodbye["reason"] == "too_many_websockets"

    async def test_a_duplicate_has_the_same_event_id(
        self, slack: SlackServer, ivo: SlackUser
    ) -> None:
        """redeliver repeats an event that was already acknowledged."""
        async with raw_socket(slack) as received:
            message = ivo.post("support-desk", "Hello")
            await slack.wait_for(lambda: slack.deliveries)
            slack.redeliver(message, delay=0.01)
            await slack.wait_for(lambda: len(slack.deliveries) == 2)
        assert len({each.payload["event_id"] for each in received}) == 1


class TestEvents:
    """Events are told whoever listens, so these tests read `slack.events`."""

    async def test_each_has_its_shape(self, slack: SlackServer, ivo: SlackUser) -> None:
        """Posts, replies, broadcasts, edits, deletions and reactions have Slack's shapes."""
        root = ivo.post("support-desk", "root")
        reply = ivo.reply("support-desk", root.ts, "reply")
        ivo.reply("support-desk", root.ts, "loud", broadcast=True)
        ivo.edit("support-desk", reply.ts, "reply, better")
        ivo.react("support-desk", root.ts, ":eyes:")
        ivo.delete("support-desk", reply.ts)
        posted, replied, loud, changed, reaction, deleted = map(inner, slack.events)
        assert posted["channel_type"] == "channel"
        assert (replied["thread_ts"], replied["parent_user_id"]) == (root.ts, ivo.id)
        assert (loud["subtype"], loud["root"]["ts"]) == ("thread_broadcast", root.ts)
        assert changed["subtype"] == "message_changed"
        assert changed["previous_message"]["text"] == "reply"
        assert changed["message"]["edited"]["user"] == ivo.id
        assert (reaction["reaction"], reaction["item"]["ts"]) == ("eyes", root.ts)
        assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", reply.ts)

    async def test_a_mention_is_told_twice(self, slack: SlackServer, ivo: SlackUser) -> None:
        """A mention is a message and an app_mention of the same ts; in a DM only a message."""
        ivo.mention("support-desk", "help")
        message, mention = map(inner, slack.events)
        assert (message["type"], mention["type"]) == ("message", "app_mention")
        assert message["ts"] == mention["ts"]
        assert "channel_type" not in mention

    async def test_files_other_bots_and_homes(
        self, slack: SlackServer, ivo: SlackUser, maria: SlackUser
    ) -> None:
        """Uploads, other apps' posts, new members and opened homes are told too."""
        ivo.upload("support-desk", "log.txt", b"...", text="See the log")
        slack.other_bot("support-desk", "disk full")
        maria.join("support-desk")
        maria.open_home()
        shared, other, joined, home = map(inner, slack.events)
        assert (shared["subtype"], shared["files"][0]["name"]) == ("file_share", "log.txt")
        assert (other["subtype"], other["bot_id"]) == ("bot_message", "B0OTHER01")
        assert (joined["type"], joined["user"]) == ("member_joined_channel", maria.id)
        assert (home["type"], home["tab"]) == ("app_home_opened", "home")

    async def test_nothing_is_told_of_channels_without_the_bot(self, slack: SlackServer) -> None:
        """Elsewhere people talk among themselves."""
        outside = slack.channel("outside", joined=False)
        slack.user("Ivo Kalns", in_channels=[outside]).mention(outside, "psst")
        assert slack.events == []

    async def test_a_stranger_and_a_remote_file_are_marked(self, slack: SlackServer) -> None:
        """Slack Connect: another team's user, and a file that only files.info opens."""
        ana = slack.user("Ana", team="T0OTHER", in_channels=["support-desk"])
        ana.upload("support-desk", "x.pdf", b"%PDF", remote=True)
        event = inner(slack.events[0])
        assert event["user_team"] == "T0OTHER"
        assert slack.events[0]["is_ext_shared_channel"]
        assert event["files"][0]["file_access"] == "check_file_info"

    async def test_the_root_of_a_thread_leaves_a_tombstone(
        self, slack: SlackServer, ivo: SlackUser
    ) -> None:
        """Deleting a message with replies keeps the thread."""
        root = ivo.post("support-desk", "root")
        ivo.reply("support-desk", root.ts, "reply")
        ivo.delete("support-desk", root.ts)
        assert [each.subtype for each in slack.thread("support-desk", root.ts)] == ["tombstone", ""]

    async def test_people_are_refused_too(self, slack: SlackServer, maria: SlackUser) -> None:
        """Nobody writes into a channel they are not in."""
        with pytest.raises(SlackError, match="not_in_channel"):
            maria.post("support-desk", "hello?")


class TestHttp:
    async def test_bolt_gets_signed_events(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """After the handshake Bolt accepts our signature and handles the mention."""
        app = bolt(slack, client)

        @app.event("app_mention")
        async def answer(event: Json, say: Any) -> None:
            await say("On it", thread_ts=event["ts"])

        @app.event("message")
        async def ignore() -> None:
            pass

        async def handle(request: web.Request) -> web.Response:
            bolt_request = AsyncBoltRequest(
                body=await request.text(), headers=dict(request.headers)
            )
            answer = await app.async_dispatch(bolt_request)
            return web.Response(
                status=answer.status, body=answer.body, headers=answer.first_headers()
            )

        async with http_app(handle) as url:
            await slack.use_http(url)
            asked = ivo.mention("support-desk", "help")
            await slack.wait_for(lambda: slack.thread("support-desk", asked.ts)[1:])
            await slack.wait_for(lambda: len(slack.deliveries) == 3)
        assert all(each.acked for each in slack.deliveries)

    async def test_a_wrong_url_is_not_saved(self, slack: SlackServer) -> None:
        """An address that does not echo the challenge is refused."""

        async def deaf(_: web.Request) -> web.Response:
            return web.Response(text="welcome")

        async with http_app(deaf) as url:
            with pytest.raises(ValueError, match="challenge"):
                await slack.use_http(url)

    async def test_failures_are_retried_with_their_reason(
        self, slack: SlackServer, ivo: SlackUser
    ) -> None:
        """A timeout and an error bring the event again, numbered, with the same id."""
        seen: list[tuple[str | None, str | None]] = []
        ids: set[str] = set()

        async def handle(request: web.Request) -> web.Response:
            body = await request.json()
            if "challenge" in body:
                return web.json_response({"challenge": body["challenge"]})
            ids.add(body["event_id"])
            headers = request.headers
            seen.append((headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason")))
            if len(seen) == 1:
                await asyncio.sleep(FAST.ack * 4)
            return web.Response(status=500 if len(seen) < 3 else 200)

        async with http_app(handle) as url:
            await slack.use_http(url)
            ivo.post("support-desk", "Hello")
            await slack.wait_for(lambda: any(each.acked for each in slack.deliveries))
        assert seen == [(None, None), ("1", "http_timeout"), ("2", "http_error")]
        assert len(ids) == 1

    async def test_no_retry_is_honoured_and_the_third_retry_is_the_last(
        self, slack: SlackServer, ivo: SlackUser
    ) -> None:
        """X-Slack-No-Retry ends it at once; otherwise Slack gives up after four attempts."""
        headers: dict[str, str] = {"X-Slack-No-Retry": "1"}

        async def handle(request: web.Request) -> web.Response:
            body = await request.json()
            if "challenge" in body:
                return web.Response(text=body["challenge"])
            return web.Response(status=500, headers=headers)

        async with http_app(handle) as url:
            await slack.use_http(url)
            ivo.post("support-desk", "one")
            await slack.wait_for(lambda: slack.deliveries)
            headers.clear()
            ivo.post("support-desk", "two")
            await slack.wait_for(lambda: len(slack.deliveries) == 5)
        assert [each.attempt for each in slack.deliveries] == [0, 0, 1, 2, 3]

    def test_the_signature_is_slacks(self) -> None:
        """The SDK's own verifier accepts it, and not for another body."""
        headers = signature_headers("secret", "body", time.time())
        verifier = SignatureVerifier("secret")
        assert verifier.is_valid_request("body", headers)
        assert not verifier.is_valid_request("other", headers)


class TestButtons:
    async def test_a_press_reaches_bolt_and_its_answer_replaces_the_card(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """block_actions carries value, channel and message; respond() can replace the source."""
        app = bolt(slack, client)
        seen: list[Json] = []

        @app.action("take")
        async def take(ack: Any, body: Json, respond: Any) -> None:
            await ack()
            seen.append(body)
            await respond(text=f"Taken by <@{body['user']['id']}>", replace_original=True)

        async with socket_app(slack, app):
            message = await card(slack, client)
            assert (await ivo.click(message, "Take")).acked
            await slack.wait_for(lambda: slack.messages("support-desk")[0].edited)
        assert seen[0]["actions"][0]["value"] == "7"
        assert seen[0]["container"]["message_ts"] == message.ts
        assert slack.messages("support-desk")[0].text == f"Taken by <@{ivo.id}>"

    async def test_a_press_nobody_acknowledges_is_not_repeated(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """The person sees an error; Slack does not retry interactivity."""
        message = await card(slack, client)
        slack.deliveries.clear()
        async with raw_socket(slack, ack=lambda _: False):
            assert not (await ivo.click(message, "take")).acked
        assert [each.attempt for each in slack.deliveries if each.kind == "interactive"] == [0]
        with pytest.raises(LookupError):
            await ivo.click(message, "Close")

    async def test_response_urls_wear_out(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser, clock: Clock
    ) -> None:
        """Five answers, or thirty minutes: ephemeral, in the channel, replacing, deleting."""
        message = await card(slack, client)
        async with raw_socket(slack) as received:
            await ivo.click(message, "Take")
            await ivo.click(message, "Take")
        one, two = (
            AsyncWebhookClient(each.payload["response_url"], retry_handlers=[])
            for each in received
            if each.type == "interactive"
        )
        await one.send(text="only for you")
        await one.send(text="for everyone", response_type="in_channel")
        await one.send(text="replaced", replace_original=True)
        await one.send(delete_original=True)
        await one.send(text="fifth")
        assert (await one.send(text="sixth")).status_code == 404
        assert [each.text for each in slack.ephemerals(ivo)] == ["only for you", "fifth"]
        assert [each.text for each in slack.messages("support-desk")] == ["for everyone"]
        clock.ahead += 1801
        assert "expired_url" in (await two.send(text="late")).body

    async def test_an_ephemeral_card_is_changed_through_its_response_url(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """The payload of an ephemeral message has no message, only its container."""
        await client.chat_postEphemeral(
            channel=desk(slack), user=ivo.id, text="Sure?", blocks=[actions()]
        )
        async with raw_socket(slack) as received:
            await ivo.click(slack.ephemerals(ivo)[0], "Take")
        payload = received[0].payload
        assert payload["container"]["is_ephemeral"]
        assert "message" not in payload
        webhook = AsyncWebhookClient(payload["response_url"], retry_handlers=[])
        await webhook.send(text="Done", replace_original=True)
        assert [each.text for each in slack.ephemerals(ivo)] == ["Done"]

    async def test_commands_and_shortcuts_reach_bolt(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """A slash command's ack is shown to the person; shortcuts carry their message."""
        app = bolt(slack, client)
        seen: list[str] = []

        @app.command("/ticket")
        async def command(ack: Any, command: Json) -> None:
            await ack(f"Ticket: {command['text']}")

        @app.shortcut("make-ticket")
        async def shortcut(ack: Any, shortcut: Json) -> None:
            await ack()
            seen.append(shortcut.get("message", {}).get("text", "global"))

        async with socket_app(slack, app):
            await ivo.command("/ticket", "printer", "support-desk")
            post = ivo.post("support-desk", "It is broken")
            assert (await ivo.message_shortcut(post, "make-ticket")).acked
            assert (await ivo.shortcut("make-ticket")).acked
        assert [each.text for each in slack.ephemerals(ivo)] == ["Ticket: printer"]
        assert seen == ["It is broken", "global"]


class TestViews:
    async def test_a_form_is_opened_filled_and_corrected(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """Errors keep the modal open by its input; a good answer closes it."""
        app = bolt(slack, client)
        seen: list[Json] = []

        @app.action("take")
        async def opens(ack: Any, body: Json) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal(private_metadata="7"))

        @app.view("answer")
        async def submitted(ack: Any, view: Json) -> None:
            seen.append(view)
            if view["state"]["values"]["line"]["text"]["value"] == "short":
                await ack(response_action="errors", errors={"line": "Say more"})
            else:
                await ack()

        async with socket_app(slack, app):
            await ivo.click(await card(slack, client), "Take")
            (view,) = await slack.wait_for(lambda: ivo.modals)
            with pytest.raises(ValueError, match="filled in"):
                await ivo.submit_view(view, {})
            sent = await ivo.submit_view(view, {"Answer": "short"})
            assert sent.errors == {"line": "Say more"}
            assert ivo.modals
            assert (await ivo.submit_view(view, {"text": "longer", "kind": "b"})).errors == {}
            assert ivo.modals == ()
        assert seen[1]["private_metadata"] == "7"
        chosen = seen[1]["state"]["values"]["choice"]["kind"]["selected_option"]
        assert chosen["value"] == "b"

    async def test_an_error_by_no_input_of_the_form_is_a_mistake_of_the_app(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """The person is told that the app cannot be reached, and the form stays open."""
        app = bolt(slack, client)

        @app.action("take")
        async def opens(ack: Any, body: Json) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal())

        @app.view("answer")
        async def submitted(ack: Any, view: Json) -> None:
            await ack(response_action="errors", errors={"elsewhere": "Say more"})

        async with socket_app(slack, app):
            await ivo.click(await card(slack, client), "Take")
            (view,) = await slack.wait_for(lambda: ivo.modals)
            assert not (await ivo.submit_view(view, {"text": "x"})).acked
            assert ivo.modals == (view,)

    async def test_a_submission_may_update_the_view(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """response_action update changes the modal in place; clear takes everything away."""
        app = bolt(slack, client)
        plans = [{"response_action": "update", "view": modal(callback_id="answer")}]
        plans.append({"response_action": "clear"})

        @app.shortcut("open")
        async def opens(ack: Any, body: Json) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal())

        @app.view("answer")
        async def submitted(ack: Any) -> None:
            await ack(**plans.pop(0))

        async with socket_app(slack, app):
            await ivo.shortcut("open")
            (view,) = await slack.wait_for(lambda: ivo.modals)
            await ivo.submit_view(view, {"text": "x"})
            assert [each.id for each in ivo.modals] == [view.id]
            await ivo.submit_view(ivo.modals[0], {"text": "x"})
        assert ivo.modals == ()

    async def test_trigger_ids_are_good_once_and_for_three_seconds(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser, clock: Clock
    ) -> None:
        """A late, a second and an invented trigger id are told apart."""
        issue = slack.desk.triggers.issue
        used, late = issue(ivo.id), issue(ivo.id)
        await client.views_open(trigger_id=used, view=modal())
        again = client.views_open(trigger_id=used, view=modal())
        assert await error_of(again) == "exchanged_trigger_id"
        clock.ahead += 3.5
        assert await error_of(client.views_open(trigger_id=late, view=modal())) == (
            "expired_trigger_id"
        )
        invented = client.views_open(trigger_id="1.2.3", view=modal())
        assert await error_of(invented) == "invalid_trigger_id"

    async def test_views_have_limits_and_versions(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """Too much metadata is refused by path; an outdated hash is a conflict."""
        trigger = slack.desk.triggers.issue(ivo.id)
        opened = (await client.views_open(trigger_id=trigger, view=modal()))["view"]
        long = modal(private_metadata="x" * 3001)
        answer = await refused(client.views_update(view_id=opened["id"], view=long))
        assert answer["response_metadata"]["messages"] == [
            "[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]"
        ]
        await client.views_update(view_id=opened["id"], view=modal(), hash=opened["hash"])
        stale = client.views_update(view_id=opened["id"], view=modal(), hash=opened["hash"])
        assert await error_of(stale) == "hash_conflict"
        assert await error_of(client.views_update(view_id="V404", view=modal())) == "not_found"

    async def test_closing_is_told_only_on_request(
        self, slack: SlackServer, client: AsyncWebClient, ivo: SlackUser
    ) -> None:
        """view_closed is sent for views with notify_on_close."""
        async with raw_socket(slack) as received:
            for notify in (False, True):
                trigger = slack.desk.triggers.issue(ivo.id)
                await client.views_open(trigger_id=trigger, view=modal(notify_on_close=notify))
                await ivo.close_view(ivo.modals[0])
        assert [each.payload["type"] for each in received] == ["view_closed"]

    async def test_a_home_is_published_and_clicked(
        self, slack: SlackServer, client: AsyncWebClient, maria: SlackUser
    ) -> None:
        """The home belongs to its user; a press there names the view."""
        home = {"type": "home", "blocks": [section("Your tickets"), actions()]}
        await client.views_publish(user_id=maria.id, view=home)
        assert maria.home is not None
        async with raw_socket(slack) as received:
            await maria.click(maria.home, "Take")
        assert received[0].payload["container"] == {"type": "view", "view_id": maria.home.id}


class TestPlay:
    async def test_another_process_can_play_a_person(
        self, slack: SlackServer, client: AsyncWebClient
    ) -> None:
        """Users, posts, clicks and the state with safe HTML, all as JSON."""
        async with aiohttp.ClientSession(f"{slack.url}/play/slack/") as session:

            async def do(act: str, **body: Any) -> Json:
                async with session.post(act, json=body) as answer:
                    return cast(Json, await answer.json())

            user = (await do("users", name="Ivo Kalns", in_channels=["support-desk"]))["id"]
            posted = await do(
                "post", user=user, channel="support-desk", text="*hi* <script> <@U0DESKBOT>"
            )
            await do("react", user=user, channel="support-desk", ts=posted["ts"], name="eyes")
            await card(slack, client)
            state = await (await session.get("state", params={"user": user})).json()
            wrong = await do("edit", user=user, channel="support-desk", ts="1.0", text="x")
        channel = next(each for each in state["channels"] if each["name"] == "support-desk")
        first, ticket = channel["messages"]
        assert first["html"] == (
            '<strong>hi</strong> &lt;script&gt; <span class="mention">@Frontdesk</span>'
        )
        assert first["reactions"] == [{"name": "eyes", "users": [user]}]
        assert ticket["blocks"][0]["text"]["html"] == "A ticket"
        assert wrong == {"error": "message_not_found"}

    async def test_a_long_poll_ends_with_the_next_change(
        self, slack: SlackServer, maria: SlackUser
    ) -> None:
        """The page asks for what comes after the version it has and is answered when it came."""
        async with aiohttp.ClientSession(f"{slack.url}/play/slack/") as session:
            now = slack.changes.version
            poll = asyncio.create_task(session.get(f"state?after={now}&user={maria.id}"))
            maria.dm("Hello")
            state = await (await poll).json()
            quick = await session.get(f"state?after={state['version']}&wait=0.01")
            assert (await quick.json())["version"] == state["version"]
        assert state["version"] > now

    async def test_forms_of_other_sites_are_refused(self, slack: SlackServer) -> None:
        """Only application/json is taken, which a foreign page cannot send unasked."""
        async with aiohttp.ClientSession() as session:
            answer = await session.post(f"{slack.url}/play/slack/post", data={"text": "x"})
        assert answer.status == 415

    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ('a &lt;b&gt; &amp; "c"', "a &lt;b&gt; &amp; &quot;c&quot;"),
            ("*b* _i_ ~s~", "<strong>b</strong> <em>i</em> <s>s</s>"),
            ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
            ("`*x*` ```a\n<b>```", "<code>*x*</code> <pre>a\n&lt;b&gt;</pre>"),
            ("one\ntwo", "one<br>two"),
            ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
            (
                '<https://e.org/"onclick=x|doc>',
                '<a href="https://e.org/&quot;onclick=x" rel="noopener noreferrer" '
                'target="_blank">doc</a>',
            ),
            ("\ue0007\ue001", "7"),
        ],
    )
    def test_mrkdwn_becomes_safe_html(self, text: str, html: str) -> None:
        """Styles and safe links come out as tags, everything else as text."""
        assert to_html(text) == html


async def test_it_runs_on_its_own() -> None:
    """`python -m bot.playground.slack` says where it listens and answers there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot.playground.slack", "--port", "0", "--channel", "support-desk"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().split()[-1]
        client = AsyncWebClient(token="xoxb-playground", base_url=f"{url}/api/")
        assert (await client.conversations_list())["channels"][0]["name"] == "support-desk"
    finally:
        process.kill()
        await process.wait()


async def test_stopping_leaves_nothing_behind() -> None:
    """No task survives the server, not even with a delivery waiting for its ack."""
    async with SlackServer() as slack:
        ivo = slack.user("Ivo", in_channels=[slack.channel("support-desk")])
        arrived = asyncio.Event()

        def ignore(_: SocketModeRequest) -> bool:
            arrived.set()
            return False

        async with raw_socket(slack, ack=ignore):
            ivo.post("support-desk", "Hello")
            await arrived.wait()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_waiting_in_vain_says_what_happened(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    """A condition that stays false ends with the last calls, so that a test's failure reads."""
    await client.auth_test()
    with pytest.raises(TimeoutError, match=r"auth\.test"):
        await slack.wait_for(lambda: slack.messages("support-desk"), timeout=0.01)


async def test_its_own_json_is_json(slack: SlackServer, maria: SlackUser) -> None:
    """Every event can be written as JSON, uploads included."""
    maria.upload(maria.dm_channel, "x.bin", b"\x00")
    assert json.loads(json.dumps(slack.events)) == slack.events
