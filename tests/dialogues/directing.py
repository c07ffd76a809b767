"""How a stage direction is known: a pattern, and what is to be done."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

Direction = Callable[..., Awaitable[None]]


class Directions(list[tuple[re.Pattern[str], Direction]]):
    """Stage directions by the way they are written; each is given the stage, the cast and what
    its pattern names."""

    def known(self, pattern: str) -> Callable[[Direction], Direction]:
        """Have this done where the whole text in parentheses is that."""

        def register(direction: Direction) -> Direction:
            self.append((re.compile(pattern, re.S), direction))
            return direction

        return register
