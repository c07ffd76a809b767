"""How a customer feels, as a card shows it: the level now, its course, and what said so. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.wording import Words, plain, short

REASON_LENGTH = 40  # of a word the customer wrote
_FACES = {"calm": "🙂", "displeased": "😕", "upset": "😠"}
SIGNS = {
    "capitals", "exclamation", "questions", "stretched", "frown", "words", "in_vain", "again",
    "burst", "before",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feelings:
    """The levels (calm, displeased, upset) of the customer's last messages, at least one and the
    oldest first; `reasons` of the last one, as `bot.domain.Mood` has them."""

    levels: tuple[str, ...]
    reasons: tuple[str, ...] = ()


def mood_fact(feelings: Feelings, words: Words) -> str:
    """ "🙂😕😠 upset": a face for each message, and the level now in a word; in a line below what
    said so, unless they are calm."""
    level = feelings.levels[-1]
    now = f"{''.join(_FACES[each] for each in feelings.levels)} {words(f'mood_{level}')}"
    if level == "calm" or not feelings.reasons:
        return now
    return f"{now}\n{', '.join(_sign(reason, words) for reason in feelings.reasons)}"


def _sign(reason: str, words: Words) -> str:
    if reason in SIGNS:
        return words(f"mood_sign_{reason}")
    return plain(short(reason.removeprefix("emoji "), REASON_LENGTH))
