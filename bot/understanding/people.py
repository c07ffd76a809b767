"""Where a customer's words name people: who is greeted, introduces themselves, signs, is thanked.

Nobody can know every name. After such words one that is capitalised is taken for a name, and one in
small letters only if it is a frequent given name."""

from __future__ import annotations

import re

from bot.understanding import text as texts
from bot.understanding.common import commonness
from bot.understanding.given_names import DOUBTFUL, NAMES, words

NAME = "‹name›"
LONGEST = 3  # words of a name
_TABLES = ("en", "ru", "tr", "lv", "pl")  # of common words

GREETING = (
    "hi|hiya|hello|hey|dear|good (?:morning|afternoon|evening|day)|привет|приветствую|"
    "здравствуйте|здравствуй|добрый (?:день|вечер)|доброе утро|доброго дня|уважаем(?:ая|ый)|"
    "дорог(?:ая|ой)|merhaba(?:lar)?|selam(?:lar)?|say[ıi]n|sevgili|g[üu]nayd[ıi]n|"
    "iyi (?:günler|gunler|akşamlar|aksamlar)|sveik[ias]|labdien|labr[īi]t|labvakar|"
    "cien[īi]jam(?:ā|a|ais)|[čc]au|cze[śs][ćc]|witam|witaj|dzie[ńn] dobry|dobry wiecz[óo]r|"
    "szanown[ay]|drog[ai]|hej|siema"
)
# Whatever follows is a name, in small letters too.
_NAMED = (
    "my (?:first |last |full )?name(?: is|['’]?s|:)|(?:i am|i['’]?m) called|name['’]?s|name:|"
    "меня зовут|(?:мо[её] )?имя:?|(?:моя )?фамилия:?|на имя|(?:benim )?ad[ıi]m|ismim|"
    "soyad[ıi]m|mani sauc|mans v[āa]rds(?: ir)?|v[āa]rds:|nazywam si[ęe]|mam na imi[ęe]|"
    "imi[ęe](?: i nazwisko)?:|na nazwisko"
)
# A capitalised word after these is taken for one.
_PRESENTED = (
    "(?:this|it|that) is|(?:it|that)['’]?s|i['’]?m|i am|me,|"
    "это|я|с вами|на связи|пишет(?: вам)?|беспокоит|ben|bu|es esmu|(?:te|šeit|seit) (?:raksta)?|te|"
    "šeit|seit|raksta|jestem|tu|tutaj|z tej strony|pisze(?: do was)?|"
    "(?:mr|mrs|ms|miss|dr|pani?|panie|panem|госпожа|господин|г-жа|г-н|bay|bayan|k-gs|k-dze)\\.?"
)
_SIGNED = (
    "thanks(?: a lot| so much| again)?|thank you(?: very much| so much)?|many thanks|thx|ty|cheers|"
    "(?:best|kind|warm|many)(?: (?:regards|wishes))?|regards|all the best|sincerely|"
    "yours(?: (?:sincerely|faithfully|truly))?|love|xoxo|спасибо(?: (?:большое|заранее))?|"
    "благодарю|заранее спасибо|с уважением|с наилучшими пожеланиями|всего доброго|"
    "te[şs]ekk[üu]r(?:ler|\\ ederim)|sa[ğg] ?ol(?:un)?|sayg[ıi]lar(?:[ıi]mla)?|sevgiler|"
    "iyi (?:çal[ıi][şs]malar|günler)|paldies(?: jau iepriekš)?|liels paldies|ar cie[ņn]u|"
    "visu labu|ar sveicienu|dzi[ęe]ki|dzi[ęe]kuj[ęe]|z g[óo]ry dzi[ęe]kuj[ęe]|pozdrawiam|"
    "z powa[żz]aniem|pozdrowienia"
)
_HERE = (
    "here|speaking|again|тут|здесь|на связи|пишет|burada|yaz[ıi]yor|[šs]eit|te|raksta|"
    "z tej strony|tutaj|pisze"
)
_TITLE = r"(?:(?:mr|mrs|ms|miss|dr|pani?|panie|госпожа|господин|г-жа|bay|bayan|kungs|kundze)\.? )?"
_WORD = r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))*\.?(?<!\.\.)"
_WORDS = rf"(?P<words>{_WORD}(?:[^\S\n]+{_WORD}){{0,{LONGEST - 1}}})"
# What may be capitalised after such words without being anybody's name.
_NOBODY = words("""
there all everyone everybody anyone anybody someone somebody nobody team again guys folks you
customer customers support day morning afternoon evening friend friends sir madam i i'm i've i'd
thanks thank monday tuesday wednesday thursday friday saturday sunday january february march
april june july august september october november december ok okay yes no bye please still right
over back new not
всем команда ещё еще снова день вечер утро друзья коллеги уважаемые понедельник вторник среда
четверг пятница суббота воскресенье спасибо да нет пожалуйста herkese günler tekrar ekip merhaba
teşekkürler lütfen evet hayır visiem visi komanda vēlreiz paldies lūdzu wszystkim zespół ponownie
państwo dobry dziękuję dzięki proszę
""")

_I = re.IGNORECASE
_GREETED = re.compile(rf"(?<!\w)(?P<cue>(?:{GREETING}),? {_TITLE}){_WORDS}", _I)
_STATED = re.compile(rf"(?<!\w)(?P<cue>(?:{_NAMED})[\s:]*){_WORDS}", _I)
_INTRODUCED = re.compile(rf"(?<!\w)(?P<cue>(?:{_PRESENTED})(?!\w)\s*[-–—:,]?\s*){_WORDS}", _I)
_SIGNATURE = re.compile(rf"(?<!\w)(?P<cue>(?:{_SIGNED})(?!\w)[\s,.!–—-]*){_WORDS}", _I)
_SPEAKING = re.compile(rf"(?:^|(?<=[.!?,;:\n]))(?P<cue>\s*){_WORDS}(?=\s+(?:{_HERE})(?!\w))", _I)
_LAST_LINE = re.compile(rf"(?P<cue>\n[-–—~ ]*){_WORDS}(?=[.!]*$)")
_ANYWHERE = re.compile(rf"(?P<cue>){_WORDS}")
_AFTER = re.compile(r"\s*(?:[,.!:;?)–—-]|\n|$)")
_GREETED_SMALL = re.compile(r"\s*[,!\n]")


def hide_names(text: str) -> str:
    """The text with a sign in place of each name that stands where people are named, and of
    frequent given names wherever they stand with a capital. Pure; any text will do."""
    text = _STATED.sub(_stated, text)
    text = _SPEAKING.sub(_speaking, text)
    text = _GREETED.sub(_greeted, text)
    text = _SIGNATURE.sub(_signed, text)
    text = _LAST_LINE.sub(lambda found: _hidden(found, _capitalised(found, whole=True)), text)
    text = _INTRODUCED.sub(_introduced, text)
    return _ANYWHERE.sub(_given, text)


def _stated(found: re.Match[str]) -> str:
    """The first word, and the second if it looks like a surname."""
    words = found["words"].split()
    count = 1 + (len(words) > 1 and (_is_capital(words[1]) or _is_rare(words[1])))
    return _hidden(found, max(count, _capitalised(found)))


def _greeted(found: re.Match[str]) -> str:
    first = _bare(found["words"].split()[0])
    count = _capitalised(found)
    if count and (_is_given(first) or _is_rare(first) or _ends(found, count)):
        return _hidden(found, count)
    alone = _GREETED_SMALL.match(found.string, found.start("words") + len(first))
    is_name = _is_given(first) or (alone and "," not in found["cue"] and _is_rare(first))
    return _hidden(found, 1 if is_name and first.casefold() not in _NOBODY else 0)


def _introduced(found: re.Match[str]) -> str:
    is_given = texts.fold(texts.lower(_bare(found["words"].split()[0]))) in NAMES
    return _hidden(found, max(_capitalised(found), int(is_given)))


def _signed(found: re.Match[str]) -> str:
    """A name ends the line or the sentence: "Thanks, Olga" and not "Thanks. Can I"."""
    count = _capitalised(found)
    first = _bare(found["words"].split()[0])
    if count and (_ends(found, count) or _is_given(first)):
        return _hidden(found, count)
    small = _is_given(first) and _AFTER.match(found.string, found.start("words") + len(first))
    return _hidden(found, 1 if small else 0)


def _speaking(found: re.Match[str]) -> str:
    """ "Anna Kowalska here", "maria here, …"."""
    words = found["words"].split()
    if _capitalised(found) == len(words):
        return _hidden(found, len(words))
    return _hidden(found, 1 if len(words) == 1 and _is_given(words[0]) else 0)


def _given(found: re.Match[str]) -> str:
    """Every given name among capitalised words, with the surname that follows it."""
    words, shown = re.split(r"(\s+)", found["words"]), []
    after_name = False
    for word in words:
        if word.isspace():
            shown.append(word)
            continue
        bare = _bare(word)
        is_name = _is_capital(word) and (texts.fold(texts.lower(bare)) in NAMES or (
            after_name and bare.casefold() not in _NOBODY and _is_rare(bare)))  # fmt: skip
        shown.append(NAME + word[len(bare) :] if is_name else word)
        after_name = is_name and not word.endswith(".")
    return re.sub(rf"{NAME}(?:\s+{NAME})+", NAME, found["cue"] + "".join(shown))


def _capitalised(found: re.Match[str], whole: bool = False) -> int:
    """How many of the words, from the first on, are a name by their capitals; 0 if not all of them
    are and the `whole` has to be."""
    words = found["words"].split()
    count = 0
    for word in words:
        if not _is_capital(word) or _bare(word).casefold() in _NOBODY:
            break
        count += 1
        if len(_bare(word)) > 1 and word.endswith("."):  # the sentence ends here
            break
    return count if count == len(words) or not whole else 0


def _hidden(found: re.Match[str], count: int) -> str:
    if not count:
        return found[0]
    words = re.split(r"(\s+)", found["words"])
    last, rest = words[2 * count - 2], words[2 * count - 1 :]
    return found["cue"] + NAME + ("." if last.endswith(".") else "") + "".join(rest)


def _ends(found: re.Match[str], count: int) -> bool:
    """Whether what follows the name ends the line, the sentence or the clause."""
    words = re.split(r"(\s+)", found["words"])
    name = "".join(words[: 2 * count - 1])
    return bool(_AFTER.match(found.string, found.start("words") + len(name.rstrip("."))))


def _bare(word: str) -> str:
    return word.rstrip(".")


def _is_capital(word: str) -> bool:
    return word[0].isupper()


def _is_given(word: str) -> bool:
    plain = texts.fold(texts.lower(_bare(word)))
    return plain in NAMES or plain in DOUBTFUL


def _is_rare(word: str) -> bool:
    """Whether none of the languages often uses it; names are not in their tables."""
    plain = texts.fold(texts.lower(_bare(word)))
    return len(plain) > 1 and not any(commonness(plain, language) for language in _TABLES)
