"""Changes are noticed within two seconds, once each, whatever is being done to the folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.watch import watch

from .folder import Folder

INTERVAL = 0.05


class Reloads:
    """Counts the calls, and lets a test wait for the next."""

    def __init__(self, fails: bool = False) -> None:
        self.calls = asyncio.Queue[None]()
        self.fails = fails

    async def __call__(self) -> None:
        self.calls.put_nowait(None)
        if self.fails:
            raise RuntimeError("the reload failed")

    async def next(self, within: float = 2) -> None:
        await asyncio.wait_for(self.calls.get(), within)

    async def none_for(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await self.next(within=seconds)
            return False
        return True


@asynccontextmanager
async def watching(
    shop: Folder, reloads: Reloads, kb: KnowledgeBase, interval: float = INTERVAL
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(watch(shop.path, reloads, interval, stop, kb.seen))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 2)


async def test_each_kind_of_change_is_noticed_once(shop: Folder) -> None:
    """An edit, a new file, a deleted file and a broken link: one call each."""
    reloads = Reloads()
    async with watching(shop, reloads, shop.load()):
        assert await reloads.none_for(4 * INTERVAL)
        shop.article("returns", body="Changed.")
        await reloads.next()
        added = shop.article("added")
        await reloads.next()
        added.unlink()
        await reloads.next()
        added.symlink_to("nowhere")
        await reloads.next()
        assert await reloads.none_for(4 * INTERVAL)


async def test_a_change_is_seen_within_two_seconds_at_the_interval_of_production(
    shop: Folder,
) -> None:
    """The promise to admins, with the default interval of a second."""
    reloads = Reloads()
    async with watching(shop, reloads, shop.load(), interval=1.0):
        await asyncio.sleep(0.05)
        shop.article("returns", body="Changed.")
        await reloads.next(within=2)


async def test_what_changed_before_the_watch_began_is_not_missed(shop: Folder) -> None:
    """Between loading and watching lies a gap; `seen` closes it."""
    kb = shop.load()
    shop.article("returns", body="Changed in the gap.")
    reloads = Reloads()
    async with watching(shop, reloads, kb):
        await reloads.next()


async def test_a_file_being_written_is_left_alone_until_it_holds_still(shop: Folder) -> None:
    """Many saves in a row become few reloads, the last of them after the last save."""
    reloads = Reloads()
    async with watching(shop, reloads, shop.load(), interval=0.2):
        for n in range(20):
            shop.article("returns", body=f"Version {n}.")
            await asyncio.sleep(0.01)
        await reloads.next()
        assert reloads.calls.qsize() <= 1
        assert await reloads.none_for(0.5) or reloads.calls.empty()


async def test_a_failing_reload_is_logged_and_the_watch_goes_on(shop: Folder) -> None:
    """The folder goes away and comes back: both are noticed."""
    reloads = Reloads(fails=True)
    with capture_logs() as logs:
        async with watching(shop, reloads, shop.load()):
            away = shop.path.rename(shop.path.with_name("away"))
            await reloads.next()
            away.rename(shop.path)
            await reloads.next()
    assert [entry["event"] for entry in logs] == ["knowledge_base_reload_failed"] * 2


async def test_cancelling_ends_the_watch(shop: Folder) -> None:
    """Shutting down needs no stop event."""
    task = asyncio.create_task(watch(shop.path, Reloads(), INTERVAL))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
