"""Who may act in a dialogue, and what they can do. What somebody cannot do says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from tests.dialogues.steps import FileSent


class Miscast(Exception):
    """A line that this person cannot speak; the text says why."""


class Person:
    """Somebody who acts. `place` is as the dialogue has it; nothing is the chat with the bot.
    `which` is the text of the message it is about; nothing is their last one."""

    where = "here"

    def _never(self, what: str) -> NoReturn:
        raise Miscast(f"nobody {what} {self.where}")

    async def say(self, text: str, place: str) -> None:
        self._never("says anything")

    async def reply(self, text: str, place: str) -> None:
        self._never("replies to one message of the bot")

    async def edit(self, text: str, place: str, which: str) -> None:
        self._never("edits anything")

    async def delete(self, place: str, which: str) -> None:
        self._never("deletes anything that bots are told of")

    async def send(self, kind: str, text: str, place: str) -> None:
        self._never(f"sends a {kind}")

    async def send_files(self, files: Sequence[FileSent], text: str, place: str) -> None:
        self._never("sends files")

    async def press(self, label: str, place: str) -> None:
        self._never("presses anything")

    async def react(self, emoji: str, place: str, which: str, *, add: bool) -> None:
        self._never("reacts to anything that bots are told of")

    async def command(self, text: str, place: str) -> None:
        self._never("types slash commands")

    async def use(self, label: str, place: str, which: str) -> None:
        self._never("has a menu on messages")

    async def open_home(self) -> None:
        self._never("opens a home")

    async def block(self, is_blocked: bool) -> None:
        self._never("blocks a bot")

    async def fill_in(self, values: Mapping[str, str]) -> None:
        self._never("fills in forms")

    async def close_form(self) -> None:
        self._never("closes forms")
