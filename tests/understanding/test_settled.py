"""What customers say to "is your complaint settled?", in five languages."""

from __future__ import annotations

import pytest

from bot.understanding.hear import Hear

from .shop import hear

SETTLED = {
    "en": "yes, it is settled now|it's all good, thanks|everything is fine|it works now",
    "ru": "да, вопрос решён, спасибо|всё в порядке|решено|проблема решена",
    "tr": "evet, sorun çözüldü|çözüldü, teşekkürler|her şey yolunda|halloldu",
    "lv": "jā, viss atrisināts, paldies|viss kārtībā|sūdzība ir atrisināta|atrisināts",
    "pl": "tak, sprawa załatwiona, dziękuję|wszystko w porządku|załatwione|sprawa jest rozwiązana",
}
UNSETTLED = {
    "en": "no, I am still waiting|nothing has changed|it's not solved|the boots have not come",
    "ru": "всё ещё жду|ничего не изменилось|вопрос не решён|деньги так и не пришли",
    "tr": "hâlâ bekliyorum|hiçbir şey değişmedi|sorun çözülmedi|kargo gelmedi",
    "lv": "joprojām gaidu|nekas nav mainījies|nav atrisināts|zābaki nav atnākuši",
    "pl": "nadal czekam|nic się nie zmieniło|to nie jest załatwione|buty nie przyszły",
}
NEITHER = "yes but the code is wrong|when are you open?|kad jūs strādājat?|когда вы открыты?"


@pytest.fixture(scope="module")
def ears() -> Hear:
    return Hear(hear())


def answers(ears: Hear, texts: str) -> dict[str, set[str]]:
    """What is heard in each of them of "settled" and "unsettled"."""
    return {text: {*ears.intents(text)} & {"settled", "unsettled"} for text in texts.split("|")}


@pytest.mark.parametrize("language", SETTLED)
def test_settled(ears: Hear, language: str) -> None:
    """They say so in more words than yes."""
    heard = answers(ears, SETTLED[language])
    assert heard == {text: {"settled"} for text in heard}


@pytest.mark.parametrize("language", UNSETTLED)
def test_unsettled(ears: Hear, language: str) -> None:
    """They tell what is still missing; "not settled" is not "settled"."""
    heard = answers(ears, UNSETTLED[language])
    assert [text for text, said in heard.items() if "unsettled" not in said] == []


def test_neither(ears: Hear) -> None:
    """A question is no answer, and a yes with a but is not everything."""
    heard = answers(ears, NEITHER)
    assert heard == {text: set() for text in heard}
