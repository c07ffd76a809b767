"""What is heard besides a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from bot.understanding.hear import MOODS, Hear
from bot.understanding.patterns import TYPO_FROM, Lexicon, PatternError

from .shop import LANGUAGES, articles, hear, rows

INTENTS = {
    "human",
    "greeting",
    "thanks",
    "goodbye",
    "yes",
    "no",
    "stop",
    "bot",
    "chatter",
    "unhelpful",
}
ALARMS = {"complaint", "grievance", "threat", "emergency"}


@pytest.fixture(scope="module")
def ears() -> Hear:
    return Hear(hear())


def _hears(pattern: str, text: str) -> bool:
    return "it" in Hear({"en": {"it": [pattern], "filler": ["please"]}}).intents(text)


@pytest.mark.parametrize(
    ("pattern", "text", "heard"),
    [
        ("talk to human", "I want to talk to a real live human now", True),
        ("talk to human", "talk now to one of the human beings", True),
        ("talk to human", "talk to a very kind and patient human", False),
        ("talk to human", "human to talk", False),
        ("talk to human", "let us talk. to err is human", False),
        ("talk|speak human", "speak with a human", True),
        ("operator*", "operators", True),
        ("operator*", "opertaor", True),
        ("operator*", "cooperators", False),
        ("person", "personal", False),
        ("real-person", "a real person", True),
        ("real-person", "a real tall person", False),
        ("=hello", "Hello!", True),
        ("=hello", "hello, please", True),
        ("=hello", "please", False),
        ("=hello", "helloooo 🏕", True),
        ("=hello", "hello, where is my order", False),
        ("=good morning|evening", "GOOD EVENING", True),
        ("=👍", "👍🏽", True),
        ("don't", "I don’t", True),
        ("człowiek*", "CZLOWIEKIEM", True),
        ("görüş*", "gorusmek", True),
    ],
)
def test_the_pattern_language(pattern: str, text: str, heard: bool) -> None:
    """Words in order with gaps, alternatives, endings, joined words, whole messages."""
    assert _hears(pattern, text) is heard


def test_a_forbidding_pattern_holds_for_its_sentence() -> None:
    """What is said in another sentence still counts."""
    ears = Hear({"en": {"human": ["human", "!human-resources"]}})
    assert not ears.intents("is the human resources team hiring")
    assert ears.intents("I asked human resources. Now get me a human")


@pytest.mark.parametrize("pattern", ["", "=", "!", "*", "a *", "op*rator", "a||b", "a -b"])
def test_a_pattern_that_says_nothing_is_refused(pattern: str) -> None:
    """The message names the intent and the pattern."""
    with pytest.raises(PatternError, match=r"hear, human: .*;"):
        Hear({"en": {"human": [pattern]}})


WANTS_A_PERSON = """
operator | real person please | let me talk to someone | I want a human | HUMAN!!! | agent please
opertor pls | put me through to a manager | I don't want to talk to a bot | human
i dont want a bot i want a human | is anyone there? | hi, human please | not a bot please
are you a bot? I want to talk to a person | can I speak to a representative | live chat
my parcel is ten days late and nobody answers so please let me finally speak with a human being ok
оператора позовите | хочу поговорить с человеком | дайте человека | нужен живой человек
ЧЕЛОВЕКА | переключите на консультанта | не хочу общаться с ботом | с кем можно поговорить
жду уже неделю заказ никто не отвечает позовите наконец живого человека | перезвоните мне
insanla görüşmek istiyorum | temsilciye bağla | TEMSİLCİYE BAĞLA | gercek bir insan lazim
yetkili biriyle görüşebilir miyim | canlı destek | bir insanla konusmak istiyorum | kimse yok mu
gribu runāt ar cilvēku | savienojiet ar operatoru | gribu runat ar cilveku | cilvēku lūdzu
negribu runāt ar botu | vai varu parunāt ar kādu | pārslēdziet uz konsultantu | vai tur kāds ir
chcę rozmawiać z konsultantem | połącz z człowiekiem | polacz mnie z konsultantem | człowieka
chce pogadac z czlowiekiem | nie chcę rozmawiać z botem | poproszę człowieka | jest tam ktoś?
"""

WANTS_NO_PERSON = """
is the human resources team hiring | a tent for one person | personel | 2 person tent
do you have an agent in Warsaw selling tents | are you human? | I don't need a human
I need a tent for a person who is tall | can someone else pick up my order | per person price
what are your customer service hours | how do I contact you | how many people fit in the tent
палатка на одного человека | нужна палатка на 2 человека | вы живой человек?
есть вакансии менеджера
не нужен оператор | можно ли получить посылку другому человеку | какой телефон поддержки
personel alıyor musunuz | 2 kişilik çadır istiyorum | insan kaynakları | insan mısın | bot iade
başka biri teslim alabilir mi | müşteri hizmetleri saatleri | botumu değiştirmek istiyorum
telts vienam cilvēkam | vajag telti diviem cilvēkiem | vai tu esi cilvēks | kā ar jums sazināties
namiot dla jednego człowieka | czy jesteś człowiekiem | czy szukacie pracowników | namiot 2 osobowy
czy ktoś inny może odebrać paczkę | nie działa automat paczkowy | godziny obsługi klienta
"""


def _each(listing: str) -> list[str]:
    return [text.strip() for line in listing.strip().splitlines() for text in line.split(" | ")]


@pytest.mark.parametrize("text", _each(WANTS_A_PERSON))
def test_who_wants_a_person_is_heard(ears: Hear, text: str) -> None:
    """In any of the five languages, however it is put."""
    assert "human" in ears.intents(text)


@pytest.mark.parametrize("text", _each(WANTS_NO_PERSON))
def test_who_only_speaks_of_people_is_not(ears: Hear, text: str) -> None:
    """A tent for two people is not a call for one."""
    assert "human" not in ears.intents(text)


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("hi there!", {"greeting"}),
        ("hi, where is my order", set()),
        ("Здравствуйте!", {"greeting"}),
        ("MERHABA kolay gelsin", {"greeting", "goodbye"}),
        ("labdien", {"greeting"}),
        ("dzien dobry", {"greeting"}),
        ("thanks, bye", {"thanks", "goodbye"}),
        ("thank you so much for your help!", {"thanks"}),
        ("liels paldies par palīdzību", {"thanks"}),
        ("yes please", {"yes"}),
        ("ok", {"yes"}),
        ("tak", {"yes"}),
        ("hayır", {"no"}),
        ("нет, спасибо", {"no", "thanks"}),
        ("that didn't help", {"unhelpful"}),
        ("👍🏻", {"yes"}),
        ("stop", {"stop"}),
        ("не пишите мне больше", {"stop"}),
        ("stop sending me your newsletter by email", set()),
        ("I want to stop my order", set()),
        ("", set()),
    ],
)
def test_small_talk(ears: Hear, text: str, intents: set[str]) -> None:
    """It is small talk only when nothing else is said."""
    assert ears.intents(text) - MOODS == intents


def test_no_question_of_the_shop_is_taken_for_something_else(ears: Hear) -> None:
    """Except those that ask for a person, or whether the bot is one (an article may know better),
    those that complain, and "unsubscribe me", which is a wish and a question."""
    own = {"contact-us", "complaint"}
    asked = [
        q for lang in LANGUAGES for a in articles(lang) if a.id not in own for q in a.questions
    ]
    wrong = {q for q in asked if ears.intents(q) - MOODS - {"human", "bot"}}
    assert wrong <= {"unsubscribe me"}
    texts = [row["text"] for row in rows("questions.csv") if row["article"] not in own]
    assert not [text for text in texts if ears.intents(text) - MOODS - {"bot"}]


@given(st.text())
def test_any_text_is_heard_out(ears: Hear, text: str) -> None:
    """Only intents that the lists name come back."""
    assert ears.intents(text) <= INTENTS | ALARMS | MOODS


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("lorem ipsum " * 400 + "I want to talk to a human", True),
        ("I want to talk to a human. " + "lorem ipsum " * 400, True),
        ("lorem ipsum " * 1000 + "I want to talk to a human", True),
        ("lorem ipsum " * 170 + "I want to talk to a human. " + "lorem ipsum " * 170, False),
        ("lorem ipsum " * 200 + "human" + "ity lorem" + " ipsum" * 115, False),
        ("no. " * 1024, False),
        ("😡" * 4096, False),
        ("help " * 800 + "talk " * 20 + "to a human", True),
    ],
)
def test_of_a_long_message_its_ends_are_heard(ears: Hear, text: str, heard: bool) -> None:
    """People say what they want at the beginning or at the end; no word is cut in two for it, and
    one that comes hundreds of times means what it would mean thrice."""
    assert ("human" in ears.intents(text)) is heard


_WORDS = st.text("abcё", min_size=4, max_size=9)


@given(st.sets(_WORDS | _WORDS.map(lambda word: word + "*"), max_size=30), _WORDS)
def test_one_typo_is_forgiven_in_every_place(words: set[str], word: str) -> None:
    """But the first letter: as if all words of the patterns were compared one by one."""
    found = Lexicon(words).meanings(word)
    exact = {w for w in words if w == word or (w[-1] == "*" and word.startswith(w[:-1]))}
    assert found == (exact or {w for w in words if _is_typo(word, w)})


def _is_typo(word: str, written: str) -> bool:
    stem = written.removesuffix("*")
    if len(stem) < TYPO_FROM or len(word) < TYPO_FROM - (stem != written) or word[0] != stem[0]:
        return False
    lengths = [len(word)] if stem == written else range(len(stem) - 1, len(stem) + 2)
    return any(OSA.distance(word[:length], stem) <= 1 for length in lengths)
