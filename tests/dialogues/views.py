"""Everything that is to be seen at one moment, by where it is seen: "bot → Jānis", "bot in #1"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.playground.slack.values import BOT_ID, BOT_USER_ID, Channel, Message
from bot.playground.telegram.room import Room
from bot.playground.telegram.room import Shown as TelegramShown
from bot.stage import Stage
from handoff.delivery import DELIVERED
from tests.dialogues import calendars
from tests.dialogues.cast import Cast
from tests.dialogues.files import in_words
from tests.dialogues.looks import form_in_slack, home_in_slack, in_slack, on_telegram
from tests.dialogues.shown import Shown

_CARD = re.compile(r"(?:\W+ )?#(\d+) .* · ", re.S)
_UNTOLD = re.compile(r"bot (?:changes|deletes) in #\d+|bot reacts ")


def need_not_be_told(view: str) -> bool:
    """Whether a dialogue may pass over what is to be seen there."""
    return _UNTOLD.match(view) is not None


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

    def form(self, name: str) -> Shown | None:
        """The form that is open for somebody in Slack."""
        colleague = self._cast.slack.get(name)
        open_now = colleague.user.modals if colleague else ()
        return form_in_slack(open_now[-1]) if open_now else None

    def home(self, name: str) -> Shown | None:
        """Somebody's home in Slack as it looks now."""
        colleague = self._cast.slack.get(name)
        view = colleague.user.home if colleague else None
        return home_in_slack(view, self._names()) if view else None

    def _everything(self) -> Iterator[tuple[str, Shown]]:
        for name, person in self._cast.telegram.items():
            yield from self._room(person.customer, f"→ {name}", f"for {name}")
        for title, group in self._cast.groups.items():
            yield from self._room(group, f"in the group {title}", f"in the group {title}")
        roots: dict[str, str] = {}
        for channel in list(self._stage.slack.workspace.channels.values()):
            yield from self._channel(channel, roots)
        yield from self._changes(roots)
        for name, colleague in self._cast.slack.items():
            for whisper in self._stage.slack.ephemerals(colleague.user):
                # One that is replaced by another text is something new to see.
                shown = self._shown(whisper)
                yield f"only {name} sees", replace(shown, key=f"{whisper.ts} {shown.text}")
            for number, refused in enumerate(colleague.refused):
                text = "\n".join(f"{field}: {words}" for field, words in refused.items())
                yield f"the form tells {name}", Shown(text, key=str(number))

    # --- Telegram --------------------------------------------------------------------------------

    def _room(self, room: Room, where: str, whose: str) -> Iterator[tuple[str, Shown]]:
        for message in room.seen:
            if message.file_id:
                yield self._file_on_telegram(message, where)
            else:
                yield f"bot {where}", on_telegram(message)
        for number, change in enumerate(room.changes):
            how = "changes" if change.how == "edited" else "deletes"
            yield f"bot {how} {whose}", replace(on_telegram(change.message), key=str(number))

    def _file_on_telegram(self, message: TelegramShown, where: str) -> tuple[str, Shown]:
        data = self._stage.telegram.world.files.get(message.file_id).data
        said = on_telegram(message)
        name = message.file_name or message.kind
        return _with_files(where, [(name, message.file_size, data)], said)

    # --- Slack -----------------------------------------------------------------------------------

    def _channel(self, channel: Channel, roots: dict[str, str]) -> Iterator[tuple[str, Shown]]:
        for message in self._stage.slack.workspace.everything(channel):
            place = self._place(channel, message, roots)
            if message.bot_id == BOT_ID and message.subtype != "tombstone":
                if message.ts in roots:
                    self._cast.cards.see(roots[message.ts], message)
                yield self._of_bot(place, message)
            for reaction in message.reactions:
                if BOT_USER_ID in reaction.users:
                    where = place.removeprefix("bot ")
                    signed = reaction.name == DELIVERED
                    sign = "receipt" if signed else f"bot reacts :{reaction.name}:"
                    yield f"{sign} {where}", self._shown(message)

    def _of_bot(self, place: str, message: Message) -> tuple[str, Shown]:
        shown = self._shown(message)
        if not message.files:
            return place, shown
        files = [(file.name, file.size, file.data) for file in message.files]
        return _with_files(place.removeprefix("bot "), files, shown)

    def _place(self, channel: Channel, message: Message, roots: dict[str, str]) -> str:
        """Where a message stands; `roots` are the cards by their timestamps."""
        if channel.kind == "im":
            return f"bot → {self._name(channel.other(BOT_USER_ID))}"
        if message.is_reply:
            known = roots.get(message.thread_ts)
            return f"bot in {known}" if known else f"bot in the thread in #{channel.name}"
        if number := self._card(channel, message):
            roots[message.ts] = number
            beside = "" if channel.id == self._stage.desk.id else f" in #{channel.name}"
            return f"card {number}{beside}"
        return f"bot in #{channel.name}"

    def _card(self, channel: Channel, message: Message) -> str:
        """The number of the card that a message is, or once was; nothing if it is none."""
        if known := self._cast.cards.known(message.ts):
            return known
        ours = message.bot_id == BOT_ID and channel.id in self._cast.desks and message.blocks
        found = _CARD.match(message.text) if ours else None
        return f"#{found[1]}" if found else ""

    def _changes(self, roots: dict[str, str]) -> Iterator[tuple[str, Shown]]:
        """What the bot edited and deleted of its own, but for cards, which have views."""
        workspace = self._stage.slack.workspace
        for number, (before, after) in enumerate(workspace.changes):
            channel = workspace.channels[before.channel]
            place = self._place(channel, before, roots)
            said, now = self._shown(before), self._shown(after) if after else None
            if place.startswith("card ") or (now and now.text == said.text):
                continue
            how = "changes" if now else "deletes"
            where = place.removeprefix("bot ").replace("→ ", "for ")
            yield f"bot {how} {where}", replace(now or said, key=str(number))

    def _shown(self, message: Message) -> Shown:
        return in_slack(message, self._names())

    def _names(self) -> dict[str, str]:
        users = self._stage.slack.workspace.users.values()
        return {user.id: user.real_name for user in users}

    def _name(self, user_id: str) -> str:
        found = (name for name, each in self._cast.slack.items() if each.user.id == user_id)
        return next(found, self._stage.slack.person(user_id).name)


def _with_files(
    where: str, files: Sequence[tuple[str, int, bytes]], said: Shown
) -> tuple[str, Shown]:
    """A message with files (name, size, bytes): what they are, and what is said of them."""
    if files[0][0].endswith(calendars.ENDING):
        view, what = f"calendar file {where}", calendars.in_words(files[0][2])
    else:
        named = (f"{name} ({in_words(size)})" for name, size, _ in files)
        view, what = f"file {where}", ", ".join(named)
    return view, replace(said, text=f"{what}\n{said.text}".strip())
