"""Notice that the folder has changed, by looking: that works on Docker's mounts and on NFS too."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

from bot.knowledge.files import Scan, Stamp, scan

log = structlog.get_logger(__name__)

SETTLE = 0.2  # of an interval: how long files must hold still before they are read
PATIENCE = 10  # times; a file that never holds still must not hold up the others


async def watch(
    folder: Path,
    on_change: Callable[[], Awaitable[None]],
    interval: float = 1.0,
    stop: asyncio.Event | None = None,
    seen: Mapping[str, Stamp] | None = None,
) -> None:
    """Call `on_change` once for each set of changes, at most 1.2 intervals (and a look) after it.

    Runs until cancelled or until `stop` is set. `seen` is what the caller has read already
    (`KnowledgeBase.seen`); without it, what is there when the watch begins. `on_change` failing is
    logged and the watch goes on: the next change may be the repair. `interval` in seconds."""
    stop = stop or asyncio.Event()
    known = await _look(folder)
    if seen is not None and seen != known.files:
        known = Scan(seen)
    while not stop.is_set():
        look = await _look(folder)
        if look != known:
            known = await _settled(folder, look, interval * SETTLE, stop)
            await _report(folder, on_change)
        await _pause(interval, stop)


async def _settled(folder: Path, look: Scan, pause: float, stop: asyncio.Event) -> Scan:
    """Look again until two looks agree, so that no half-written file is read."""
    for _ in range(PATIENCE):
        await _pause(pause, stop)
        before, look = look, await _look(folder)
        if look == before:
            break
    return look


async def _report(folder: Path, on_change: Callable[[], Awaitable[None]]) -> None:
    try:
        await on_change()
    except Exception:
        log.exception("knowledge_base_reload_failed", folder=str(folder))


async def _look(folder: Path) -> Scan:
    return await asyncio.to_thread(scan, folder)


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
