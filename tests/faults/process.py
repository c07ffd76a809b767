"""`frontdesk run` as a real process, started like in production: the environment, nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import ROOT

COMMAND = (sys.executable, "-m", "bot.cli", "run")


class Frontdesk:
    """One process, its log, and its deaths."""

    def __init__(self, folder: Path, environment: Mapping[str, str], name: str = "frontdesk"):
        self.kills = 0
        self.is_missed = True  # it is to be there in the end
        self.log = folder / f"{name}.log"
        self._folder = folder
        self._environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
        self._process: asyncio.subprocess.Process | None = None
        self._is_struck = False

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it; it is not ready yet when this returns."""
        assert not self.is_running
        self._is_struck = False
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *COMMAND, cwd=self._folder, env=self._environment, stderr=log, stdout=log
            )

    def kill_now(self) -> None:
        """`kill -9`, this instant: also from within what a stand-in is just doing."""
        if self._process is not None and self._process.returncode is None:
            self.kills += not self._is_struck
            self._is_struck = True
            # Not through the transport, which would only do it in the loop's next turn.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def kill(self) -> None:
        """`kill -9`, and wait until it is gone."""
        self.kill_now()
        await self.gone()

    async def gone(self) -> None:
        """Wait until it is dead."""
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> int:
        """SIGTERM, as a supervisor does it; returns the exit code."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.terminate()
        return await self._process.wait()

    def tail(self, lines: int = 15) -> str:
        """The end of its log, for messages."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
