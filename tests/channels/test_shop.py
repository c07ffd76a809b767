"""The shop's webhook, against a server of its own: what it is sent, and every way it can answer."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlmodel import Session, select

from bot import outbox
from bot.channels.shop import LONGEST_ANSWER, ShopChannel
from bot.domain import Address, NotSent, Outgoing, Refused, Reply
from bot.outbox import Draft
from bot.schedule.due import run_next
from bot.service import House
from bot.storage import lanes
from bot.storage.database import Database
from bot.storage.tables import FollowUpItem, OutboxItem, RemedyItem
from bot.workers import Bells, OutboxWorker
from handoff.remedies.shop_orders import CHANNEL, PURPOSE, UNANSWERED
from tests.channels.contract import listening, silent_server, until
from tests.channels.web_server import serving
from tests.handoff.complaint_desk import IVO, NOW, ComplaintDesk

SECRET = "a secret of the shop's"
TIME = 1_795_000_000.0


@dataclass
class Shop:
    """A shop that carries out each order once, and answers as it is told to."""

    answers: list[Callable[[], web.StreamResponse]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # key and body
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    orders: dict[str, str] = field(default_factory=dict)  # the code given for each key
    lose: int = 0  # answers that do not arrive

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body, key = await request.read(), request.headers["Idempotency-Key"]
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        self.asked.append((key, json.loads(body)))
        if self.answers:
            return self.answers.pop(0)()
        code = self.orders.setdefault(key, f"CODE-{len(self.orders) + 1}")
        if self.lose:
            self.lose -= 1
            assert request.transport is not None
            request.transport.close()
        return web.json_response({"code": code})


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    yield Shop()


@pytest.fixture
async def url(shop: Shop) -> AsyncIterator[str]:
    async with serving([web.post("/remedies", shop.handle)]) as address:
        yield f"{address}/remedies"


@pytest.fixture
def channel(url: str) -> ShopChannel:
    return ShopChannel(url, SECRET, patience=5.0, clock=lambda: TIME)


def order(kind: str = "credit", number: int = 1) -> Outgoing:
    body = {"complaint": "C-0001", "remedy": number, "kind": kind, "reason": "broke in Rīga"}
    text = json.dumps(body, ensure_ascii=False)
    return Outgoing(
        "post", Address(CHANNEL, "C-0001"), Reply(text, literal=True), target=f"key-{number}"
    )


def says(status: int, body: object = None, **headers: str) -> Callable[[], web.StreamResponse]:
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: web.Response(status=status, text=text, headers=named)


# --- what it is sent -----------------------------------------------------------------------------


async def test_an_order_is_answered_with_a_code(shop: Shop, channel: ShopChannel) -> None:
    """The body goes out as it was stored, and the code comes back as the message's id."""
    (item,) = channel.render(order())
    assert await channel.send(item) == "CODE-1"
    assert shop.bodies == [item.reply.text.encode()]
    assert shop.headers[0]["Content-Type"] == "application/json"


async def test_the_shop_can_tell_that_it_is_us(shop: Shop, channel: ShopChannel) -> None:
    """The signature covers the time and the body, so neither can be changed."""
    await channel.send(order())
    headers, body = shop.headers[0], shop.bodies[0]
    assert headers["Frontdesk-Timestamp"] == "1795000000"
    signed = b"1795000000." + body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["Frontdesk-Signature"] == expected


async def test_an_order_that_comes_again_is_known_by_its_key(
    shop: Shop, channel: ShopChannel
) -> None:
    """Whatever became of the first answer, the second has the same code."""
    first = await channel.send(order())
    assert await channel.send(order()) == first
    assert await channel.send(order(number=2)) != first
    assert await channel.find(order(), NOW) == ""


async def test_nothing_comes_in_by_itself(channel: ShopChannel) -> None:
    """It listens for ever to nobody, and has no part in the names of people."""
    async with listening(channel) as received:
        await asyncio.sleep(0)
    assert received.events == []
    assert channel.parse({"code": "X"}) is None


# --- how it answers ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["refund", "replacement"])
@pytest.mark.parametrize("body", [None, {}, {"state": "booked"}])
async def test_a_refund_needs_no_code(
    kind: str, body: object, shop: Shop, channel: ShopChannel
) -> None:
    """An empty answer is enough for what is not a code."""
    shop.answers = [says(204 if body is None else 200, body)]
    assert await channel.send(order(kind)) == ""


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, {"error": "no such  customer"}, "no such customer"),
        (404, {"message": "gone\x07"}, "gone"),
        (409, "<html>Conflict</html>", "the shop answers 409"),
        (401, {"error": {"code": 7}}, "the shop answers 401"),
        (302, None, "the shop answers 302"),
        (200, "<html>Welcome to our shop</html>", "the shop's answer is not JSON"),
        (200, "[" * 100_000, "the shop's answer is too long"),
        (200, "[" * 30_000, "the shop's answer is not JSON"),
        (200, '["CODE"]', "the shop's answer is not JSON"),
        (200, None, "the shop's answer holds no code"),
        (200, {"code": ""}, "the shop's answer holds no code"),
        (200, {"code": 12345}, "the shop's answer holds no code"),
        (200, {"code": "two words"}, "the shop's answer holds no code"),
        (200, {"code": "x" * 101}, "the shop's answer holds no code"),
    ],
)
async def test_what_the_shop_will_not_do_is_refused_with_its_reason(
    status: int, body: object, reason: str, shop: Shop, channel: ShopChannel
) -> None:
    """In its own short words where it has some; an answer without a code is no promise."""
    shop.answers = [says(status, body)]
    with pytest.raises(Refused) as caught:
        await channel.send(order())
    assert caught.value.reason == reason


async def test_long_words_of_the_shop_are_cut(shop: Shop, channel: ShopChannel) -> None:
    """A page of explanation does not fill the desk, and an endless one is not read to its end."""
    shop.answers = [says(422, {"error": "no " * 500}), says(422, {"error": "x" * LONGEST_ANSWER})]
    with pytest.raises(Refused) as caught:
        await channel.send(order())
    assert len(caught.value.reason) == 200
    with pytest.raises(Refused, match="too long"):
        await channel.send(order())


async def test_a_page_is_no_refund(shop: Shop, channel: ShopChannel) -> None:
    """A wrong address that welcomes everybody must not make us promise money."""
    shop.answers = [says(200, "<html>Welcome to our shop</html>")]
    with pytest.raises(Refused, match="not JSON"):
        await channel.send(order("refund"))


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry_After": "7"}, 7.0),
        (503, {"Retry_After": "99999999"}, 3600.0),
        (503, {"Retry_After": "Sun, 22 Nov 2026 12:01:00 GMT",
               "Date": "Sun, 22 Nov 2026 12:00:00 GMT"}, 60.0),
        (503, {"Retry_After": "Sun, 22 Nov 2020 12:01:00 GMT"}, None),
        (503, {"Retry_After": "soon"}, None),
        (429, {}, None),
        (500, {}, None),
        (502, {}, None),
        (408, {}, None),
    ],
)  # fmt: skip
async def test_what_the_shop_cannot_do_now_is_asked_again(
    status: int, headers: dict[str, str], wait: float | None, shop: Shop, channel: ShopChannel
) -> None:
    """After the time it names, at most an hour."""
    shop.answers = [says(status, {"error": "busy"}, **headers)]
    with pytest.raises(NotSent) as caught:
        await channel.send(order())
    assert caught.value.retry_after == wait


async def test_a_lost_answer_is_asked_for_again(shop: Shop, channel: ShopChannel) -> None:
    """The order was carried out, its answer did not come: the second time it does."""
    shop.lose = 1
    with pytest.raises(NotSent):
        await channel.send(order())
    assert await channel.send(order()) == "CODE-1"
    assert list(shop.orders) == ["key-1"]


async def test_a_silent_shop_and_an_absent_one() -> None:
    """Neither holds anything up, and no error quotes the address, which may be a secret."""
    async with silent_server() as url:
        with pytest.raises(NotSent) as caught:
            await ShopChannel(f"{url}/secret", SECRET, patience=0.1).send(order())
    assert "secret" not in str(caught.value)
    with pytest.raises(NotSent) as caught:
        await ShopChannel(f"{url}/secret", SECRET).send(order())
    assert "secret" not in str(caught.value)


# --- from the approval to the promise ------------------------------------------------------------


@dataclass
class Office:
    """A desk with a shop, and the loop that sends its orders, with a clock of their own."""

    desk: ComplaintDesk
    channel: ShopChannel
    now: datetime = NOW

    def worker(self) -> OutboxWorker:
        """As a process that has just been started has one."""
        house = House(self.desk.desk.kb, self.desk.desk, "en", self.desk.desk.zone)
        return OutboxWorker(
            self.desk.database, self.channel, lambda: house, Bells(), lambda: self.now
        )

    async def send(self) -> None:
        """All that is due, to its end."""
        worker = self.worker()
        while (await worker.step()).busy:
            pass

    def propose(self, kind: str, cents: int) -> None:
        drafts = self.desk.propose(IVO, kind, cents)
        self.desk.database.transact(outbox.put, drafts, self.now)

    @property
    def remedy(self) -> RemedyItem:
        return self.desk.remedy

    def passes(self, time: timedelta) -> None:
        """Time goes by, and what is due by then is dealt with."""
        self.now += time
        house = House(self.desk.desk.kb, self.desk.desk, "en", self.desk.desk.zone)
        while self.desk.database.transact(run_next, house, self.now):
            pass

    def unanswered(self) -> list[str]:
        """What the owner has been told of a shop that is silent, as blocks."""
        known = [row.payload for row in self.desk.rows(OutboxItem) if row.purpose == "notice"]
        return [str(each) for each in known if "no answer for" in each["text"]]

    @property
    def sent(self) -> list[OutboxItem]:
        """What went to the shop."""
        return [row for row in self.desk.rows(OutboxItem) if row.purpose == PURPOSE]

    def promises(self) -> list[str]:
        """What the customer has been told, or is about to be."""
        rows = self.desk.rows(OutboxItem)
        return [row.payload["text"] for row in rows if row.purpose == "to_customer"]


@pytest.fixture
def office(database: Database, channel: ShopChannel) -> Office:
    return Office(ComplaintDesk(database, shop=True), channel)


async def test_the_code_reaches_the_customer(shop: Shop, office: Office) -> None:
    """Approved, ordered, answered, promised: in this order."""
    office.propose("credit", 1000)
    assert office.promises() == []
    await office.send()
    assert office.remedy.code == "CODE-1"
    assert office.promises() and "CODE\\-1" in office.promises()[0]
    assert shop.asked[0][1]["amount"] == "10.00"


async def test_a_shop_that_was_away_gets_the_order_later_once(shop: Shop, office: Office) -> None:
    """Busy, broken, answer lost: the same key each time, one code, one promise."""
    office.propose("coupon", 1000)
    shop.answers = [says(503, None, Retry_After="30"), says(500)]
    shop.lose = 1
    for _ in range(3):
        await office.send()
        assert office.promises() == []
        assert office.remedy.given_at is None
        office.now += timedelta(seconds=60)
    await office.send()
    assert len(shop.asked) == 4
    assert len({key for key, _ in shop.asked}) == len(shop.orders) == 1
    assert len(office.promises()) == 1
    assert [row.state for row in office.sent] == ["sent"]


async def test_a_process_that_died_while_asking_asks_again(shop: Shop, office: Office) -> None:
    """Its successor sends the order with the same key, and nobody is told of a doubt."""
    office.propose("credit", 1000)
    database = office.desk.database
    claim = database.transact(outbox.claim, CHANNEL, 0.0, office.now, 10)
    await office.channel.send(claim.items[0].item)  # …and no more was heard of that process
    database.transact(lanes.release_all, office.now)
    await office.send()
    assert office.remedy.code == "CODE-1"
    assert len(shop.orders) == 1
    assert len(office.promises()) == 1
    lines = [row.payload["text"] for row in office.desk.rows(OutboxItem) if row.kind == "post"]
    assert not [line for line in lines if "twice" in line]


async def test_what_the_shop_refuses_is_said_on_the_desk(shop: Shop, office: Office) -> None:
    """The reason stands in the thread, nothing is promised, and another can be proposed."""
    office.propose("refund", 1000)
    shop.answers = [says(422, {"error": "the order was paid in cash"})]
    await office.send()
    assert office.promises() == []
    assert office.remedy.failure == "the order was paid in cash"
    with Session(office.desk.database.engine) as session:
        notices = session.exec(select(OutboxItem).where(OutboxItem.purpose == "notice")).all()
    assert any("the order was paid in cash" in row.payload["text"] for row in notices)
    office.propose("coupon", 1000)
    await office.send()
    assert len(office.promises()) == 1


async def test_orders_of_others_do_not_wait_for_a_slow_one(shop: Shop, office: Office) -> None:
    """What the shop cannot do for one complaint holds up no other."""
    office.propose("credit", 1000)
    shop.answers = [says(503, None, Retry_After="600")]
    await office.send()
    other = office.desk.another("Jonas")
    drafts: list[Draft] = office.desk.propose(IVO, "credit", 1000, complaint=other)
    office.desk.database.transact(outbox.put, drafts, office.now)
    await office.send()
    assert len(office.promises()) == 1


async def test_a_shop_that_never_answers_is_noticed(shop: Shop, office: Office) -> None:
    """After an hour the thread says so, once, to the owner, with what the last try met; the order
    is sent on, and given when the shop is back."""
    office.propose("credit", 1000)
    shop.answers = [says(503)] * 3
    for _ in range(3):
        await office.send()
        office.now += timedelta(minutes=1)
    office.passes(timedelta(minutes=50))
    assert office.unanswered() == []
    office.passes(timedelta(hours=2))
    office.passes(timedelta(hours=2))
    (line,) = office.unanswered()
    assert "Maria" in line and "credit 10 EUR" in line and "the shop answers 503" in line
    assert f"<@{IVO.user_id}>" in line
    assert office.promises() == [] and office.remedy.failure is None
    await office.send()
    assert len(office.promises()) == 1


async def test_a_shop_that_answered_in_time_is_not_spoken_of(shop: Shop, office: Office) -> None:
    """Nor one that refused."""
    office.propose("credit", 1000)
    shop.answers = [says(200, {"code": "A"}), says(422, {"error": "no"})]
    await office.send()
    office.propose("coupon", 1000)
    await office.send()
    office.passes(timedelta(hours=2))
    assert office.unanswered() == []
    results = [i.result for i in office.desk.rows(FollowUpItem) if i.kind == UNANSWERED]
    assert results == ["not sent: the shop has answered"] * 2


async def test_no_code_is_ever_logged(
    shop: Shop, office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not when it comes, and not when a send of it breaks."""
    office.propose("credit", 1000)
    await office.send()
    await until(lambda: office.remedy.code)
    shown = capsys.readouterr()
    assert "CODE-1" not in shown.out + shown.err
    assert SECRET not in shown.out + shown.err


async def test_the_clock_signs_by_default_with_the_time_it_is(url: str, shop: Shop) -> None:
    """A shop that refuses old orders refuses none of ours."""
    before = datetime.now(UTC).timestamp()
    await ShopChannel(url, SECRET).send(order())
    assert int(shop.headers[0]["Frontdesk-Timestamp"]) >= int(before)
