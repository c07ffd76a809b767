"""Files read into values one by one: only what changed, and never a worse copy than before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.domain import Article
from bot.knowledge.articles import parse_article
from bot.knowledge.faults import Broken, Fault, Parsed
from bot.knowledge.files import POLICY, TONE, Scan, Stamp, read, shown
from bot.knowledge.follow_ups import FollowUp, parse_follow_up
from bot.knowledge.languages import is_language
from bot.knowledge.phrases import Phrases, parse_phrases
from bot.knowledge.policy import Policy, parse_policy
from bot.knowledge.tone import Tone, parse_tone

Value = Article | Phrases | FollowUp | Policy | Tone


@dataclass(frozen=True)
class Source:
    """One file: what is served of it (the last good reading, else what could be read), the digest
    of the content that came from, and what is wrong with the file as it stands now."""

    stamp: Stamp
    parsed: Parsed[Value]
    digest: str
    faults: tuple[Fault, ...] = ()


def read_sources(folder: Path, look: Scan, previous: Mapping[str, Source]) -> dict[str, Source]:
    """The sources of a scan by file name. Files with an unchanged stamp are taken over from
    `previous`, as are good copies of files now broken or out of reach; deleted files are gone."""
    sources: dict[str, Source] = {}
    for name, stamp in look.files.items():
        old = previous.get(name)
        if old and old.stamp == stamp:
            sources[name] = old
        elif source := _read(folder, name, stamp, old):
            sources[name] = source
    for name, old in previous.items():
        if name not in look.files and look.hides(name) and _is_good(old):
            # No stamp fits it, so it is read anew as soon as it can be.
            sources[name] = Source((0, 0, 0), old.parsed, old.digest)
    return dict(sorted(sources.items()))


def _read(folder: Path, name: str, stamp: Stamp, old: Source | None) -> Source | None:
    digest = ""
    try:
        content = read(folder, name)
        digest = hashlib.sha256(content).hexdigest()
        new = _parse(content, name, shown(folder, name))
    except FileNotFoundError:
        return None  # deleted since the scan
    except Broken as broken:
        new = Parsed(None, (broken.fault,))
    if new.has_errors and old and _is_good(old):
        return Source(stamp, old.parsed, old.digest, new.faults)
    return Source(stamp, new, digest, new.faults)


def _is_good(source: Source) -> bool:
    return source.parsed.value is not None and not source.parsed.has_errors


def _parse(content: bytes, name: str, path: str) -> Parsed[Value]:
    parts = PurePosixPath(name).parts
    if name == POLICY:
        return parse_policy(content, path)
    if name == TONE:
        return parse_tone(content, path)
    if parts[0] == "articles" and len(parts) > 2:
        return parse_article(content, path, _language(parts[1], path))
    if parts[0] == "phrases" and len(parts) == 2:
        return parse_phrases(content, path, _language(PurePosixPath(name).stem, path))
    if parts[0] == "follow_ups" and len(parts) == 2:
        return parse_follow_up(content, path)
    do = "move it into the folder of its language, as in articles/en/"
    if parts[0] != "articles":
        do = f"move it to {parts[0]}/"
    raise Broken(Fault(path, None, "files in this place are not read", do))


def _language(code: str, path: str) -> str:
    if is_language(code):
        return code
    do = "use a language code such as en, lv or pt-BR"
    raise Broken(Fault(path, None, f'"{code}" is no language', do))
