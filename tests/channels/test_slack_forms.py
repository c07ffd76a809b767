"""Slack's forms on the desk: opened by a click, checked while open, stored when sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.slack import EVENTS_PATH, SlackChannel
from bot.domain import (
    TOO_LATE,
    Address,
    Agent,
    DeskAction,
    DeskForm,
    NotSent,
    Outgoing,
    Refused,
    Reply,
    Uncertain,
)
from bot.knowledge.complaint_policy import Complaints
from bot.playground.slack.server import Message, SlackServer, SlackUser, Timing
from handoff.course import forms as course_forms
from handoff.forms import views
from tests.channels.contract import Received, listening, until
from tests.channels.slack_side import APP_TOKEN, BOT_TOKEN, SECRET
from tests.channels.web_server import serving

QUICK = Timing(ack=0.5, retries=(0.0, 0.1))
POLICY = Complaints(causes={"late": "Late delivery"})


def say(key: str, **values: object) -> str:
    """The desk's words, made up: the key, short enough for a title."""
    return key.removeprefix("form_")[:24]


def check(form: DeskForm) -> Mapping[str, str]:
    """Stands for the desk's own check."""
    return {} if form.values.get("reason") else {"reason": "Say why."}


class Side:
    """Ivo on the desk, with a card, and a channel that is told in one way or the other."""

    def __init__(self, server: SlackServer, channel: SlackChannel, url: str = "") -> None:
        self.server, self.channel, self.url = server, channel, url
        self.desk = server.channel("support-desk")
        self.ivo: SlackUser = server.user("Ivo Kalns", in_channels=[self.desk])
        self.lane = views.lane_of("slack", Agent(self.ivo.id))

    async def connected(self) -> None:
        if self.url:
            await self.server.use_http(self.url)
        else:
            await until(lambda: self.server.sockets.count == 2)

    async def card(self, action: str, value: str) -> Message:
        """A card with one button."""
        text = {"type": "plain_text", "text": "Press"}
        button = {"type": "button", "action_id": action, "value": value, "text": text}
        blocks = ({"type": "actions", "elements": [button]},)
        address = Address("slack", self.desk.id)
        await self.channel.send(Outgoing("post", address, Reply("#7"), blocks=blocks))
        return self.server.messages(self.desk)[-1]

    async def open(self, name: str, received: Received) -> DeskAction:
        """Press the button, and open the form that belongs to it."""
        card = await self.card(name, "7:3")
        assert (await self.ivo.click(card, name)).acked
        event = received.events[-1]
        assert isinstance(event, DeskAction)
        await self.channel.send(self.form(event))
        return event

    def form(self, event: DeskAction) -> Outgoing:
        place = Address("slack", self.desk.id, event.address.thread_id)
        subject = views.Subject(event.ticket_id, place, event.subject)
        view = (
            course_forms.view("transfer", subject, say)
            if event.action == "transfer"
            else views.view(event.action, subject, views.Present(asked="?"), POLICY, say)
        )
        return Outgoing("form", self.lane, blocks=(view,), target=event.trigger)


@pytest.fixture(params=["socket", "http"])
async def side(request: pytest.FixtureRequest) -> AsyncIterator[Side]:
    """Both ways in which Slack tells us."""
    async with SlackServer(timing=QUICK) as server:
        desk, api = server.channel("support-desk").id, f"{server.url}/api/"
        known: dict[str, Any] = {"api_url": api, "check_form": check}
        if request.param == "socket":
            channel = SlackChannel(BOT_TOKEN, desk, app_token=APP_TOKEN, **known)
            yield Side(server, channel)
        else:
            channel = SlackChannel(BOT_TOKEN, desk, signing_secret=SECRET, **known)
            async with serving(channel.routes()) as url:
                yield Side(server, channel, url + EVENTS_PATH)
        await channel.close()


# --- the way through -----------------------------------------------------------------------------


async def test_a_form_is_opened_filled_in_and_stored(side: Side) -> None:
    """The click says about which ticket and remedy; what is sent comes back as an event of the same
    thread, and the form closes."""
    async with listening(side.channel) as received:
        await side.connected()
        pressed = await side.open("transfer", received)
        assert (pressed.ticket_id, pressed.remedy_id) == (7, 3)
        (view,) = side.ivo.modals
        eva = side.server.user("Eva Berzina")
        sent = await side.ivo.submit_view(view, {"to": eva.id, "reason": "She speaks Polish"})
    assert (sent.acked, sent.errors, side.ivo.modals) == (True, {}, ())
    form = received.events[-1]
    assert isinstance(form, DeskForm)
    assert (form.name, form.ticket_id, form.remedy_id) == ("transfer", 7, 3)
    assert form.values == {"to": eva.id, "reason": "She speaks Polish"}
    assert (form.agent, form.colleague) == (Agent(side.ivo.id), Agent(eva.id))
    assert form.address == pressed.address, "one lane keeps both in order"
    assert form.position > 0


async def test_what_is_wrong_is_said_while_the_form_is_open(side: Side) -> None:
    """Nothing is stored, nothing typed is lost, and the same form can be sent again."""
    async with listening(side.channel) as received:
        await side.connected()
        await side.open("remedy", received)
        stored = len(received.events)
        (view,) = side.ivo.modals
        side.channel.check_form = lambda form: {"amount": "No amount."}
        sent = await side.ivo.submit_view(view, {"kind": "refund", "amount": "x", "reason": "y"})
        assert (sent.acked, sent.errors) == (True, {"amount": "No amount."})
        assert (len(received.events), side.ivo.modals) == (stored, (view,))
        side.channel.check_form = check
        sent = await side.ivo.submit_view(view, {"kind": "refund", "amount": "9", "reason": "y"})
        assert (sent.errors, side.ivo.modals) == ({}, ())
    form = received.events[-1]
    assert isinstance(form, DeskForm)
    assert form.values == {"kind": "refund", "amount": "9", "reason": "y", "words": ""}


async def test_a_form_that_cannot_be_stored_stays_open(side: Side) -> None:
    """The disk is full: Slack is not told that all is well."""
    async with listening(side.channel) as received:
        await side.connected()
        await side.open("approve", received)
        (view,) = side.ivo.modals
        received.failures = 1
        assert not (await side.ivo.submit_view(view, {"reason": "Right"})).acked
        assert side.ivo.modals == (view,)
        assert (await side.ivo.submit_view(view, {"reason": "Right"})).acked


async def test_a_check_that_breaks_stops_nobody(side: Side) -> None:
    """A fault of ours in the check must not keep a form from being sent."""

    def broken(form: DeskForm) -> Mapping[str, str]:
        raise ZeroDivisionError

    async with listening(side.channel) as received:
        await side.connected()
        await side.open("refuse", received)
        side.channel.check_form = broken
        sent = await side.ivo.submit_view(side.ivo.modals[0], {"reason": "No"})
    assert sent.acked and isinstance(received.events[-1], DeskForm)


# --- when it does not open -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"]
)
async def test_a_click_too_long_ago_opens_nothing(side: Side, code: str) -> None:
    """It is refused for good, whichever way Slack says so: trying again could never help."""
    side.server.fail_next("views.open", error=code)
    with pytest.raises(Refused) as refused:
        await side.channel.send(some_form(side))
    assert refused.value.reason == TOO_LATE


async def test_a_click_opens_one_form(side: Side) -> None:
    """A second time with the same click is too late, too."""
    async with listening(side.channel) as received:
        await side.connected()
        event = await side.open("transfer", received)
        with pytest.raises(Refused, match=TOO_LATE):
            await side.channel.send(side.form(event))


async def test_other_ends_of_opening(side: Side) -> None:
    """Slack is busy: tried again. It does not take the form: never again. No answer: unknown, and
    nobody can look it up."""
    item = some_form(side)
    side.server.fail_next("views.open", status=429, retry_after=1)
    with pytest.raises(NotSent):
        await side.channel.send(item)
    side.server.fail_next("views.open", error="invalid_arguments")
    with pytest.raises(Refused, match="invalid_arguments"):
        await side.channel.send(item)
    side.server.fail_next("views.open", status=502)
    with pytest.raises(Uncertain):
        await side.channel.send(item)
    assert await side.channel.find(item, datetime.now(UTC)) is None
    assert side.channel.render(item) == [item]


def some_form(side: Side) -> Outgoing:
    place = Address("slack", side.desk.id, "1.5")
    view = course_forms.view("transfer", views.Subject(7, place), say)
    return Outgoing("form", side.lane, blocks=(view,), target="1.2.abc")


# --- who it was ----------------------------------------------------------------------------------


async def test_who_sent_it_and_whom_it_names_are_looked_up(side: Side) -> None:
    """Whether they belong to the desk must be known; a guest does not."""
    guest = side.server.user("Olivia Reed", is_guest=True, in_channels=[side.desk])
    at = Address("slack", side.desk.id, "1.5")
    sent = DeskForm("1", at, Agent(side.ivo.id), "transfer", 7, {"to": guest.id},
                    datetime.now(UTC), colleague=Agent(guest.id))  # fmt: skip
    form = await side.channel.complete(sent)
    assert isinstance(form, DeskForm)
    assert form.agent == Agent(side.ivo.id, "Ivo Kalns", True, frozenset({side.desk.id}))
    assert form.colleague is not None
    assert (form.colleague.name, form.colleague.on_desk) == ("Olivia Reed", False)


async def test_while_slack_is_away_a_form_waits(side: Side) -> None:
    """Nobody becomes an outsider because Slack cannot be asked."""
    at = Address("slack", side.desk.id, "1.5")
    form = DeskForm("1", at, Agent("U404"), "approve", 7, {"reason": "x"}, datetime.now(UTC))
    side.server.fail_next("conversations.members", status=503, times=9)
    side.server.fail_next("users.info", status=503, times=9)
    with pytest.raises(NotSent):
        await side.channel.complete(form)


# --- payloads ------------------------------------------------------------------------------------

SUBMISSION: dict[str, Any] = {
    "type": "view_submission",
    "team": {"id": "T111", "domain": "workspace"},
    "user": {"id": "U111", "username": "ivo", "name": "ivo", "team_id": "T111"},
    "api_app_id": "A111",
    "trigger_id": "1.2.abc",
    "received_at": "1700455293.945608",
    "view": {
        "id": "V111",
        "team_id": "T111",
        "type": "modal",
        "private_metadata": '{"ticket": 7, "subject": "", "channel": "CDESK", "card": "1.5"}',
        "callback_id": "frontdesk:remedy",
        "hash": "1700455290.xyz",
        "state": {
            "values": {
                "kind": {
                    "kind": {
                        "type": "static_select",
                        "selected_option": {
                            "text": {"type": "plain_text", "text": "refund", "emoji": True},
                            "value": "refund",
                        },
                    }
                },
                "amount": {"amount": {"type": "plain_text_input", "value": "20,50"}},
                "reason": {"reason": {"type": "plain_text_input", "value": "Two\nlines"}},
                "words": {"words": {"type": "plain_text_input", "value": None}},
                "cause": {"cause": {"type": "static_select", "selected_option": None}},
                "to": {"to": {"type": "users_select", "selected_user": None}},
            }
        },
    },
    "response_urls": [],
}


def parser() -> SlackChannel:
    return SlackChannel(BOT_TOKEN, "CDESK", app_token=APP_TOKEN)


def test_a_submission_is_read() -> None:
    """Typed, chosen, and left empty: each value by its field."""
    assert parser().parse(SUBMISSION) == DeskForm(
        external_id="V111:1700455290.xyz",
        address=Address("slack", "CDESK", "1.5"),
        agent=Agent("U111"),
        name="remedy",
        ticket_id=7,
        values={"kind": "refund", "amount": "20,50", "reason": "Two\nlines", "words": "",
                "cause": "", "to": ""},
        sent_at=datetime.fromtimestamp(1700455293.945608, UTC),
        position=1700455293.945608,
    )  # fmt: skip


def changed(**view: Any) -> dict[str, Any]:
    return SUBMISSION | {"view": SUBMISSION["view"] | view}


@pytest.mark.parametrize(
    "raw",
    [
        changed(callback_id="somebody-elses"),
        changed(callback_id=""),
        SUBMISSION | {"type": "view_closed", "is_cleared": False},
    ],
)
def test_other_forms_and_closed_ones_are_nothing(raw: dict[str, Any]) -> None:
    """They are acknowledged, and that is all."""
    assert parser().parse(raw) is None


@pytest.mark.parametrize(
    "raw",
    [changed(private_metadata=""), changed(private_metadata="{}"), changed(state={"values": {}})],
)
def test_a_form_that_is_not_as_we_made_it(raw: dict[str, Any]) -> None:
    """Without our notes nobody knows what it is about; without values it is only empty."""
    if raw["view"]["private_metadata"] == SUBMISSION["view"]["private_metadata"]:
        event = parser().parse(raw)
        assert isinstance(event, DeskForm) and event.values == {}
    else:
        with pytest.raises((KeyError, TypeError, ValueError)):
            parser().parse(raw)


@pytest.mark.parametrize(
    ("value", "about"),
    [("7", (7, None)), ("7:3", (7, 3)), ("", None), ("x:3", (0, 3)), ("7:x", (7, None)),
     ("٧", (0, None)), ("9" * 30, (0, None))],
)  # fmt: skip
def test_a_buttons_value_names_ticket_and_remedy(
    value: str, about: tuple[int, int | None] | None
) -> None:
    """What is no number is a ticket that nobody has; an empty value is no button of ours."""
    raw = {
        "type": "block_actions",
        "user": {"id": "U111"},
        "trigger_id": "1.2.abc",
        "container": {"type": "message", "message_ts": "1.7", "channel_id": "CDESK"},
        "channel": {"id": "CDESK"},
        "message": {"ts": "1.7", "thread_ts": "1.5"},
        "actions": [{"action_id": "approve", "value": value, "action_ts": "1700455293.9"}],
    }
    event = parser().parse(raw)
    if about is None:
        assert event is None
    else:
        assert isinstance(event, DeskAction)
        assert (event.ticket_id, event.remedy_id) == about
        assert (event.trigger, event.address.thread_id) == ("1.2.abc", "1.5")


# --- buttons elsewhere than on a card ---


async def test_a_button_in_a_form_changes_that_form(side: Side) -> None:
    """It is about the same ticket and its card, and what it leads to stands in the form's place."""
    async with listening(side.channel) as received:
        await side.connected()
        await side.open("approve", received)
        (first,) = side.ivo.modals
        place = Address("slack", side.desk.id, "100.7")
        text = {"type": "plain_text", "text": "Earlier"}
        row = [{"type": "button", "action_id": "history:earlier", "value": "7:2", "text": text}]
        view = views.modal(
            "history", views.Subject(7, place), [{"type": "actions", "elements": row}], say
        )
        await side.channel.send(Outgoing("form", side.lane, blocks=(view,), target=first.id))
        (shown,) = side.ivo.modals
        assert shown.id == first.id and shown.body["callback_id"] == "frontdesk:history"
        assert (await side.ivo.click(shown, "Earlier")).acked
    pressed = received.events[-1]
    assert isinstance(pressed, DeskAction)
    assert (pressed.action, pressed.ticket_id, pressed.subject) == ("history", 7, "2")
    assert (pressed.address, pressed.trigger) == (place, first.id)


async def test_buttons_stand_below_a_whisper(side: Side) -> None:
    """Markdown above them; what is pressed there is about the ticket that the button names."""
    text = {"type": "plain_text", "text": "Send"}
    row = {"type": "button", "action_id": "send_answer", "value": "7:returns", "text": text}
    blocks = ({"type": "actions", "elements": [row]},)
    at = Address("slack", side.desk.id)
    item = Outgoing("whisper", at, Reply("You have **two** years."), blocks, target=side.ivo.id)
    async with listening(side.channel) as received:
        await side.connected()
        (part,) = side.channel.render(item)
        await side.channel.send(part)
        (seen,) = side.server.ephemerals(side.ivo)
        assert [block["type"] for block in seen.blocks] == ["section", "actions"]
        assert "*two*" in json.dumps(seen.blocks, ensure_ascii=False)
        assert (await side.ivo.click(seen, "Send")).acked
    pressed = received.events[-1]
    assert isinstance(pressed, DeskAction)
    assert (pressed.action, pressed.ticket_id, pressed.subject) == ("send_answer", 7, "returns")
    assert pressed.address.chat_id == side.desk.id


def test_a_long_whisper_has_its_buttons_once() -> None:
    """Below its last part."""
    channel = SlackChannel(BOT_TOKEN, "C0DESK", signing_secret=SECRET)
    blocks = ({"type": "actions", "elements": []},)
    parts = channel.render(
        Outgoing("whisper", Address("slack", "C0DESK"), Reply("word " * 900), blocks)
    )
    assert len(parts) > 1 and [bool(part.blocks) for part in parts[:-1]] == [False] * (
        len(parts) - 1
    )
    assert parts[-1].blocks[-1] == blocks[0]
