"""A terminal as a channel: what is typed is a customer's message, what is sent is printed.

Buttons become numbers: typing "2" presses the second. The desk is printed, too, so that one sees
what agents would see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.channels.markdown import to_plain
from bot.domain import Address, Event, InboundMessage, Outgoing, Person, Receive, Reply

NAME = "console"
CUSTOMER = Address(NAME, "you")
DESK = Address(NAME, "desk")


class ConsoleChannel:
    """One customer at a terminal. `read_line` blocks and gives None at the end."""

    name = NAME
    pace = 0.0
    rate = 0.0  # no limit

    def __init__(
        self,
        read_line: Callable[[], str | None],
        write: Callable[[str], None],
        person: Person,
        done: asyncio.Event,
    ) -> None:
        self._read_line = read_line
        self._write = write
        self._person = person
        self._done = done
        self._count = 0

    async def listen(self, receive: Receive) -> None:
        """Read lines until there are no more; then `done` is set."""
        while (line := await asyncio.to_thread(self._read_line)) is not None:
            if line.strip():
                self._count += 1
                at = datetime.now(UTC).isoformat()
                raw = {"number": self._count, "text": line.strip(), "at": at}
                await receive(self.name, [raw])
        self._done.set()
        await asyncio.Event().wait()

    def parse(self, raw: Mapping[str, Any]) -> Event | None:
        number = int(raw["number"])
        return InboundMessage(
            external_id=str(number),
            address=CUSTOMER,
            contact=self._person,
            text=str(raw["text"]),
            sent_at=datetime.fromisoformat(raw["at"]),
            message_id=str(number),
            position=number,
        )

    async def complete(self, event: Event) -> Event:
        return event

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        return [replace(item, reply=Reply(as_text(item.reply)))]

    async def send(self, item: Outgoing) -> str:
        if item.kind in {"post", "whisper"}:
            who = "desk" if item.address.chat_id == DESK.chat_id else "bot"
            self._write(f"{who}> " + item.reply.text.replace("\n", f"\n{' ' * (len(who) + 2)}"))
        return item.token

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        return None


def as_text(reply: Reply) -> str:
    """A reply for a terminal, its buttons as numbers; links are not numbered, they are shown."""
    text = reply.text if reply.literal else to_plain(reply.text)
    if reply.author:
        text = f"{reply.author}: {text}"
    choices = [option.label for option in reply.options if option.value]
    links = [f"  {option.label}: {option.url}" for option in reply.options if option.url]
    numbered = [f"  {number}. {label}" for number, label in enumerate(choices, 1)]
    return "\n".join([text, *links, *numbered])
