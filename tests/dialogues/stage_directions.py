"""What a dialogue may order in parentheses: accidents, redeliveries, purchases."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from slack_sdk.web.async_client import AsyncWebClient
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.schedule.purchases import COLUMNS, read, store
from bot.stage import Stage
from handoff import cards
from handoff.remedies.shop_codes import NewCode
from handoff.remedies.shop_codes import store as store_codes
from tests.dialogues.cast import Cast, Miscast

Direction = Callable[..., Awaitable[None]]
_KNOWN: list[tuple[re.Pattern[str], Direction]] = []


async def direct(text: str, stage: Stage, cast: Cast) -> None:
    """Do what is written; raises Miscast if nobody knows how."""
    for pattern, direction in _KNOWN:
        if found := pattern.fullmatch(text):
            await direction(stage, cast, **found.groupdict())
            return
    known = "\n".join(f"  ({pattern.pattern})" for pattern, _ in _KNOWN)
    raise Miscast(f"nobody knows how to do that; what is known:\n{known}")


def _direction(pattern: str) -> Callable[[Direction], Direction]:
    def register(direction: Direction) -> Direction:
        _KNOWN.append((re.compile(pattern, re.S), direction))
        return direction

    return register


@_direction(r"the next message to Telegram arrives, but the answer is lost")
async def _telegram_lost(stage: Stage, cast: Cast) -> None:
    stage.telegram.drop_after_accept("sendMessage")


@_direction(r"the next message to Slack arrives, but the answer is lost")
async def _slack_lost(stage: Stage, cast: Cast) -> None:
    stage.slack.drop_after_accept("chat.postMessage")


@_direction(r"Telegram refuses the next message: (?P<reason>.+)")
async def _telegram_refuses(stage: Stage, cast: Cast, reason: str) -> None:
    stage.telegram.fail_next("sendMessage", 400, description=f"Bad Request: {reason}")


@_direction(r"Telegram asks to wait a second before the next message")
async def _telegram_busy(stage: Stage, cast: Cast) -> None:
    stage.telegram.fail_next("sendMessage", 429, retry_after=1)


@_direction(r"Slack asks to wait a second before the next message")
async def _slack_busy(stage: Stage, cast: Cast) -> None:
    stage.slack.fail_next("chat.postMessage", status=429, retry_after=1)


@_direction(r"(?P<name>\w+), (?:a|the) (?P<about>supervisor|guest) on the desk, is there")
async def _is_there(stage: Stage, cast: Cast, name: str, about: str) -> None:
    cast.introduce(name, f"{about} on the desk")


@_direction(r"(?P<name>\w+), a colleague on the desk, is there")
async def _colleague_is_there(stage: Stage, cast: Cast, name: str) -> None:
    cast.introduce(name, "desk")


@_direction(r"three seconds pass before the next form can open")
async def _form_too_late(stage: Stage, cast: Cast) -> None:
    stage.slack.fail_next("views.open", error="expired_trigger_id")


@_direction(r"Telegram delivers everything a second time")
async def _telegram_again(stage: Stage, cast: Cast) -> None:
    for update in list(stage.telegram.updates):
        stage.telegram.resend(update)


@_direction(r"Slack delivers everything a second time")
async def _slack_again(stage: Stage, cast: Cast) -> None:
    for event in list(stage.slack.events):
        stage.slack.redeliver(event)


@_direction(r"(?P<name>\w+) deletes the account")
async def _gone(stage: Stage, cast: Cast, name: str) -> None:
    cast.telegram[name].customer.deactivate()


@_direction(
    r"the shop imports (?P<name>\w+)'s order (?P<order>[\w-]+): (?P<product>.+), "
    r"delivered (?P<delivered>\d{4}-\d\d-\d\d \d\d:\d\d)"
)
async def _imports(
    stage: Stage, cast: Cast, name: str, order: str, product: str, delivered: str
) -> None:
    if name in cast.telegram:
        where = ("telegram", str(cast.telegram[name].customer.id))
    else:
        where = ("slack", cast.slack[name].user.id)
    row = (order, name, *where, product, delivered, delivered)
    lines = read([",".join(COLUMNS), ",".join(row)], stage.app.zone)
    await stage.app.database.run(store, lines, stage.app.house(), stage.clock())


@_direction(r"the shop has the (?P<kind>credit|coupon) (?P<code>[\w-]+) for (?P<amount>\d+) EUR")
async def _has_code(stage: Stage, cast: Cast, kind: str, code: str, amount: str) -> None:
    codes = [NewCode(1, code, kind, int(amount) * 100, "EUR")]
    await stage.app.database.run(store_codes, codes, stage.clock())


@_direction(r"(?P<name>\w+) still has last winter's message with the button \[(?P<label>[^]]+)\]")
async def _old_message(stage: Stage, cast: Cast, name: str, label: str) -> None:
    chat = cast.telegram[name].customer.id
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data="topic:winter")]])
    base = stage.telegram.url
    async with Bot(stage.telegram.token, f"{base}/bot", f"{base}/file/bot") as bot:
        await bot.send_message(chat, "Winter is coming.", reply_markup=keyboard)


@_direction(r"card #(?P<number>\d+) of an earlier installation still hangs on the desk")
async def _old_card(stage: Stage, cast: Cast, number: str) -> None:
    card = cards.Card(
        int(number), "Anna", "Telegram", "English", "from the old days", stage.clock()
    )
    assert stage.app.mind is not None
    words = stage.app.house().desk.words
    client = AsyncWebClient(stage.slack.bot_token, base_url=f"{stage.slack.url}/api/")
    blocks = [dict(block) for block in cards.blocks(card, words)]
    await client.chat_postMessage(
        channel=stage.desk.id, text=cards.summary(card, words), blocks=blocks
    )
