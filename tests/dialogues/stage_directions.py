"""What a dialogue may order in parentheses: accidents, redeliveries, purchases."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel import Session, col, select
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.engine.join_codes import code_in
from bot.schedule.purchases import COLUMNS, read, store
from bot.stage import Stage
from bot.storage.tables import Conversation, Identity, JoinCode
from handoff import cards
from handoff.remedies.shop_codes import NewCode
from handoff.remedies.shop_codes import store as store_codes
from tests.dialogues import stage_settings, stage_troubles
from tests.dialogues.cast import Cast
from tests.dialogues.directing import Directions
from tests.dialogues.people import Miscast

DIRECTIONS = Directions()


async def direct(text: str, stage: Stage, cast: Cast) -> None:
    """Do what is written; raises Miscast if nobody knows how."""
    known = [*DIRECTIONS, *stage_troubles.DIRECTIONS, *stage_settings.DIRECTIONS]
    for pattern, direction in known:
        if found := pattern.fullmatch(text):
            await direction(stage, cast, **found.groupdict())
            return
    listed = "\n".join(f"  ({pattern.pattern})" for pattern, _ in known)
    raise Miscast(f"nobody knows how to do that; what is known:\n{listed}")


@DIRECTIONS.known(r"the next message to Telegram arrives, but the answer is lost")
async def _telegram_lost(stage: Stage, cast: Cast) -> None:
    stage.telegram.drop_after_accept("sendMessage")


@DIRECTIONS.known(r"the next message to Slack arrives, but the answer is lost")
async def _slack_lost(stage: Stage, cast: Cast) -> None:
    stage.slack.drop_after_accept("chat.postMessage")


@DIRECTIONS.known(r"Telegram refuses the next message: (?P<reason>.+)")
async def _telegram_refuses(stage: Stage, cast: Cast, reason: str) -> None:
    stage.telegram.fail_next("sendMessage", 400, description=f"Bad Request: {reason}")


@DIRECTIONS.known(r"Telegram asks to wait a second before the next message")
async def _telegram_busy(stage: Stage, cast: Cast) -> None:
    stage.telegram.fail_next("sendMessage", 429, retry_after=1)


@DIRECTIONS.known(r"Telegram asks to wait a second before the message after the next")
async def _telegram_busy_then(stage: Stage, cast: Cast) -> None:
    stage.telegram.hang("sendMessage", 0)  # the next goes through
    stage.telegram.fail_next("sendMessage", 429, retry_after=1)


@DIRECTIONS.known(r"Telegram refuses the message after the next: (?P<reason>.+)")
async def _telegram_refuses_then(stage: Stage, cast: Cast, reason: str) -> None:
    stage.telegram.hang("sendMessage", 0)
    stage.telegram.fail_next("sendMessage", 400, description=f"Bad Request: {reason}")


@DIRECTIONS.known(r"the code given last is (?P<code>[\w-]+)")
async def _code(stage: Stage, cast: Cast, code: str) -> None:
    """Codes are drawn by lot; a dialogue has to know what is typed."""

    def call_it(session: Session) -> None:
        last = session.exec(select(JoinCode).order_by(col(JoinCode.created_at).desc())).first()
        if last is None:
            raise Miscast("no code has been given")
        last.code = code_in(code)

    await stage.app.database.run(call_it)


@DIRECTIONS.known(r"Slack asks to wait a second before the next message")
async def _slack_busy(stage: Stage, cast: Cast) -> None:
    stage.slack.fail_next("chat.postMessage", status=429, retry_after=1)


@DIRECTIONS.known(r"(?P<name>\w+), (?:a|the) (?P<about>supervisor|guest) on the desk, is there")
async def _is_there(stage: Stage, cast: Cast, name: str, about: str) -> None:
    cast.introduce(name, f"{about} on the desk")


@DIRECTIONS.known(r"(?P<name>\w+), a colleague on the desk, is there")
async def _colleague_is_there(stage: Stage, cast: Cast, name: str) -> None:
    cast.introduce(name, "desk")


@DIRECTIONS.known(r"three seconds pass before the next form can open")
async def _form_too_late(stage: Stage, cast: Cast) -> None:
    stage.slack.fail_next("views.open", error="expired_trigger_id")


@DIRECTIONS.known(r"Telegram delivers everything a second time")
async def _telegram_again(stage: Stage, cast: Cast) -> None:
    for update in list(stage.telegram.updates):
        stage.telegram.resend(update)


@DIRECTIONS.known(r"Slack delivers everything a second time")
async def _slack_again(stage: Stage, cast: Cast) -> None:
    for event in list(stage.slack.events):
        stage.slack.redeliver(event)


@DIRECTIONS.known(r"(?P<name>\w+) deletes the account")
async def _gone(stage: Stage, cast: Cast, name: str) -> None:
    cast.telegram[name].customer.deactivate()


@DIRECTIONS.known(
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


@DIRECTIONS.known(r"(?P<one>\w+) on Telegram and (?P<other>\w+) in Slack are one customer")
async def _are_one(stage: Stage, cast: Cast, one: str, other: str) -> None:
    """As if they had joined the two: whatever is the second's is the first's."""
    first = ("telegram", str(cast.telegram[one].customer.id))
    second = ("slack", cast.slack[other].user.id)

    def join(session: Session) -> None:
        kept, left = session.get_one(Identity, first), session.get_one(Identity, second)
        talks = select(Conversation).where(Conversation.contact_id == left.contact_id)
        for talk in session.exec(talks).all():
            talk.contact_id = kept.contact_id
        left.contact_id = kept.contact_id

    await stage.app.database.run(join)


@DIRECTIONS.known(
    r"the shop has the (?P<kind>credit|coupon) (?P<code>[\w-]+) for (?P<amount>\d+) EUR"
)
async def _has_code(stage: Stage, cast: Cast, kind: str, code: str, amount: str) -> None:
    codes = [NewCode(1, code, kind, int(amount) * 100, "EUR")]
    await stage.app.database.run(store_codes, codes, stage.clock())


@DIRECTIONS.known(
    r"(?P<name>\w+) still has last winter's message with the button \[(?P<label>[^]]+)\]"
)
async def _old_message(stage: Stage, cast: Cast, name: str, label: str) -> None:
    chat = cast.telegram[name].customer.id
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data="topic:winter")]])
    base = stage.telegram.url
    async with Bot(stage.telegram.token, f"{base}/bot", f"{base}/file/bot") as bot:
        await bot.send_message(chat, "Winter is coming.", reply_markup=keyboard)


@DIRECTIONS.known(r"card #(?P<number>\d+) of an earlier installation still hangs on the desk")
async def _old_card(stage: Stage, cast: Cast, number: str) -> None:
    card = cards.Card(int(number), "Anna", "from the old days", stage.clock())
    assert stage.app.mind is not None
    words = stage.app.house().desk.words
    client = AsyncWebClient(stage.slack.bot_token, base_url=f"{stage.slack.url}/api/")
    blocks = [dict(block) for block in cards.blocks(card, words)]
    await client.chat_postMessage(
        channel=stage.desk.id, text=cards.summary(card, words), blocks=blocks
    )
