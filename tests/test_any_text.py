"""What holds for every message there can be: it is decided about, the same everywhere."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Address, InboundMessage, Option, Outcome, Person
from bot.engine import Context, Decision, Standing, decide
from bot.knowledge.base import load
from bot.mind import Mind, understanding_of

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FEW = 10  # articles of each language: enough to say everything, soon built
LANGUAGES = ("en", "ru", "tr", "lv", "pl")

HOSTILE = {
    "as long as Telegram allows": "x " * 2048,
    "one long word": "a" * 4096,
    "zalgo": "r̷̛͓e̶̢͙̮f̶u̸͍n̈́d̈́" * 200,
    "one emoji": "😀",
    "only stop words": "and the of to is it in on",
    "only digits": "1234567890" * 400,
    "an order number": "HB-104233",
    "a link": "https://example.com/?" + "a=b&" * 1000,
    "code": "def f(x): return {k: [v] for k, v in x.items()}\n" * 80,
    "SQL": "'; DROP TABLE articles; --" * 150,
    "another script": "我想退货" * 1000,
    "bidi and zero width": "\u202e\u2066refund\u2069\u200b" * 400,
    "spaces": " " * 10_000,
    "half characters": "\ud800\x00" * 2000,
    "nothing": "",
}


@functools.cache
def mind() -> Mind:
    """The shipped shop with the first articles of each language."""
    kb = load(ROOT / "knowledge_base", "en", TODAY)
    ids = sorted({article_id for _, article_id in kb.articles})[:FEW]
    few = {key: article for key, article in kb.articles.items() if key[1] in ids}
    kb = replace(kb, articles=few)
    return Mind(kb, understanding_of(kb))


def decided(text: str, standing: Standing) -> Decision:
    """What comes of a message."""
    message = InboundMessage("1", Address("telegram", "1"), Person("1", "Anna"), text, NOW)
    reading = mind().read(text, standing.context.before(NOW))
    return decide(message, reading, standing, mind().kb, TODAY)


def check(decision: Decision) -> None:
    """A decision that can be acted on: someone answers, with words, in a language we speak."""
    assert decision.language in LANGUAGES
    assert decision.why
    assert decision.reply is None or decision.reply.text.strip()
    assert decision.reply or decision.handoff or decision.outcome in {
        Outcome.NOTED, Outcome.RELAYED,
    }  # fmt: skip
    assert (decision.outcome is Outcome.ANSWERED) <= (decision.article is not None)
    assert Context.from_json(decision.context.to_json()).misses == decision.context.misses


ASKED = Context(asked="where is my order", asked_at=NOW.timestamp(), misses=1)
OPTIONS = Context(options=(Option("Yes", "human"), Option("No", "no_human")))
STANDINGS = st.builds(
    Standing,
    st.sampled_from(LANGUAGES),
    st.sampled_from([None, *LANGUAGES]),
    name=st.sampled_from(["", "Anna Ozola", "*"]),
    with_person=st.booleans(),
    context=st.sampled_from([Context(), ASKED, OPTIONS]),
    now=st.just(NOW),
)
WORDS = st.sampled_from(
    ["where", "iade", "посылка", "kur", "zwrot", "?", "and", "нет", "/start", "2", "hi", "stop"]
)


@given(st.text() | st.lists(WORDS, max_size=12).map(" ".join), STANDINGS)
def test_any_text_is_decided_about(text: str, standing: Standing) -> None:
    """Whoever writes whatever, in whatever state the conversation is."""
    check(decided(text, standing))


@pytest.mark.parametrize("standing", [Standing("en"), Standing("lv", context=ASKED, now=NOW)])
@pytest.mark.parametrize("name", HOSTILE)
def test_bad_input_is_decided_about_at_once(name: str, standing: Standing) -> None:
    """Within 50 ms of the processor's time, so that nobody else waits for it."""
    decided("the first reading builds what is shared", standing)
    begun = time.process_time()
    decision = decided(HOSTILE[name], standing)
    assert time.process_time() - begun < 0.05
    check(decision)


SAME = ("kargom nerde", "visa", "when will it arrive", "hi, can I cancel it? and who pays for it?")


def told() -> str:
    """All that is decided about a few messages, to the last digit."""
    return repr([decided(text, Standing(language)) for text in SAME for language in LANGUAGES])


def test_every_process_decides_the_same() -> None:
    """Two workers with the same folder never disagree, whatever their sets are ordered by."""
    printed = [
        subprocess.run(
            [sys.executable, "-c", "from tests.test_any_text import told; print(ascii(told()))"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1] != ""
