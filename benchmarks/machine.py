"""What the machine gives: how busy it is, how fast it counts, what processes have used of it.

Processes are read from /proc, so those figures exist on Linux only and are None elsewhere."""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
_ANCHOR_LOOPS = 5_000_000


def anchor() -> float:
    """Seconds of CPU for a loop that never changes: what makes runs on two machines comparable."""
    started = time.process_time()
    count = 0
    for number in range(_ANCHOR_LOOPS):
        count += number & 1
    return time.process_time() - started


def load() -> str:
    """The load average over 1, 5 and 15 minutes, and on how many cores."""
    averages = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return f"{averages} on {os.cpu_count()} cores"


def cpu_of(pid: int) -> float | None:
    """Seconds of CPU that a process has used so far."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else None


def cpu_of_tree(pid: int) -> float | None:
    """The same with its children, those that have ended included."""
    fields = _stat(pid)
    if not fields:
        return None
    own = sum(int(value) for value in fields[11:15]) / _TICKS
    return own + sum(cpu_of_tree(child) or 0.0 for child in _children(pid))


def memory_of(pid: int) -> float | None:
    """Resident memory of a process in MiB."""
    try:
        pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _stat(pid: int) -> list[str]:
    """What /proc/<pid>/stat says from the state on: the name before it may hold anything."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in (_PROC / f"{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
