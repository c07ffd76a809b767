"""Find and read the folder's files without being led out of it, or astray by what lies in it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.knowledge.faults import Broken, Fault

MAX_BYTES = 256 * 1024
SUFFIXES = {"articles": ".md", "phrases": ".yaml", "follow_ups": ".md"}
POLICY = "policy.yaml"
TONE = "tone.yaml"

# Time of writing, time of change and size. The change time catches what `cp -p` and `rsync -a`
# leave as it was; on the rare file system without one it costs nothing.
Stamp = tuple[int, int, int]

_DROPPING = re.compile(
    r"^[.#]|~$|\.(swp|swo|swx|tmp|bak|orig|part|crdownload)$|^README(\..*)?$", re.IGNORECASE
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Scan:
    """One look at the folder. Names are relative to it, with slashes: `articles/en/returns.md`.

    `faults` are of the files and folders that are there but not to be read."""

    files: Mapping[str, Stamp]
    faults: Mapping[str, Fault] = field(default_factory=dict)

    def hides(self, name: str) -> bool:
        """Whether a file is missing from `files` only because it or a folder around it is at
        fault."""
        return any(name == bad or name.startswith(f"{bad}/") for bad in self.faults)


def shown(folder: Path, name: str) -> str:
    """How a file is called in front of people: `knowledge_base/articles/en/returns.md`."""
    return f"{Path(os.path.realpath(folder)).name}/{name}"


def scan(folder: Path) -> Scan:
    """Stat every file that may matter; files that vanish meanwhile are simply not there.

    Editors' droppings, hidden files and READMEs are passed over; links that lead out of the folder,
    links to folders and files that nothing would read become faults."""
    files: dict[str, Stamp] = {}
    faults: dict[str, Fault] = {}
    for name in _candidates(folder, faults):
        try:
            files[name] = _stamp(folder, name)
        except FileNotFoundError:
            continue
        except Broken as broken:
            faults[name] = broken.fault
    return Scan(dict(sorted(files.items())), faults)


def read(folder: Path, name: str) -> bytes:
    """The file's bytes. Raises FileNotFoundError if it has gone, Broken if it must not or cannot be
    read (too large, a link out of the folder, no permission)."""
    *_, size = _stamp(folder, name)
    content = b""
    try:
        if size <= MAX_BYTES:
            with (folder / name).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _unreadable(folder, name, error) from error
    if max(size, len(content)) > MAX_BYTES:
        do = "split it, or move what is not an answer elsewhere"
        raise _refused(folder, name, f"the file is larger than {MAX_BYTES // 1024} KiB", do)
    return content


def decode(content: bytes, path: str) -> str:
    """Text with plain newlines, without a byte order mark. Raises Broken if it is not UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fault = Fault(path, line, "the file is not UTF-8 text", "save it with the encoding UTF-8")
        raise Broken(fault) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        what = f"an invisible control character (U+{ord(control[0]):04X}) stands here"
        raise Broken(Fault(path, line, what, "delete it, or type the line anew"))
    return text


def _candidates(folder: Path, faults: dict[str, Fault]) -> Iterator[str]:
    for name in (POLICY, TONE):
        if os.path.lexists(folder / name):
            yield name
    for top, suffix in SUFFIXES.items():
        for name in _walk(folder, top, faults):
            if name.endswith(suffix):
                yield name
            else:
                what = f"files here end in {suffix}, so this one is not read"
                do = f"rename it to end in {suffix}, or move it elsewhere"
                faults[name] = replace(_refused(folder, name, what, do).fault, level="warning")


def _walk(folder: Path, top: str, faults: dict[str, Fault]) -> Iterator[str]:
    """Names of the files below `top`. A stack, not recursion: depth is whatever the disk holds."""
    waiting = [top]
    while waiting:
        here = waiting.pop()
        try:
            _refuse_link_out(folder, here)
            with os.scandir(folder / here) as entries:
                found = [entry for entry in entries if not _DROPPING.search(entry.name)]
        except FileNotFoundError:
            continue
        except OSError as error:
            faults[here] = _unreadable(folder, here, error).fault
            continue
        except Broken as broken:
            faults[here] = broken.fault
            continue
        for entry in found:
            name = f"{here}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            elif entry.is_symlink() and (folder / name).is_dir():
                do = "put the files themselves here"
                faults[name] = _refused(
                    folder, name, "a link to a folder is not followed", do
                ).fault
            else:
                yield name


def _stamp(folder: Path, name: str) -> Stamp:
    """Raises FileNotFoundError, or Broken for what must not be opened."""
    _refuse_link_out(folder, name)
    try:
        status = (folder / name).stat()
    except FileNotFoundError:
        if (folder / name).is_symlink():
            raise _refused(folder, name, "the link leads nowhere", "delete it") from None
        raise
    except OSError as error:
        raise _unreadable(folder, name, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise _refused(folder, name, "this is not an ordinary file", "replace it with one")
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size


def _refuse_link_out(folder: Path, name: str) -> None:
    """Links that stay inside are fine: Kubernetes mounts a ConfigMap as such."""
    if not (folder / name).is_symlink():
        return
    if not Path(os.path.realpath(folder / name)).is_relative_to(os.path.realpath(folder)):
        what = "the link leads out of the knowledge base, so it is not followed"
        raise _refused(folder, name, what, "put what it leads to here itself")


def _refused(folder: Path, name: str, what: str, do: str) -> Broken:
    return Broken(Fault(shown(folder, name), None, what, do))


def _unreadable(folder: Path, name: str, error: OSError) -> Broken:
    what = f"it cannot be read ({error.strerror or type(error).__name__})"
    do = "check its permissions, and that it is no link to itself"
    return _refused(folder, name, what, do)
