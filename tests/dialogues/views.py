"""Everything that is to be seen at one moment, by where it is seen: "bot → Jānis", "bot in #1"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.playground.slack.values import BOT_ID, BOT_USER_ID, Channel, Message
from bot.stage import DESK, Stage
from handoff.delivery import DELIVERED
from tests.dialogues.cast import Cast
from tests.dialogues.looks import form_in_slack, in_slack, on_telegram
from tests.dialogues.shown import Shown

_NUMBER = re.compile(r"\*?#(\d+)\b")


class Views:
    """What the customers and the desk see of the bot."""

    def __init__(self, stage: Stage, cast: Cast) -> None:
        self._stage = stage
        self._cast = cast

    def everything(self) -> dict[str, list[Shown]]:
        """All that is there now, oldest first; of a card only how it looks now."""
        found: dict[str, list[Shown]] = {}
        for view, shown in self._everything():
            found.setdefault(view, []).append(shown)
        return found

    def _everything(self) -> Iterator[tuple[str, Shown]]:
        for name, person in self._cast.telegram.items():
            for message in person.customer.seen:
                yield f"bot → {name}", on_telegram(message)
        for channel in list(self._stage.slack.workspace.channels.values()):
            yield from self._channel(channel)
        for name, colleague in self._cast.slack.items():
            for whisper in self._stage.slack.ephemerals(colleague.user):
                yield f"only {name} sees", self._shown(whisper)
            for refused in colleague.refused:
                text = "\n".join(f"{field}: {words}" for field, words in refused.items())
                yield f"the form tells {name}", Shown(text)

    def form(self, name: str) -> Shown | None:
        """The form that is open for somebody in Slack."""
        colleague = self._cast.slack.get(name)
        open_now = colleague.user.modals if colleague else ()
        return form_in_slack(open_now[-1]) if open_now else None

    def _channel(self, channel: Channel) -> Iterator[tuple[str, Shown]]:
        roots: dict[str, str] = {}
        for message in self._stage.slack.workspace.everything(channel):
            place = self._place(channel, message, roots)
            if message.bot_id == BOT_ID:
                yield place, self._shown(message)
            for reaction in message.reactions:
                if reaction.name == DELIVERED and BOT_USER_ID in reaction.users:
                    yield f"receipt {place.removeprefix('bot ')}", self._shown(message)

    def _place(self, channel: Channel, message: Message, roots: dict[str, str]) -> str:
        """Where a message stands; `roots` collects the cards of the channel."""
        if channel.kind == "im":
            return f"bot → {self._name(channel.other(BOT_USER_ID))}"
        if message.is_reply:
            known = roots.get(message.thread_ts)
            return f"bot in {known}" if known else f"bot in the thread in #{channel.name}"
        number = _NUMBER.search(message.text) if message.bot_id == BOT_ID else None
        if channel.name != DESK or number is None:
            return f"bot in #{channel.name}"
        roots[message.ts] = f"#{number[1]}"
        self._cast.cards.see(roots[message.ts], message)
        return f"card #{number[1]}"

    def _shown(self, message: Message) -> Shown:
        users = self._stage.slack.workspace.users.values()
        return in_slack(message, {user.id: user.real_name for user in users})

    def _name(self, user_id: str) -> str:
        found = (name for name, each in self._cast.slack.items() if each.user.id == user_id)
        return next(found, self._stage.slack.person(user_id).name)
