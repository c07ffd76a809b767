"""A customer's words without what tells who they are, for whoever reads them to write an article.

Rather one word too many than one too few: what is hidden in a wording is not missed in a list of
wordings. Signs like ‹phone› stand for what was there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.understanding import text as texts
from bot.understanding.people import GREETING, NAME, hide_names
from bot.understanding.streets import ADDRESS, hide_addresses

EMAIL, LINK, CARD, PHONE, NUMBER = (
    "‹e-mail›", "‹link›", "‹card number›", "‹phone›", "‹number›",
)  # fmt: skip
SHORTEST_NAME = 2  # letters; a single one is an initial, or a word
ENOUGH_WORDS = 2  # that a question must keep
CARD_DIGITS = 13
PHONE_DIGITS = 7

_SIGNS = re.compile("|".join((EMAIL, LINK, CARD, PHONE, NUMBER, NAME, ADDRESS)))
_EMAIL = re.compile(r"[^\s<>()\"'«»,;:]+@[^\s<>()\"'«»,;:@]+\.\w{2,}")
_ENDINGS = (  # of sites without a path; not those that are a word after a forgotten space
    "com|net|org|info|biz|shop|store|online|site|app|dev|io|eu|lv|lt|ee|ru|su|рф|pl|tr|uk|de|fr|"
    "es|nl|se|fi|ua|kz|example"
)
_LINK = re.compile(
    r"(?:\w+://|www\.)\S+"
    r"|(?<![\w.@])(?:[\w-]+\.)+[^\W\d_]{2,}(?::\d+)?/[^\s,;]+"
    rf"|(?<![\w.@])[\w-]+(?:\.[\w-]+)*\.(?:{_ENDINGS})(?![\w-])/?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<!\w)@\w{3,}")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b", re.IGNORECASE)
_MONEY = (
    r"(?:[€$£₽₺]|(?:eur|euros?|usd|gbp|pln|try|rub|zł|zl|tl|lira\w*|руб\w*|р\.|евро|eiro)(?!\w))"
)
# What looks like a phone number and is a day, with or without the time, or a price.
_KEPT = (
    r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}-\d{2}-\d{2})(?!\w|[-/.]\d)"
    rf"|(?:\d{{1,3}}(?:[ .,]\d{{3}})+|\d{{1,6}})(?:[.,]\d{{1,2}})?\s?{_MONEY}"
    r"|\d{1,3}(?:[ .,]\d{3})*[.,]\d{2}(?![\w.,-])(?!\s\d)"
)
_DIGITS = re.compile(
    rf"(?<![\w+(])(?P<kept>{_KEPT})|(?<!\w)[+(]?\d(?:[\s().\-/]{{0,2}}\d){{5,}}(?!\w|:\d)",
    re.IGNORECASE,
)
_CALL = (
    "tel|telephone|phone|mobile|mob|cell|call(?: me)?(?: on| at)?|whats ?app|viber|тел|телефон|"
    "моб|звоните|позвоните|номер телефона|telefon\\w*|gsm|cep|aray[ıi]n|t[āa]lr(?:unis)?|zvaniet|"
    "zvan[īi]t|kom[óo]rk\\w*|dzwoni[ćc]|zadzwo[ńn]\\w*"
)
_CALLED = re.compile(
    rf"(?<!\w)(?P<cue>(?:{_CALL})(?!\w)[\s.:#№-]*(?:(?:is|no|nr|number|num[aeu]\w*|номер)(?!\w)[\s.:]*)*)"
    r"\+?\d(?:[\s().\-/]{0,2}\d){4,}(?!\w|:\d)",
    re.IGNORECASE,
)
_ORDER = re.compile(r"(?<!\w)[^\W\d_]{1,4}[-#№]?\d{4,}\w*")
_THING = (
    "order|invoice|receipt|booking|reservation|tracking|parcel|shipment|customer|client|account|"
    "reference|ref|ticket|claim|voucher|coupon|code|pin|password|id|заказ\\w*|сч[её]т\\w*|чек\\w*|"
    "посылк\\w*|накладн\\w*|бронь|брони|код|договор\\w*|sipari[şs]\\w*|fatura\\w*|kargo\\w*|fi[şs]\\w*|"
    "rezervasyon\\w*|kod\\w*|takip|pas[uū]t[īi]jum\\w*|r[ēe][ķk]in\\w*|s[ūu]t[īi]jum\\w*|paci[ņn]\\w*|"
    "kvīt\\w*|kods|zam[óo]wieni\\w*|faktur\\w*|paczk\\w*|przesy[łl]k\\w*|rezerwacj\\w*|paragon\\w*"
)
_BETWEEN = (
    "is|was|number|num|no|nr|id|code|my|with|the|number's|номер\\w*|под|за|numara\\w*|no[’']?lu|numur\\w*|"
    "ir|numer\\w*|to|o"
)
_NUMBERED = re.compile(
    rf"(?<!\w)(?P<cue>(?:{_THING})(?!\w)(?:[\s.,:#№()-]|(?:{_BETWEEN})(?!\w))*)"
    r"(?:[^\W\d_]{1,4}-?)?\d(?:[\w]|[-/](?=\w)){2,}",
    re.IGNORECASE,
)
_NUMBER_SIGN = re.compile(
    r"(?P<cue>(?:#|№|(?<!\w)nr\.?|(?<!\w)no[.:]|(?<!\w)номер)\s?)\d{3,}\w*", re.IGNORECASE
)
_NUMBERED_BEFORE = re.compile(
    r"(?<!\w)\d{3,}(?=\s(?:numaral[ıi]|no[’']?lu|say[ıi]l[ıi])(?!\w))", re.IGNORECASE
)
_LONG = re.compile(r"\d{5,}")

_HELLO = re.compile(rf"^(?:{GREETING})(?: there)?[,.!]*\s+(?=\S+\s+\S)", re.IGNORECASE)
_OPENING = re.compile(rf"^[^\n.!?:‹]{{0,30}}{NAME}(?: {NAME})?(?:[,.!:]+|\n)\s*")
_CLOSING = re.compile(rf"(?:^|(?<=[.!?\n]))[^\n.!?‹]{{0,40}}{NAME}(?: {NAME})?[.!]*\s*$")


def mask(text: str, names: Iterable[str] = ()) -> str:
    """The text with e-mail addresses, links, card and account numbers, phones, order and other
    long numbers, streets with a number, postcodes, and people's names replaced by signs. `names`
    are those known to be involved; of others see `people.hide_names`.

    Dates, years, prices and sizes stay; the text is normalised (see text.normalise)."""
    masked = texts.normalise(text)
    masked = _LINK.sub(LINK, _EMAIL.sub(EMAIL, masked))
    masked = hide_addresses(_HANDLE.sub(NAME, masked))
    masked = _ORDER.sub(NUMBER, _ACCOUNT.sub(CARD, masked))
    masked = hide_names(_numbers_hidden(masked))
    known = {part for name in names for part in name.split() if len(part) >= SHORTEST_NAME}
    for part in sorted(known, key=lambda part: (-len(part), part)):
        masked = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", NAME, masked, flags=re.IGNORECASE)
    return masked


def _numbers_hidden(text: str) -> str:
    text = _CALLED.sub(rf"\g<cue>{PHONE}", text)
    text = _NUMBERED.sub(rf"\g<cue>{NUMBER}", text)
    text = _NUMBERED_BEFORE.sub(NUMBER, _NUMBER_SIGN.sub(rf"\g<cue>{NUMBER}", text))
    return _LONG.sub(NUMBER, _DIGITS.sub(_digits, text))


def signs_in(text: str) -> tuple[str, ...]:
    """The signs that stand in a text for what was there."""
    return tuple(dict.fromkeys(_SIGNS.findall(text)))


def without_signs(masked: str) -> str:
    """A masked text as anybody would ask it: without the greeting, without the clauses that named
    somebody or something, and where nothing else is left, without the signs alone."""
    clauses = re.findall(r"[^.,:!?;\n]*[.,:!?;\n]*", _HELLO.sub("", masked))
    anonymous = "".join(clause for clause in clauses if not _SIGNS.search(clause))
    kept = anonymous if len(anonymous.split()) >= ENOUGH_WORDS else _SIGNS.sub(" ", masked)
    bare = re.sub(r"\s+([,.!?;:])", r"\1", re.sub(r"\s+", " ", kept))
    return re.sub(r"[,;:](?=[,.!?;:])", "", bare).strip(" ,;:-–—#№")


def unaddressed(masked: str) -> str:
    """A masked answer as it would be given to anybody: without "Hi ‹name›," and the signature."""
    text = _CLOSING.sub("", _OPENING.sub("", masked)).strip()
    return text[:1].upper() + text[1:]


def _digits(found: re.Match[str]) -> str:
    written = found[0]
    if found["kept"]:
        return written
    digits = sum(char.isdigit() for char in written)
    if digits >= CARD_DIGITS:
        return CARD
    is_phone = digits >= PHONE_DIGITS and (written[0] in "+(" or not written.isdigit())
    return PHONE if is_phone else NUMBER
