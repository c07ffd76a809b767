"""A knowledge base being written by an admin, in a temporary folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.knowledge.base import KnowledgeBase, load
from bot.knowledge.check import check

TODAY = date(2026, 11, 22)
WORDS = 'say:\n  greeting: "Hello{, name}!"\n'


@dataclass(frozen=True)
class Folder:
    path: Path

    def write(self, name: str, content: str | bytes) -> Path:
        """Save a file. Its time is moved on, as a minute at the keyboard would."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.stat().st_mtime if file.exists() else 1_000_000_000
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(file, (before + 60, before + 60))
        return file

    def article(
        self, name: str, head: str = "", body: str = "Within **30 days**.", language: str = "en"
    ) -> Path:
        """Save an article with the lines of `head` besides its title and a question."""
        text = (
            f"---\ntitle: About {name}\nquestions:\n  - tell me about {name}\n{head}\n---\n{body}\n"
        )
        return self.write(f"articles/{language}/{name}.md", text)

    def load(self, previous: KnowledgeBase | None = None, today: date = TODAY) -> KnowledgeBase:
        return load(self.path, "en", today, previous)

    def faults(self, previous: KnowledgeBase | None = None) -> list[str]:
        """What is said about the files as they are read."""
        return [str(fault) for fault in self.load(previous).faults]

    def checked(self, level: str | None = None) -> list[str]:
        """What `check` says: errors and warnings, or only what is of a level. Left out is that this
        small folder does not have all phrases."""
        return [
            str(fault)
            for fault in check(self.load())
            if (fault.level != "note" if level is None else fault.level == level)
            and not (fault.what.startswith("the phrase") and "is missing" in fault.what)
            and fault.path != "shop/policy.yaml"
        ]
