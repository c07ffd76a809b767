"""Every conversation in this folder, played through the whole app. See README.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.mind import Mind
from bot.playground.slack.manifest import read_manifest
from bot.stage import MovableClock, build_stage, servers
from tests.conftest import KNOWLEDGE_BASE, ROOT, shipped_mind, with_burst, with_hold
from tests.dialogues.dialogue import parse
from tests.dialogues.player import Player
from tests.dialogues.steps import Dialogue

FOLDER = Path(__file__).parent
FILES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
RIGA = ZoneInfo("Europe/Riga")
BURST = HOLD = timedelta(seconds=20)
MANIFEST = read_manifest(ROOT / "docs" / "slack-app-manifest.yaml")
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=RIGA)  # when every dialogue begins
LANGUAGE = "en"


@pytest.fixture(scope="session")
def mind() -> Mind:
    """The shipped knowledge base and its index, built once: no dialogue changes them. Customers
    are given longer to finish than any machine takes to deliver what they say at once, and agents
    to change a reply; the player lets that time pass."""
    mind = shipped_mind(MONDAY_NOON.date())
    return replace(mind, kb=with_hold(with_burst(mind.kb, BURST), HOLD))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def dialogue(request: pytest.FixtureRequest) -> Dialogue:
    """Each of the conversations."""
    file: Path = request.param
    return parse(file.read_text(encoding="utf-8"), f"tests/dialogues/{file.name}")


async def test_dialogue(dialogue: Dialogue, mind: Mind, sqlite_url: str) -> None:
    """The conversation goes as it is written, and nothing else is seen by anybody."""
    clock = MovableClock(ahead=MONDAY_NOON - datetime.now(UTC))
    async with servers(clock, MANIFEST) as (telegram, slack):
        stage = build_stage(telegram, slack, sqlite_url, KNOWLEDGE_BASE, LANGUAGE, RIGA, clock)
        stage.app.mind = mind
        for channel in stage.app.channels:
            channel.pace = channel.rate = 0.0  # the platforms' limits have tests of their own
        await stage.start()
        try:
            await slack.wait_for(lambda: slack.sockets.count, timeout=30)
            await telegram.polled(timeout=30)
            await Player(stage).play(dialogue)
        finally:
            await stage.end()


def test_there_are_many_dialogues() -> None:
    """The folder is the acceptance suite; an empty one would pass in silence."""
    assert len(FILES) >= 30
