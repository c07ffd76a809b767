"""What every channel promises. Each platform's tests inherit this and say how people act there."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from structlog.testing import capture_logs

from bot import inbox
from bot.domain import (
    Address,
    Channel,
    Event,
    NotSent,
    Option,
    Outgoing,
    Refused,
    Reply,
    Uncertain,
)
from bot.storage.database import Database
from bot.storage.upgrade import upgrade
from bot.workers import Bells, Receiver

Raw = Mapping[str, Any]
PATIENCE = 20.0  # seconds until a test gives up; nothing asserts on speed

NASTY = (
    r"""5 < 6 & 7 > 2 *b* _i_ ~s~ `c` [x](y) . ! - # <!channel> <@U1> <http://evil.example|bank>"""
)


# --- what the tests of the platforms share -------------------------------------------------------


async def until(condition: Callable[[], object], timeout: float = PATIENCE) -> None:
    """Return once the condition holds; TimeoutError when it never does."""
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 - the condition has no event of its own
            await asyncio.sleep(0.01)


class Received:
    """Stands for the inbox: what has been stored, and a disk that can be full or slow."""

    def __init__(self, channel: Channel) -> None:
        self.events: list[Event] = []
        self.calls = 0
        self.failures = 0
        self.may_store = asyncio.Event()
        self.may_store.set()
        self._channel = channel

    async def __call__(self, name: str, raws: Sequence[Raw]) -> None:
        self.calls += 1
        assert name == self._channel.name
        await self.may_store.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("no space left on device")
        events = (self._channel.parse(raw) for raw in raws)
        self.events += [event for event in events if event is not None]

    @property
    def texts(self) -> list[str]:
        """What customers said, in the order of arrival."""
        return [getattr(event, "text", "") for event in self.events]


@contextlib.asynccontextmanager
async def listening(channel: Channel, receive: Received | None = None) -> AsyncIterator[Received]:
    """The channel at work; an error in it fails the test."""
    received = receive or Received(channel)
    task = asyncio.ensure_future(channel.listen(received))
    try:
        yield received
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def silent_server() -> AsyncIterator[str]:
    """A server that takes everything and never answers; yields its address."""

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(65536):
                pass
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def recorded(platform: str) -> list[dict[str, Any]]:
    """The payloads of one platform: name, the event's class or None, and the raw payload."""
    file = Path(__file__).parent / "payloads" / f"{platform}.json"
    rows: list[dict[str, Any]] = json.loads(file.read_text())
    return rows


def post(address: Address, text: str, *options: Option, literal: bool = False) -> Outgoing:
    """A message to somebody."""
    return Outgoing("post", address, Reply(text, options, literal=literal), token="77.0")


# --- payloads that went wrong on the way ---------------------------------------------------------

_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=20),
    st.sampled_from(["\ud83d", "a\x00b", "", 10**400, -1, float("inf"), "1e999", "nan", [], {}]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*path, key)
        yield from _places(inner, (*path, key))


@st.composite
def damaged(draw: st.DrawFn, samples: Sequence[Raw]) -> dict[str, Any]:
    """A real payload with one to three of its values taken out or turned into something odd."""
    raw: dict[str, Any] = copy.deepcopy(dict(draw(st.sampled_from(samples))))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(raw))
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        inner: Any = raw
        for step in way:
            inner = inner[step]
        if draw(st.booleans()):
            inner[last] = draw(_ODD)
        else:
            del inner[last]
    return raw


# --- the contract --------------------------------------------------------------------------------


class Side(ABC):
    """One platform as the contract sees it: the channel, and a customer on the other side."""

    channel: Channel
    address: Address

    @abstractmethod
    def texts(self) -> list[str]:
        """The bot's messages as the customer reads them, oldest first."""

    @abstractmethod
    def labels(self) -> list[str]:
        """What can be chosen below (or in) the newest message."""


class ChannelContract(ABC):
    """Whatever the platform: what goes in is told apart, what goes out arrives as it is meant."""

    platform: str
    limit: int  # of one message, as the platform counts

    @abstractmethod
    def parser(self) -> Channel:
        """A channel that is not connected to anything."""

    def payloads(self) -> list[dict[str, Any]]:
        """Recorded payloads, each with the event they are."""
        return recorded(self.platform)

    def test_recorded_payloads_are_told_apart(self) -> None:
        """Every shape of payload the platform is known to send is an event or not for us."""
        channel = self.parser()
        for row in self.payloads():
            event = channel.parse(row["raw"])
            assert (type(event).__name__ if event else None) == row["event"], row["name"]

    def test_the_same_payload_is_the_same_event(self) -> None:
        """A redelivered payload has the same id and says the same."""
        first, second = self.parser(), self.parser()
        for row in self.payloads():
            once = first.parse(row["raw"])
            again = second.parse(json.loads(json.dumps(row["raw"])))
            assert once == again
            assert once is None or once.external_id

    def test_a_damaged_payload_holds_nobody_up(self, tmp_path: Path) -> None:
        """Whatever a payload has turned into, it is stored, set aside, or not for us; and what is
        stored to be processed can be read again."""
        channel = self.parser()
        database = Database(f"sqlite:///{tmp_path}/inbox.db")
        upgrade(database)
        receiver = Receiver(database, {channel.name: channel}, Bells(), lambda: datetime.now(UTC))
        samples = [row["raw"] for row in self.payloads() if row["event"]]

        @settings(
            max_examples=80,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(damaged(samples))
        def check(raw: dict[str, Any]) -> None:
            loop.run_until_complete(receiver(channel.name, [raw]))
            for row in database.transact(_unread):
                channel.parse(json.loads(row))
            database.transact(lambda session: session.connection().execute(inbox.INBOX.delete()))

        loop = asyncio.new_event_loop()
        try:
            with capture_logs():
                check()
        finally:
            loop.close()
            database.close()

    async def test_buttons_can_be_chosen(self, side: Side) -> None:
        """Options are there to be chosen, as buttons or as numbers."""
        await self.deliver(side, post(side.address, "Well?", Option("Yes", "y"), Option("No", "n")))
        assert side.labels() == ["Yes", "No"]

    async def test_a_label_may_be_too_long(self, side: Side) -> None:
        """A label longer than the platform allows is cut; the message arrives all the same."""
        await self.deliver(side, post(side.address, "Which?", Option("very " * 40 + "long", "x")))
        assert "Which?" in side.texts()[-1]
        assert side.labels()[0].startswith("very very")

    async def test_links_are_buttons_or_text(self, side: Side) -> None:
        """A button may open an address; one that the platform cannot open is shown instead."""
        options = (Option("Shop", url="https://shop.example/a?b=1&c=2"),
                   Option("Mail", url="mailto:help@shop.example"))  # fmt: skip
        await self.deliver(side, post(side.address, "See", *options))
        shown = side.texts()[-1] + " ".join(side.labels())
        assert "Shop" in shown and "Mail" in shown

    async def test_long_text_is_split_and_loses_nothing(self, side: Side) -> None:
        """A text of 10,000 characters arrives whole, in parts that fit, buttons below the last."""
        words = " ".join(f"word{number}" for number in range(1200))
        parts = side.channel.render(post(side.address, words, Option("Fine", "f")))
        assert [bool(part.reply.options or part.blocks) for part in parts[:-1]] == (
            [False] * (len(parts) - 1)
        )
        for number, part in enumerate(parts):
            await side.channel.send(replace(part, token=f"77.{number}"))
        assert side.labels() == ["Fine"]
        assert all(len(text) <= self.limit for text in side.texts())
        assert [word for text in side.texts() for word in text.split() if word[:4] == "word"] == (
            words.split()
        )

    async def test_literal_text_is_literal(self, side: Side) -> None:
        """What a person typed is shown as typed: no formatting, no mention, no disguised link."""
        await self.deliver(side, post(side.address, NASTY, literal=True))
        assert side.texts() == [NASTY]

    @pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b", "\u2800\u200d", "<!-- -->", "***"])
    async def test_nothing_to_see_is_no_accident(self, side: Side, text: str) -> None:
        """A text without anything visible goes out as something, or the queue would stop."""
        for literal in (False, True):
            await self.deliver(side, post(side.address, text, literal=literal))
        assert len(side.texts()) == 2

    async def deliver(self, side: Side, item: Outgoing) -> list[str]:
        """Send all parts of an item; returns the platform's ids of them."""
        parts = side.channel.render(item)
        assert parts
        return [await side.channel.send(part) for part in parts]


def _unread(session: Any) -> list[str]:
    query = select(inbox.INBOX.c.raw).where(inbox.INBOX.c.processed_at.is_(None))
    return list(session.connection().execute(query).scalars())


class PlatformSide(Side):
    """A platform that can be away, refuse, or lose an answer."""

    async def connected(self) -> None:
        """Return once the platform could deliver."""
        return

    @abstractmethod
    def say(self, text: str) -> None:
        """The customer writes."""

    @abstractmethod
    def say_again(self) -> None:
        """The platform delivers the last message once more."""

    @abstractmethod
    def acknowledged(self) -> bool:
        """Whether the platform will not deliver what was said again."""

    @abstractmethod
    def busy(self, retry_after: int) -> None:
        """The next send meets a 429."""

    @abstractmethod
    def refuse(self, code: str) -> None:
        """The next send is refused for good: bad_request, blocked or gone."""

    @abstractmethod
    def wrong_token(self) -> None:
        """The next send is refused because of our token."""

    @abstractmethod
    def server_error(self) -> None:
        """The next send meets a 502."""

    @abstractmethod
    def lose_answer(self) -> None:
        """The next send arrives, and its answer is lost."""

    @abstractmethod
    async def shut_down(self) -> None:
        """Nobody listens at the platform's address any more."""


class PlatformContract(ChannelContract):
    """What holds for a channel whose platform is elsewhere."""

    @abstractmethod
    def at(self, url: str) -> Channel:
        """A channel to a platform at another address, impatient."""

    async def test_a_message_arrives_and_is_acknowledged(self, side: PlatformSide) -> None:
        """What the customer says is stored, then the platform is told so."""
        async with listening(side.channel) as received:
            await side.connected()
            side.say("Where is my parcel?")
            await until(lambda: received.texts == ["Where is my parcel?"])
            await until(side.acknowledged)

    async def test_what_was_not_stored_comes_again(self, side: PlatformSide) -> None:
        """When storing fails nothing is acknowledged, and the platform delivers it again."""
        received = Received(side.channel)
        received.failures = 2
        async with listening(side.channel, received):
            await side.connected()
            side.say("Hello")
            await until(lambda: received.texts == ["Hello"])
            await until(side.acknowledged)
        assert received.calls >= 3

    async def test_nothing_is_acknowledged_while_storing_hangs(self, side: PlatformSide) -> None:
        """A slow disk delays the acknowledgement; it is never given ahead of the commit."""
        received = Received(side.channel)
        received.may_store.clear()
        async with listening(side.channel, received):
            await side.connected()
            side.say("Hello")
            await until(lambda: received.calls)
            await asyncio.sleep(0.1)  # an acknowledgement would have come by now
            assert not side.acknowledged()
            received.may_store.set()
            await until(side.acknowledged)
        assert "Hello" in received.texts

    async def test_a_redelivery_is_known_by_its_id(self, side: PlatformSide) -> None:
        """The platform may deliver twice: the event is the same, so the inbox keeps it once."""
        async with listening(side.channel) as received:
            await side.connected()
            side.say("Hello")
            await until(lambda: len(received.events) == 1)
            side.say_again()
            await until(lambda: len(received.events) == 2)
        assert received.events[0] == received.events[1]

    async def test_too_many_requests_waits_as_told(self, side: PlatformSide) -> None:
        """A 429 means: not sent, try again after so many seconds."""
        side.busy(7)
        with pytest.raises(NotSent) as caught:
            await self.deliver(side, post(side.address, "Hello"))
        assert caught.value.retry_after == 7
        assert side.texts() == []

    async def test_an_absent_platform_means_not_sent(self, side: PlatformSide) -> None:
        """A refused connection is certainly not a sent message."""
        await side.shut_down()
        with pytest.raises(NotSent):
            await self.deliver(side, post(side.address, "Hello"))

    @pytest.mark.parametrize("code", ["bad_request", "blocked", "gone"])
    async def test_a_refusal_is_for_good(self, side: PlatformSide, code: str) -> None:
        """What the platform refuses is never tried again, and the reason is a short code."""
        side.refuse(code)
        with pytest.raises(Refused) as caught:
            await self.deliver(side, post(side.address, "Hello"))
        assert caught.value.reason
        if code == "gone":
            assert caught.value.reason == "gone"

    async def test_a_wrong_token_is_not_the_message_s_fault(self, side: PlatformSide) -> None:
        """A message waits until the token has been mended."""
        side.wrong_token()
        with pytest.raises(NotSent):
            await self.deliver(side, post(side.address, "Hello"))

    async def test_a_server_error_is_uncertain(self, side: PlatformSide) -> None:
        """After a 502 nobody knows whether the message was taken."""
        side.server_error()
        with pytest.raises(Uncertain):
            await self.deliver(side, post(side.address, "Hello"))

    async def test_a_lost_answer_is_uncertain_and_sent_once(self, side: PlatformSide) -> None:
        """The message arrived, the connection broke: it is not sent a second time on the quiet."""
        side.lose_answer()
        with pytest.raises(Uncertain):
            await self.deliver(side, post(side.address, "Hello"))
        assert side.texts() == ["Hello"]

    async def test_no_answer_in_time_is_uncertain(self, side: PlatformSide) -> None:
        """A platform that takes the message and says nothing may have delivered it."""
        async with silent_server() as url:
            channel = self.at(url)
            try:
                with pytest.raises(Uncertain):
                    await channel.send(channel.render(post(side.address, "Hello"))[0])
            finally:
                await channel.close()  # type: ignore[attr-defined]
