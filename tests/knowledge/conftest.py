from __future__ import annotations

from pathlib import Path

import pytest

from .folder import WORDS, Folder


@pytest.fixture
def shop(tmp_path: Path) -> Folder:
    """A folder with one good article and a few words."""
    folder = Folder(tmp_path / "shop")
    folder.article("returns")
    folder.write("phrases/en.yaml", WORDS)
    return folder
