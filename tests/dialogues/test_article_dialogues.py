"""Conversations in which the knowledge base grows: each with a small one of its own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.mind import build_mind
from bot.stage import MovableClock, build_stage, servers
from tests.dialogues.dialogue import parse
from tests.dialogues.player import Player
from tests.dialogues.steps import Dialogue
from tests.dialogues.test_dialogues import LANGUAGE, MANIFEST, MONDAY_NOON, RIGA
from tests.small_shop import write_small_shop

FOLDER = Path(__file__).parent / "articles"
FILES = sorted(FOLDER.glob("*.md"))
# As in the other conversations: longer than any machine takes to deliver what is said at once.
PATIENT = {"burst: 2s": "burst: 20s", "  hold: 5s": "  hold: 20s"}


def read(file: Path) -> Dialogue:
    """One of the conversations."""
    return parse(file.read_text("utf-8"), f"tests/dialogues/articles/{file.name}")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_dialogue(file: Path, sqlite_url: str, tmp_path: Path) -> None:
    """The conversation goes as it is written; `publish-…` where articles are served at once."""
    folder = write_small_shop(tmp_path / "knowledge_base")
    policy = (folder / "policy.yaml").read_text("utf-8")
    for before, after in PATIENT.items():
        assert before in policy
        policy = policy.replace(before, after)
    if file.stem.startswith("publish"):
        policy = policy.replace("articles: review", "articles: publish")
    (folder / "policy.yaml").write_text(policy, "utf-8")
    dialogue = read(file)
    clock = MovableClock(ahead=MONDAY_NOON - datetime.now(UTC))
    async with servers(clock, MANIFEST) as (telegram, slack):
        stage = build_stage(telegram, slack, sqlite_url, folder, LANGUAGE, RIGA, clock)
        today = MONDAY_NOON.date()
        stage.app.mind = await asyncio.to_thread(build_mind, folder, LANGUAGE, today)
        for channel in stage.app.channels:
            channel.pace = channel.rate = 0.0
        await stage.start()
        try:
            await slack.wait_for(lambda: slack.sockets.count, timeout=30)
            await telegram.polled(timeout=30)
            await Player(stage).play(dialogue)
        finally:
            await stage.end()
    written = sorted(path.name for path in folder.rglob("dogs*.md"))
    assert written == ["dogs-in-the-store.md"]
