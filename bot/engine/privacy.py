"""What is nobody else's business, and so is not dealt with where others read along. Pure."""

from __future__ import annotations

from bot.engine.values import Decision
from bot.understanding.masking import CARD, EMAIL, NUMBER, PHONE, mask
from bot.understanding.streets import ADDRESS

PERSONAL = (EMAIL, CARD, PHONE, NUMBER, ADDRESS)


def is_personal(text: str) -> bool:
    """Whether a text names an order, a telephone, an e-mail, a street, an account or a card."""
    return any(sign in mask(text) for sign in PERSONAL)


def is_payment(text: str) -> bool:
    """Whether a text has the number of a card or an account in it, which should not stay public."""
    return CARD in mask(text)


def is_private_matter(text: str, decision: Decision) -> bool:
    """Whether what follows from a text belongs into a private chat: it is personal, a person is
    brought in, or the customer complains."""
    brings_person = decision.handoff is not None or decision.complains is not None
    if decision.joins is not None:  # a code is for its owner's eyes
        return True
    return brings_person or is_personal(text)
