"""The knowledge base's folder as a channel: files are written once, whole, never over another."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.folder import FolderChannel
from bot.domain import NotSent, Refused
from bot.knowledge.check_review import check_review
from bot.knowledge.files import scan
from handoff.articles.order import EXISTS, READ_ONLY, Order

ORDER = Order(
    "articles/lv/suns.md", "---\ntitle: Suņi\n---\nJā.\n", "Maria", "vai drīkst suni", "lv"
)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_an_article_is_written_and_its_question_asked(tmp_path: Path) -> None:
    """In a folder that is made for it; the answer is the id of the article that answers now."""
    channel, asked = FolderChannel(tmp_path), []

    async def ask(question: str, language: str) -> str:
        asked.append((question, language))
        return "suns"

    channel.ask = ask
    (item,) = channel.render(ORDER.item())
    assert await channel.send(item) == "suns"
    assert files(tmp_path) == ["articles/lv/suns.md"]
    assert (tmp_path / ORDER.name).read_text("utf-8") == ORDER.text
    assert asked == [("vai drīkst suni", "lv")]


async def test_written_twice_it_is_there_once(tmp_path: Path) -> None:
    """After a doubt it is sent again, which changes nothing."""
    channel = FolderChannel(tmp_path)
    await channel.send(ORDER.item())
    assert await channel.find(ORDER.item(), datetime.now(UTC)) == ""
    await channel.send(ORDER.item())
    assert files(tmp_path) == ["articles/lv/suns.md"]


async def test_no_other_file_is_written_over(tmp_path: Path) -> None:
    """What somebody has written there stays, and nothing is left beside it."""
    place = tmp_path / ORDER.name
    place.parent.mkdir(parents=True)
    place.write_text("mine", "utf-8")
    with pytest.raises(Refused, match=EXISTS):
        await FolderChannel(tmp_path).send(ORDER.item())
    assert place.read_text("utf-8") == "mine" and files(tmp_path) == [ORDER.name]


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
async def test_a_folder_that_is_read_only_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Trying again would not help; somebody has to allow it."""

    def refuse(self: Path, *args: Any, **kwargs: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(Refused, match=READ_ONLY):
        await FolderChannel(tmp_path).send(ORDER.item())


async def test_what_may_pass_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, say; half a file is never there."""

    def full(self: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(NotSent, match="No space"):
        await FolderChannel(tmp_path).send(ORDER.item())
    assert files(tmp_path) == []


async def test_a_file_system_without_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There it is looked before it is renamed."""

    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    channel = FolderChannel(tmp_path)
    await channel.send(ORDER.item())
    assert files(tmp_path) == [ORDER.name]
    other = Order(ORDER.name, "another", "Maria")
    with pytest.raises(Refused, match=EXISTS):
        await channel.send(other.item())


async def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    """Nothing is written where the knowledge base does not reach."""
    outside = tmp_path / "outside"
    outside.mkdir()
    inside = tmp_path / "kb" / "articles"
    inside.mkdir(parents=True)
    (inside / "lv").symlink_to(outside)
    with pytest.raises(Refused, match=READ_ONLY):
        await FolderChannel(tmp_path / "kb").send(ORDER.item())
    assert list(outside.iterdir()) == []


async def test_what_is_for_review_is_named_by_the_check_and_never_read(tmp_path: Path) -> None:
    """Nobody is answered with it, and it does not make the bot read its folder again."""
    await FolderChannel(tmp_path).send(Order("review/lv/suns.md", ORDER.text, "Maria").item())
    assert dict(scan(tmp_path).files) == {}
    (fault,) = check_review(tmp_path)
    assert (fault.level, fault.path) == ("note", f"{tmp_path.name}/review/lv/suns.md")
    assert "articles/lv/" in fault.what_to_do and check_review(tmp_path / "articles") == []
