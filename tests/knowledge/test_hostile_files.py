"""Files that try to crash, stall or escape: each costs its own article and nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import yaml

from bot.knowledge import files, plain_yaml

from .folder import Folder

ALIAS_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(8)
)
HOSTILE = {
    "alias bomb": (ALIAS_BOMB, ":2: a text begins with * or &"),
    "lists in lists": ("title: " + "[" * 5000, ":2: this is nested too deeply"),
    "mappings in mappings": ("title: " + "{a: " * 5000, ":2: this is nested too deeply"),
    "dashes after dashes": ("- " * 5000, ":2: this is nested too deeply"),
    "deeper and deeper": (
        "".join(f"{' ' * n}a:\n" for n in range(500)),
        ":10: this is nested too deeply",
    ),
    "brackets without end": ("title: " + "[" * 250_000, "nested too deeply"),
    "question marks": ("? " * 5000, "a name must be plain text"),
    "a name without end": ("a" * 200_000 + ": x", "second colon"),
    "a python object": ("title: !!python/object/apply:os.system [ls]", "a text begins with !"),
}


@pytest.mark.parametrize("loader", [plain_yaml._LOADER, yaml.BaseLoader], ids=["c", "pure"])
@pytest.mark.parametrize("name", HOSTILE)
def test_yaml_bombs_fizzle(
    shop: Folder, name: str, loader: type[yaml.BaseLoader], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bomb is refused with its line, at once, by either of PyYAML's parsers."""
    monkeypatch.setattr(plain_yaml, "_LOADER", loader)
    head, words = HOSTILE[name]
    shop.write("articles/en/bomb.md", f"---\n{head}\n---\nBoom.")
    begun = time.process_time()
    faults = shop.faults()
    assert time.process_time() - begun < 2
    assert len(faults) == 1 and words in faults[0], faults[0][:200]


@pytest.mark.parametrize("name", ["articles/en/big.md", "phrases/lv.yaml", "policy.yaml"])
def test_a_huge_file_is_not_even_read(shop: Folder, name: str) -> None:
    """Above 256 KiB a file is refused by its size."""
    with shop.write(name, "").open("wb") as file:
        file.truncate(50_000_000_000)
    assert f"shop/{name}: the file is larger than 256 KiB. Do: split it" in shop.faults()[0]


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"---\ntitle: caf\xe9\n---\nText", 2), ("---\ntitle: x".encode("utf-16"), 1)],
)
def test_another_encoding_is_named_as_such(shop: Folder, content: bytes, line: int) -> None:
    """Latin-1 or UTF-16 are not guessed at."""
    shop.write("articles/en/cafe.md", content)
    assert shop.faults() == [
        f"shop/articles/en/cafe.md:{line}: the file is not UTF-8 text. "
        "Do: save it with the encoding UTF-8."
    ]


def test_links_that_lead_out_or_in_circles_are_not_followed(shop: Folder, tmp_path: Path) -> None:
    """Neither /etc/passwd nor a circle of links is ever read, as a file or as a folder."""
    secret = tmp_path / "secret.md"
    secret.write_text("---\ntitle: Secret\n---\nSecret.")
    here = shop.path / "articles/en"
    (here / "absolute.md").symlink_to(secret)
    (here / "relative.md").symlink_to("../../../secret.md")
    (here / "circle.md").symlink_to("circle.md")
    (here / "nowhere.md").symlink_to("nothing.md")
    (here / "folder").symlink_to(shop.path / "articles")
    (shop.path / "follow_ups").symlink_to(tmp_path)
    kb = shop.load()
    assert list(kb.articles) == [("en", "returns")]
    assert [str(fault).removeprefix("shop/")[:72] for fault in kb.faults] == [
        "articles/en/absolute.md: the link leads out of the knowledge base, so it",
        "articles/en/circle.md: it cannot be read (Too many levels of symbolic li",
        "articles/en/folder: a link to a folder is not followed. Do: put the file",
        "articles/en/nowhere.md: the link leads nowhere. Do: delete it.",
        "articles/en/relative.md: the link leads out of the knowledge base, so it",
        "follow_ups: the link leads out of the knowledge base, so it is not follo",
    ]


def test_links_that_stay_inside_are_read(shop: Folder) -> None:
    """Kubernetes shows a ConfigMap's files as links into a hidden folder beside them."""
    hidden = shop.path / "articles/en/..data"
    hidden.mkdir()
    (shop.path / "articles/en/returns.md").rename(hidden / "returns.md")
    (shop.path / "articles/en/returns.md").symlink_to("..data/returns.md")
    kb = shop.load()
    assert kb.faults == () and kb.article("returns", "en")


def test_a_pipe_does_not_hang_the_reader(shop: Folder) -> None:
    """Opening a named pipe would wait for ever, so only ordinary files are opened."""
    os.mkfifo(shop.path / "articles/en/pipe.md")
    assert "this is not an ordinary file" in shop.faults()[0]


def test_editors_droppings_are_passed_over(shop: Folder) -> None:
    """Backups, swap and lock files, hidden files and READMEs are no articles."""
    for name in ("x.md~", ".x.md", ".#x.md", "#x.md#", ".x.md.swp", "x.md.bak", "README.md"):
        shop.write(f"articles/en/{name}", "not an article")
    kb = shop.load()
    assert kb.faults == () and len(kb.articles) == 1


def test_a_file_with_another_ending_is_pointed_out(shop: Folder) -> None:
    """Nobody waits in vain for notes.txt to be answered from."""
    shop.write("articles/en/notes.txt", "An answer.")
    assert shop.faults() == [
        "shop/articles/en/notes.txt: files here end in .md, so this one is not read. "
        "Do: rename it to end in .md, or move it elsewhere."
    ]


def test_a_file_that_vanishes_between_listing_and_reading_is_just_gone(
    shop: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor that replaces files while they are scanned causes no fault."""
    doomed = [shop.article("one"), shop.article("two")]
    real = files._stamp

    def stamp(folder: Path, name: str) -> files.Stamp:
        if name.endswith("one.md"):
            doomed[0].unlink()
        return real(folder, name)

    monkeypatch.setattr(files, "_stamp", stamp)
    look = files.scan(shop.path)
    doomed[1].unlink()
    with pytest.raises(FileNotFoundError):
        files.read(shop.path, "articles/en/two.md")
    assert "articles/en/one.md" not in look.files and look.faults == {}


def test_pathological_markdown_is_read_in_time(shop: Folder) -> None:
    """Six thousand brackets or stars do not stall the check for links."""
    for n, text in enumerate(["[" * 6000, "*a " * 2000, "![" * 3000, "`" * 5999, "> " * 3000]):
        shop.article(f"odd-{n}", body=text)
    begun = time.perf_counter()
    shop.checked()
    assert time.perf_counter() - begun < 3
