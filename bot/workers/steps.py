"""What one item is to a platform: one call after the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import NEVER_SENT, TOO_LONG, WHO_KNOWS, Outgoing, Refused, Reply
from bot.outbox import SENT, Sending


def steps(sending: Sending, parts: Sequence[Outgoing]) -> Sequence[Outgoing]:
    """The parts that the item was rendered as; of one that changes or takes back a message, what
    is done to each part that this was sent as. Raises Refused where that cannot be done as a whole:
    never sent, not known as what, or too long now for as many parts."""
    item, known = sending.item, sending.targets
    if item.target != SENT:
        return parts
    if not known:
        raise Refused(NEVER_SENT)
    if item.kind == "delete":
        found = [replace(item, target=each) for each in known if each]
        if not found:
            raise Refused(WHO_KNOWS)
        return found
    if not all(known):
        raise Refused(WHO_KNOWS)
    if len(parts) > len(known):
        raise Refused(TOO_LONG)
    changed = [replace(part, target=each) for part, each in zip(parts, known, strict=False)]
    surplus = known[len(parts) :]
    gone = replace(item, kind="delete", reply=Reply(""))
    return [*changed, *(replace(gone, target=each) for each in surplus)]
