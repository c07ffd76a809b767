"""An article on its way to the folder, and what came of it: what the channel "folder" is given to
write, and answers. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from bot.domain import Address, Outgoing, Reply

CHANNEL = "folder"
PURPOSE = "article"  # of the draft
EXISTS, READ_ONLY = "exists", "read_only"  # why it was not written


@dataclass(frozen=True, slots=True)
class Order:
    """The file `name` is to be written, once. Then `question` is asked, if there is one: what the
    bot answers to it is what is reported."""

    name: str  # within the knowledge base
    text: str
    agent: str
    question: str = ""
    language: str = "en"

    def item(self) -> Outgoing:
        """What is put into the outbox; articles of one folder follow each other."""
        text = json.dumps(asdict(self), ensure_ascii=False)
        place = self.name.rpartition("/")[0]
        return Outgoing("post", Address(CHANNEL, place), Reply(text, literal=True))


def order_of(item: Outgoing) -> Order:
    """The order that such an item holds."""
    return Order(**json.loads(item.reply.text))
