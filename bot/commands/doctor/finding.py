"""What `frontdesk doctor` finds, and the guard under which it looks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

_MARKS = {True: "ok  ", False: "FAIL", None: "note"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `ok` is None for a remark, and for what could not be looked at."""

    what: str
    ok: bool | None
    detail: str
    do: str = ""

    def __str__(self) -> str:
        words = f"{self.what}: {self.detail}"
        words = f"{words.removesuffix('.')}. {self.do}" if self.do else words
        return f"{_MARKS[self.ok]}  {' '.join(words.split())}"


Check = Callable[[], Awaitable[list[Finding]]]


async def guarded(what: str, do: str, check: Check, seconds: float) -> list[Finding]:
    """What `check` finds. Whatever goes wrong with it is a finding, too, so that one failure does
    not hide the others; an error's own words are left out, for they may quote a token."""
    try:
        async with asyncio.timeout(seconds):
            return await check()
    except TimeoutError:
        return [Finding(what, False, f"no answer within {seconds:g} s", do)]
    except Exception as error:
        return [Finding(what, False, f"could not be checked ({type(error).__name__})", do)]
