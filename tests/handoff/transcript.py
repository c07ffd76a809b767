"""What a customer must have in the end, by what people did on the desk: written down from what is
promised, without a line of the product's code.

Who has the ticket is told to it; what that means for words is all its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

HOLD = 5  # seconds
Fate = Literal["inside", "held", "sent", "gone"]


@dataclass
class Written:
    """A message in the ticket's thread: where it is, and what it says to whoever has it."""

    author: str
    text: str
    fate: Fate = "inside"
    held_until: float = 0.0
    place: int = 0  # among all that was to leave
    # Why it stayed inside, as its author was told last; "" if it is a note, and never to be sent.
    offer: Literal["", "unclaimed", "not_yours", "closed"] = ""
    seen: str = ""  # what the customer has of it

    @property
    def is_note(self) -> bool:
        return self.text.startswith("//")


@dataclass
class Transcript:
    """The thread of one ticket, and what of it may be seen outside."""

    now: float = 0.0
    owner: str | None = None
    is_closed: bool = False
    members: set[str] = field(default_factory=set)
    thread: dict[str, Written] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=set)  # all that the customer may ever have seen

    def write(self, who: str, ts: str, text: str) -> None:
        """Only the claimer's words leave, unless they are marked."""
        message = self.thread[ts] = Written(who, text)
        if who not in self.members or message.is_note:
            return
        if self.owner == who and not self.is_closed:
            self._leaves(message)
        else:
            message.offer = self._why_inside(who)

    def _why_inside(self, who: str) -> Literal["", "unclaimed", "not_yours", "closed"]:
        if self.is_closed:
            return "closed"
        if self.owner is None:
            return "unclaimed"
        return "" if self.owner == who else "not_yours"

    def _leaves(self, message: Written) -> None:
        message.fate, message.held_until = "held", self.now + HOLD
        message.place = 1 + max(other.place for other in self.thread.values())

    def press(self, who: str, ts: str, button: str) -> None:
        """The author alone may send what stayed inside, and has the ticket from then on. What the
        button promised must still be so: else it is only offered anew."""
        message = self.thread[ts]
        is_theirs = who == message.author and who in self.members
        if not is_theirs or not message.offer or message.fate != "inside":
            return
        if not message.text or message.is_note:
            return
        why = self._why_inside(who)
        if why == "not_yours" and button == "claim_send":
            return
        if why in {"not_yours", "closed"} and why != message.offer:
            message.offer = why
            return
        self.owner, self.is_closed = who, False
        self._leaves(message)

    def edit(self, ts: str, text: str) -> None:
        """What has not left is changed where it waits; what has is changed where it is, unless it
        has grown; what was inside stays there. A mark takes back only what has not left."""
        message = self.thread[ts]
        if message.author not in self.members:
            return
        if message.fate == "held" and text.startswith("//"):
            message.fate, message.offer = "gone", ""
        if message.fate == "sent" and not text.startswith("//"):
            grown = len(text.split("|")) > len(message.seen.split("|"))
            message.seen = message.seen if grown else text
            self.allowed |= set() if grown else set(text.split("|"))
        if message.fate != "gone":
            message.text = text

    def delete(self, ts: str) -> None:
        """Taken back wherever it is."""
        message = self.thread[ts]
        if message.author not in self.members:
            return
        message.text, message.seen = "", ""
        message.fate = "gone" if message.fate in {"held", "sent"} else message.fate

    def passes(self, seconds: float) -> None:
        """Time passes, and what has been held leaves."""
        self.now += seconds
        for message in self.thread.values():
            if message.fate == "held" and message.held_until <= self.now:
                message.fate, message.seen = "sent", message.text
                self.allowed |= set(message.text.split("|"))

    def editable(self) -> list[str]:
        """What is still in the thread: what is deleted there can be changed by nobody."""
        return [ts for ts, message in self.thread.items() if message.text]

    @property
    def seen(self) -> list[str]:
        """What the customer has, part by part, in the order in which it was meant to leave."""
        sent = [m for m in self.thread.values() if m.fate == "sent"]
        sent.sort(key=lambda message: message.place)
        return [part for message in sent for part in message.seen.split("|")]
