"""A conversation in two lines: what the customer wants, in their own words, and what has been tried
so far. Pure: nothing is made up, a sentence is chosen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handoff.wording import Words, plain, short

WANTED_LENGTH, TITLE_LENGTH = 200, 60
MOST_TITLES = 3  # the last articles shown
FULL = 12  # words from which on a sentence says no more for being longer
# Worth so many words: a question mark, being the last thing said, and all of a wish for a person.
QUESTION, LATER, WISH = 6, 2, 2.5
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the customer's. `brought_person`: all that came of it was that a person was
    called, so it was hardly more than the wish for one."""

    text: str
    brought_person: bool = False


@dataclass(frozen=True, slots=True)
class Gist:
    """What the two lines are made of: `shown` are titles of articles, `asked_back` how often the
    bot did not understand, `unhelpful` how often the customer said 👎, `time` how long they were
    with the bot, in words; `complaint` is the number of the one that is open."""

    wants: str = ""
    shown: tuple[str, ...] = ()
    asked_back: int = 0
    unhelpful: int = 0
    complaint: str = ""
    time: str = ""


def wanted(said: Sequence[Said]) -> str:
    """The sentence that tells most of what the customer wants: a question before a remark, a whole
    sentence before a word, the later of two alike, and only where nothing says more the wish for a
    person; "" if they have said nothing. `said` is the customer's, the oldest first."""
    sentences = [
        (" ".join(sentence.split()), each.brought_person)
        for each in said
        for sentence in _SENTENCE.split(each.text)
        if sentence.strip() and not each.text.startswith("/")
    ]
    weighed = [
        (_weight(sentence, is_wish, n / len(sentences)), n, sentence)
        for n, (sentence, is_wish) in enumerate(sentences, 1)
    ]
    return max(weighed)[2] if weighed else ""


def _weight(sentence: str, with_wish: bool, place: float) -> float:
    """With the wish for a person in it, or beside it, only a question may be more than that."""
    words = min(len(re.findall(r"\w+", sentence)), FULL)
    asks = sentence.endswith("?")
    weight = words + QUESTION * asks + LATER * place
    return weight if not with_wish else max(WISH, weight / 2 * asks)


def gist_text(gist: Gist, words: Words) -> str:
    """The two lines, for a section of a card."""
    wants = plain(short(gist.wants, WANTED_LENGTH)) or words("desk_wants_unknown")
    tried = " · ".join(_tried(gist, words)) or words("desk_tried_nothing")
    return f"*{words('desk_wants')}* {wants}\n*{words('desk_tried')}* {tried}"


def _tried(gist: Gist, words: Words) -> list[str]:
    parts = []
    if gist.shown:
        titles = ", ".join(f"“{plain(short(t, TITLE_LENGTH))}”" for t in gist.shown[-MOST_TITLES:])
        parts.append(words("desk_tried_shown", titles=titles))
    if gist.unhelpful:
        parts.append("👎" if gist.unhelpful == 1 else f"👎 ×{gist.unhelpful}")
    if gist.asked_back:
        parts.append(words("desk_tried_asked", n=gist.asked_back))
    if gist.complaint:
        parts.append(words("desk_complaint", number=gist.complaint))
    if gist.time:
        parts.append(words("desk_tried_time", time=gist.time))
    return parts
