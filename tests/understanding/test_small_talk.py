"""Small talk as people really type it, in all five languages: each is heard as what it is."""

from __future__ import annotations

import pytest

from bot.understanding.hear import MOODS, Hear

from .shop import LANGUAGES, hear

ALSO = {"greeting", "thanks", "goodbye", "yes"}  # may be said in the same breath
SAID = {
    ("en", "greeting"): (
        "hi there|Hello!!|hey :)|good evening|hiya, how are you?|"
        "how are you doing today?|hi everyone|good morning team|yo|heyyy|helloo|"
        "what's up?|how's it going|hello?"
    ),
    ("en", "thanks"): (
        "thanks!|thx a lot|ok thanks|okay thank you so much|ty|cheers mate|"
        "great, thanks|perfect thank you!|thanks for your help|thank you very much 🙏|"
        "ok great thx|awesome|got it, thanks|many thanks|thanks a bunch"
    ),
    ("en", "goodbye"): (
        "bye|bye bye|see you later|have a nice day|good night|thanks, bye|"
        "take care|that's all|goodbye!"
    ),
    ("en", "bot"): (
        "are you a bot?|are you a real person?|am I talking to a human?|is this a bot|"
        "r u human|are you human or a bot?|who are you?|are you real?|what are you|"
        "is this an AI?|am i chatting with a robot|are you ai|are you chatgpt?|"
        "is it a robot"
    ),
    ("en", "chatter"): (
        "haha|hahaha|lol|xd|XDD|😀|😂😂😂|hehe|lmao|wow|hahahahaha 😂|hmm|rofl|:)|omg"
    ),
    ("ru", "greeting"): (
        "привет|Привет!!|здравствуйте|добрый день|доброе утро всем|как дела?|"
        "как ваши дела?|как ты?|приветик)|здрасьте|хай|добрый вечер!|"
        "привет, как дела?|здравствуйте, есть вопрос|приветствую"
    ),
    ("ru", "thanks"): (
        "спасибо|спс|спасибо большое!|ок спасибо|хорошо, спасибо|благодарю|пасиб|"
        "понятно, спасибо|отлично, спасибо!|спасибо за помощь|супер|ясно спасибо|"
        "спасибки|ага, спасибо|огромное спасибо 🙏"
    ),
    ("ru", "goodbye"): (
        "пока|до свидания|всего доброго|хорошего дня|спокойной ночи|спасибо, пока|"
        "удачи|пока-пока|до встречи"
    ),
    ("ru", "bot"): (
        "ты бот?|вы бот?|ты человек?|вы живой человек?|это бот?|"
        "ты робот или человек?|кто ты?|с кем я говорю?|я с ботом разговариваю?|"
        "вы робот|это живой человек?|мне бот отвечает?|ты настоящий человек?|"
        "ты не бот?|вы нейросеть?"
    ),
    ("ru", "chatter"): (
        "хаха|ахахах|ахаха|лол|ха-ха-ха|хехе|😂|😊👏|хах|ору|ахахахаха|хмм|ржунимагу|xd|))))"
    ),
    ("tr", "greeting"): (
        "merhaba|selam|selamlar|günaydın|iyi günler|iyi akşamlar|nasılsınız?|"
        "naber|merhaba nasılsın|slm|mrb|hey|merhabalar|selamün aleyküm"
    ),
    ("tr", "thanks"): (
        "teşekkürler|teşekkür ederim|tşk|sağol|sağ olun|tamam teşekkürler|"
        "çok teşekkürler|eyvallah|tesekkurler|çok sağ olun|ok teşekkürler|"
        "harika teşekkürler|süper|anladım teşekkürler|elinize sağlık"
    ),
    ("tr", "goodbye"): (
        "görüşürüz|hoşça kal|iyi günler dilerim|bay bay|güle güle|iyi geceler|"
        "kendine iyi bak|hoşçakalın|görüşmek üzere"
    ),
    ("tr", "bot"): (
        "bot musun?|sen bot musun|siz robot musunuz?|insan mısın?|"
        "gerçek insan mısınız?|robotla mı konuşuyorum?|sen kimsin?|"
        "kiminle konuşuyorum|gerçek bir insan mısın|yapay zeka mısın?|bu bir bot mu?|"
        "siz gerçek misiniz|bot mu insan mı?|canlı biri misiniz"
    ),
    ("tr", "chatter"): (
        "haha|hahaha|ahahaha|sjsjsj|asdfasdf|kahkaha|😂|😀😀|xd|hehe|random|vay|jsjsjs|hmm|ahah"
    ),
    ("lv", "greeting"): (
        "sveiki|čau|labdien|labrīt|labvakar|sveiks|čau, kā iet?|kā jums iet?|"
        "kā klājas?|hei|labdien!|sveika|sveicināti|hello|kā tev iet"
    ),
    ("lv", "thanks"): (
        "paldies|liels paldies|ok paldies|paldies par palīdzību|labi, paldies|"
        "pateicos|paldiesiņš|super, paldies|sapratu, paldies|paldies!!!|tnx|"
        "lieliski|forši, paldies|skaidrs, paldies|milzīgs paldies"
    ),
    ("lv", "goodbye"): (
        "atā|uz redzēšanos|visu labu|jauku dienu|ar labu nakti|čau čau|"
        "paldies, visu labu|lai jauka diena|uzredzēšanos"
    ),
    ("lv", "bot"): (
        "vai tu esi bots?|vai jūs esat robots?|tu esi cilvēks?|"
        "vai jūs esat īsts cilvēks?|vai es runāju ar robotu?|kas tu esi?|"
        "ar ko es runāju?|vai tas ir bots|bots vai cilvēks?|tu esi robots|"
        "vai tu esi dzīvs cilvēks?|vai šis ir čatbots?|vai man atbild robots?|tu bots?"
    ),
    ("lv", "chatter"): (
        "haha|hahaha|ahaha|hehe|xd|lol|😂|😀|hihi|hmm|ha ha ha|hahahaha 😂|vau|:D|ui"
    ),
    ("pl", "greeting"): (
        "cześć|hej|dzień dobry|witam|siema|co słychać?|jak się masz?|"
        "dobry wieczór|hejka|elo|jak leci|witajcie|czesc!|dzień dobry, mam pytanie|"
        "co tam?"
    ),
    ("pl", "thanks"): (
        "dzięki|dziękuję|dziękuję bardzo|ok dzięki|dzięki wielkie|super, dzięki|"
        "wielkie dzięki|dziekuje!|rozumiem, dziękuję|dobra dzięki|dzięki za pomoc|"
        "świetnie, dziękuję|dzięks|bardzo dziękuję|okej, dzięki"
    ),
    ("pl", "goodbye"): (
        "pa|do widzenia|miłego dnia|na razie|dobranoc|pa pa|do zobaczenia|dzięki, pa|pozdrawiam"
    ),
    ("pl", "bot"): (
        "jesteś botem?|czy jesteś człowiekiem?|czy to bot?|"
        "czy rozmawiam z człowiekiem?|jesteś robotem?|z kim rozmawiam?|kim jesteś?|"
        "czy jesteś prawdziwym człowiekiem|bot czy człowiek?|czy to jest robot?|"
        "jesteś sztuczną inteligencją?|piszę z botem?|czy odpowiada mi bot?|"
        "to jest bot?"
    ),
    ("pl", "chatter"): ("haha|hahaha|hehe|xd|xDDD|lol|😂|😀😀|ahahaha|beka|hihi|hmm|wow|:)|xD"),
}


@pytest.fixture(scope="module")
def ears() -> Hear:
    return Hear(hear())


@pytest.mark.parametrize(("language", "intent"), SAID)
def test_small_talk_is_recognised(ears: Hear, language: str, intent: str) -> None:
    """Greetings, thanks, goodbyes, whether one talks to a bot, laughter."""
    missed = {
        text: sorted(heard)
        for text in SAID[language, intent].split("|")
        if intent not in (heard := ears.intents(text)) or not heard <= {intent, *ALSO, *MOODS}
    }
    assert not missed


def test_every_language_has_its_fair_share() -> None:
    """The weakest language is tried as hard as the best."""
    tried = dict.fromkeys(LANGUAGES, 0)
    for (language, _), texts in SAID.items():
        tried[language] += len(texts.split("|"))
    assert min(tried.values()) >= 60


@pytest.mark.parametrize(
    "text",
    [
        "hi, where is my parcel?", "thanks, and how do I return it?", "haha but where is my order",
        "привет, где моя посылка", "спасибо, а сколько стоит доставка?", "ахаха а где заказ",
        "merhaba kargom nerede", "teşekkürler, iade nasıl yapılır?", "selam, kargo ücreti ne kadar",
        "labdien, kur ir mana paka?", "paldies, un cik maksā piegāde?", "čau, kā atgriezt preci",
        "cześć, gdzie jest moja paczka", "dzięki, a ile kosztuje dostawa?", "hej jak zwrócić buty",
    ],
)  # fmt: skip
def test_a_greeting_with_a_question_is_the_question(ears: Hear, text: str) -> None:
    """Politeness does not hide what is asked."""
    assert not ears.intents(text)
