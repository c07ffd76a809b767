"""The busy desk, in short; `python -m benchmarks.desk_load` has it for ten minutes, measured."""

from __future__ import annotations

from benchmarks.desk_rush import Rush
from tests.conftest import on_stage


async def test_nothing_is_lost_on_a_busy_desk(sqlite_url: str) -> None:
    """More is written than Slack takes in posts: every message stands in its thread once and in
    order, several in a post, and every card has shown the newest."""
    async with on_stage(sqlite_url, paced=True) as stage:
        stage.slack.api.limits.posting = True
        rush = Rush(stage.telegram, stage.slack, stage.desk, tickets=5, rate=8.0)
        await rush.open()
        await rush.write(6)
        await rush.drained()
        assert rush.faults() == []
        assert rush.posts() < len(rush.said)
        assert None not in rush.until_shown()
