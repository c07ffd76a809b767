"""A small knowledge base of its own for these tests: every answer and every phrase is marked."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import KNOWLEDGE_BASE
from tests.faults.cast import THINGS, answer_mark

# Said once to each customer who needs a person, in this order.
STORY = ("handing", "joined", "settled")
_PHRASES = {
    "handing_over": "mark-handing{, name}",
    "agent_joined": "mark-joined {agent}",
    "ticket_resolved": "mark-settled {agent}",
    "csat_question": "mark-poll{ from agent}",
}


def write(folder: Path, burst: str = "0s") -> Path:
    """Write it below `folder`, and return its place. Unless there is a time for bursts, every
    message is a turn of its own: what follows a request for a person is relayed, and not read off
    its card."""
    base = folder / "knowledge_base"
    (base / "articles" / "en").mkdir(parents=True)  # and `folder`, where it is new
    (base / "phrases").mkdir()
    for place, thing in enumerate(THINGS):
        mark = answer_mark(place)
        title = f"title: How do I look after my {thing}?"
        text = f"---\n{title}\n---\n{mark}: keep the {thing} dry.\n"
        (base / "articles" / "en" / f"{thing}.md").write_text(text)
    words = (KNOWLEDGE_BASE / "phrases" / "en.yaml").read_text()
    for key, text in _PHRASES.items():
        words, count = re.subn(rf"(?m)^(  {key}): .*$", rf'\1: "{text}"', words)
        assert count == 1, f"the phrase {key} is gone: these tests must be changed"
    (base / "phrases" / "en.yaml").write_text(words)
    (base / "policy.yaml").write_text(
        f"burst: {burst}\n"
        "desk:\n  hold: 1s\n"
        'rating:\n  ask_after: 0m\nfollow_up_hours:\n  from: "00:00"\n  to: "23:59"\n'
    )
    return base
