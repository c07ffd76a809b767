"""What a message is made of, as the mood model sees it: words and what stands between them, and the
signs that are no words.

A feature is a row in a table of weights, found by the checksum of its name: the model needs no
vocabulary, and words that it never saw share pieces with those it did."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from bot.understanding import text as texts

WHOLE = 1 << 17  # rows for words, stems and emoji
PARTS = 1 << 18  # rows for pieces of words and for pairs, which are many
HEAD, TAIL = 700, 300  # characters that are read of a longer message: how it begins and ends
RAW_HEAD, RAW_TAIL = 1500, 700  # the same before invisible ones are taken out
EMOJI = 20  # of a message that are looked at one by one
MOST, END = 100, 35  # words and marks that are looked at; those at the end among them
LONGEST = 18  # letters of a word whose pieces are looked at
PIECES = (3, 4, 5)  # letters of a piece; the ends of a word count as one
STORY = 30  # words, from which on more of the same add nothing
LONG, AGAIN = 80, 3  # parts from which on each counts three times at most
REACH = 3  # words that a "not" reaches; in Turkish it stands behind them, and reaches two

_PART = re.compile(
    r"(?P<link><?https?://\S*|<[a-z]+>|\[[A-Z]+\]|www\.\S+)"
    r"|(?P<handle>@\w+)"
    r"|(?P<smile>[:;=]'?-?[)\](\[DPp/|*]+|<3|\){2,}|\({2,}|\^_*\^)"
    r"|(?P<word>[^\W_]+(?:'[^\W_]+)*)"
    r"|(?P<emoji>[\u2600-\u27bf\U0001f300-\U0001f3fa\U0001f400-\U0001faff])"
    r"|(?P<marks>[!?]+|\.{2,})"
)
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_FROWNS = tuple("([/|")

ANGRY = frozenset("😠😡🤬👿💢😤🖕👎💩🤮🤢😒🙄🤦😾🗑🚮☠💀😑")
SAD = frozenset("😢😭😞😔☹🙁😟😣😖😫😩😥😰😨😱💔😿😓🥺😕😧😦😪🤕")
GLAD = frozenset(
    "😀😃😄😁😆😅😂🤣😊😇🙂😉😍🥰😘😗😋😎🤩🥳👍👏🙌💪❤💕💖💗💙💚💛🧡💜🎉🎊✨⭐🌟💯🔥🙏🤗😺👌✌🤝"
)
_NEGATIONS = {
    "en": "not no never cannot without nothing nobody none hardly neither nor aint dont didnt "
    "doesnt isnt wasnt arent werent wont cant couldnt shouldnt wouldnt havent hasnt hadnt",
    "ru": "не нет ни без никогда ничего никто никак нельзя нету",
    "tr": "degil yok hic asla ne olmadan",
    "lv": "ne nav nekad bez neviens nekas neko nebija nebus",
    "pl": "nie nigdy bez nic nikt zaden zadna zadnych nikogo ani",
}
_NOTS = {code: frozenset(words.split()) for code, words in _NEGATIONS.items()}

SIGNS = (
    "capitals", "all capitals", "!", "!!", "?", "??", "?!", "dots", "stretched", "angry", "sad",
    "glad", "smile", "frown", "handle", "link", "number", "length", "short",
)  # fmt: skip


Parts = list[tuple[str, str]]  # kind and text of everything found in a message, in order


LOUD = ("capitals", "all capitals", "!!", "??", "?!", "stretched", "angry", "sad")  # never calming


class Token(NamedTuple):
    """A word (`kind` word), or a mark, handle or end that words stand beside (other kinds)."""

    kind: str
    typed: str
    name: str  # a word in lower case; what any other token is called


_BEGIN, _END = Token("end", "", "^"), Token("end", "", "$")


@dataclass(frozen=True, slots=True)
class Made:
    """What a message is made of: tokens in order, between "^" and "$"; how many are words; the
    places of those that a "not" reaches; emoji; a number a sign."""

    tokens: tuple[Token, ...]
    words: int
    negated: frozenset[int]
    emoji: tuple[str, ...]
    signs: tuple[float, ...]

    @property
    def scale(self) -> float:
        """What each word counts: the less, the more there are. A long story is no angrier."""
        words = max(1, self.words)
        return 1 / max(math.sqrt(words), words / math.sqrt(STORY))


def parts_of(text: str) -> Parts:
    """Find the words, marks, emoji and the like of a message. Any text will do; of a long one the
    beginning and the end are read."""
    if len(text) > RAW_HEAD + RAW_TAIL:
        text = f"{text[:RAW_HEAD]} {text[-RAW_TAIL:]}"
    clean = texts.normalise(text)
    if len(clean) > HEAD + TAIL:
        clean = f"{clean[:HEAD]} {clean[-TAIL:]}"
    found = [(str(match.lastgroup), match.group()) for match in _PART.finditer(clean)]
    if len(found) > LONG:
        found = list(_seldom(found))
    return found if len(found) <= MOST else found[: MOST - END] + found[-END:]


def _seldom(parts: Parts) -> Iterator[tuple[str, str]]:
    """A word that is sent hundreds of times means no more than one sent thrice."""
    times: Counter[str] = Counter()
    for kind, part in parts:
        times[part] += 1
        if times[part] <= AGAIN:
            yield kind, part


def made_of(parts: Parts, language: str) -> Made:
    """What they are made of, if they are in this language."""
    tokens = [_token(kind, part, language) for kind, part in parts if _is_beside(kind, part)]
    words = [at for at, token in enumerate(tokens, 1) if token.kind == "word"]
    nots = _NOTS.get(language, frozenset())
    emoji = tuple(part for kind, part in parts if kind == "emoji")[:EMOJI]
    return Made(
        (_BEGIN, *tokens, _END),
        len(words),
        frozenset(_reached(tokens, words, nots, language == "tr")),
        emoji,
        tuple(_signs(parts)),
    )


_TOKENS = frozenset(("word", "handle", "marks"))


def _token(kind: str, part: str, language: str) -> Token:
    if kind == "word":
        return Token(kind, part, _lower(part, language))
    return Token(kind, part, "@" if kind == "handle" else "?" if part == "?" else "..")


def _is_beside(kind: str, part: str) -> bool:
    """Whether words are seen beside it. Joy and anger both end in "!!!", so that the pairs with it
    would say that anger is joy: it is a sign only."""
    return kind in _TOKENS and (kind != "marks" or part == "?" or "." in part)


def _lower(word: str, language: str) -> str:
    low = _STRETCHED.sub(r"\1", texts.lower(word, language))
    if "'" in low:
        low = low.replace("'", "") if language == "en" else low.split("'")[0]
    return "0" if low.isdigit() else low


def _reached(
    tokens: Sequence[Token], words: Sequence[int], nots: frozenset[str], behind: bool
) -> Iterator[int]:
    for place, at in enumerate(words):
        if texts.fold(tokens[at - 1].name) in nots:
            yield from (
                words[max(0, place - 2) : place] if behind else words[place + 1 : place + 1 + REACH]
            )


def _signs(parts: Parts) -> Iterator[float]:
    """A number for each of `SIGNS`, 0 to 2."""
    of: defaultdict[str, list[str]] = defaultdict(list)
    for kind, part in parts:
        of[kind].append(part)
    words, marks, smiles = of["word"], of["marks"], of["smile"]
    loud = sum(len(word) > 1 and word.isupper() for word in words)
    spoken = sum(len(word) > 1 and word.isalpha() for word in words)
    yield loud / max(3, spoken)
    yield float(loud > 2 and loud > 0.6 * spoken)
    yield float("!" in marks)
    yield float(any("!!" in part for part in marks))
    yield float("?" in marks)
    yield float(any("??" in part for part in marks))
    yield float(any("!" in part and "?" in part for part in marks))
    yield float(any("." in part for part in marks))
    yield float(any(map(_STRETCHED.search, words)))
    for emoji in (ANGRY, SAD, GLAD):
        yield min(2.0, sum(part in emoji for part in of["emoji"]))
    frowns = sum(part.endswith(_FROWNS) for part in smiles)
    yield float(len(smiles) > frowns)
    yield float(frowns > 0)
    yield float(bool(of["handle"]))
    yield float(bool(of["link"]))
    yield float(any(map(str.isdigit, words)))
    yield min(1.0, len(words) / 40)
    yield float(len(words) < 4)


def whole(name: str) -> int:
    """The row of a word, a stem or an emoji."""
    return crc32(name.encode("utf-8", "replace")) % WHOLE


class Known(NamedTuple):
    """What is looked up of a word once: its stem, the rows of word and stems, those of pieces."""

    stem: str
    whole: tuple[int, ...]
    pieces: tuple[int, ...]


class Features:
    """The rows of what a message is made of, in one language. Any thread may use it."""

    def __init__(self, language: str, remembered: int = 4096) -> None:
        self._stems = texts.Stems(language)
        self.of = lru_cache(remembered)(self._of)

    def _of(self, lower: str) -> Known:
        """What there is to know of a word in lower case."""
        stems = self._stems.of(lower[: 2 * LONGEST])
        plain = texts.fold(lower)
        names = (f"w {plain}", *(f"s {stem}" for stem in stems))
        return Known(stems[0], tuple(map(whole, names)), tuple(_pieces(plain)))

    def negated(self, token: Token) -> int:
        """The row of a word that a "not" reaches."""
        return whole(f"n {self.of(token.name).stem}")

    def pair(self, first: Token, second: Token) -> int:
        """The row of two tokens that stand side by side."""
        named = f"{self._called(first)} {self._called(second)}".encode("utf-8", "replace")
        return WHOLE + crc32(named) % PARTS

    def _called(self, token: Token) -> str:
        return self.of(token.name).stem if token.kind == "word" else token.name


def _pieces(plain: str) -> Iterator[int]:
    """The rows of the pieces of a folded word, its ends marked. In this encoding every letter has
    two bytes, so that bytes can be cut instead of letters, which is faster."""
    marked = f"^{plain[:LONGEST]}$".encode("utf-16-le", "surrogatepass")
    for length in PIECES:
        for start in range(0, len(marked) - 2 * length + 1, 2):
            yield WHOLE + crc32(marked[start : start + 2 * length]) % PARTS
