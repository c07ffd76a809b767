"""What does not need the network: settings, database, knowledge base, time zone."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.commands.doctor.finding import Finding
from bot.commands.kb_check import faults_of
from bot.config import Settings, SettingsError
from bot.knowledge.base import KnowledgeBase, KnowledgeBaseMissing, load
from bot.knowledge.faults import nearest
from bot.storage.database import Database, DatabaseError, Unavailable
from bot.storage.upgrade import current, newest

ALIVE, TABLES, FILE = "database", "database tables", "database file"
KNOWLEDGE = "knowledge base"
MOUNTS = Path("/proc/mounts")
NETWORK_FILES = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "ceph", "glusterfs"}


# --- settings ------------------------------------------------------------------------------------


def unknown_settings(names: list[str]) -> list[Finding]:
    """Names that look like settings and are none: a typing mistake is silent otherwise."""
    known = [field.upper() for field in Settings.model_fields]
    strangers = sorted(
        name
        for name in {name.upper() for name in names}
        if name.startswith(("TELEGRAM_", "SLACK_", "REMEDY_")) and name not in known
    )
    return [
        Finding("settings", None, f"{name} means nothing here", f"{_near(name, known)}.")
        for name in strangers
    ]


def _near(name: str, known: list[str]) -> str:
    do = nearest(name, known)
    return do[:1].upper() + do[1:]


def names_in_use(env_file: Path = Path(".env")) -> list[str]:
    """The names that the environment and `.env` set."""
    lines = env_file.read_text(errors="replace").splitlines() if env_file.is_file() else []
    written = [line.partition("=")[0].strip().removeprefix("export ") for line in lines
               if "=" in line and not line.lstrip().startswith("#")]  # fmt: skip
    return [*os.environ, *written]


# --- the database --------------------------------------------------------------------------------


async def database(settings: Settings) -> list[Finding]:
    """Is it there, may we write, and are its tables those of this version? Creates nothing."""
    try:
        settings.check_database()
    except SettingsError as error:
        return [_wrong_address(error)]
    return await asyncio.to_thread(_database, settings.database_url)


def _database(address: str) -> list[Finding]:
    file = _file_of(address)
    if file is None:
        return _look_into(address)
    found = on_network(file, MOUNTS.read_text() if MOUNTS.exists() else "")
    if file.exists():
        return [*_look_into(address), *found]
    folder = next(parent for parent in file.parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        do = "Let DATABASE_URL name a file in a folder that may be written to."
        return [Finding(FILE, False, f"{folder} may not be written to", do), *found]
    return [Finding(FILE, True, f"{file} will be made at the first start"), *found]


def _file_of(address: str) -> Path | None:
    try:
        url = make_url(address)
    except Exception:
        return None
    is_file = url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}
    return Path(str(url.database)).absolute() if is_file else None


def _look_into(address: str) -> list[Finding]:
    try:
        opened = Database(address)
    except DatabaseError as error:
        return [_wrong_address(error)]
    try:
        with opened.engine.begin() as connection:  # on SQLite this takes the lock for writing
            at = current(connection)
    except Unavailable as error:
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        do = "Check DATABASE_URL, that its server runs, and that the file may be written to."
        return [Finding(ALIVE, False, f"cannot be used: {why}", do)]
    finally:
        opened.close()
    return [Finding(ALIVE, True, "can be reached and written to"), _tables(at, newest())]


def _wrong_address(error: Exception) -> Finding:
    return Finding(ALIVE, False, str(error).removeprefix("DATABASE_URL: "), "Correct DATABASE_URL.")


def _tables(at: str | None, ours: str) -> Finding:
    if at == ours:
        return Finding(TABLES, True, f"up to date ({ours})")
    if at is not None and at > ours:
        do = "Install the newer Frontdesk again; there is no way back."
        return Finding(TABLES, False, f"at {at}, this program knows {ours}", do)
    do = "`frontdesk run` brings them up to date when it starts; so does `frontdesk db upgrade`."
    return Finding(TABLES, None, f"{'none yet' if at is None else f'at {at}'}, {ours} is due", do)


def on_network(file: Path, mounts: str) -> list[Finding]:
    """A remark if `file` lies on a network mount, by the lines of /proc/mounts: SQLite's journal
    is not safe there."""
    kinds = {}
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) > 2:
            kinds[Path(fields[1].replace("\\040", " "))] = fields[2]
    inside = [point for point in kinds if point == file or point in file.parents]
    kind = kinds[max(inside, key=lambda point: len(point.parts))] if inside else ""
    if kind not in NETWORK_FILES and not kind.startswith("fuse.sshfs"):
        return []
    do = "Move it to a disk of this machine, or use PostgreSQL."
    return [Finding(FILE, None, f"{file} lies on a network mount ({kind})", do)]


# --- the knowledge base --------------------------------------------------------------------------


async def knowledge(settings: Settings, now: datetime) -> list[Finding]:
    """Can it be served, is anything wrong in it, and does it speak the default language?"""
    return await asyncio.to_thread(_knowledge, settings, now)


def _knowledge(settings: Settings, now: datetime) -> list[Finding]:
    today = now.astimezone(settings.zone).date()
    try:
        kb = load(settings.knowledge_base, settings.default_language, today)
    except KnowledgeBaseMissing as error:
        do = "Correct KNOWLEDGE_BASE, or run in the folder where knowledge_base/ lies."
        return [Finding(KNOWLEDGE, False, str(error), do)]
    folder = settings.knowledge_base
    return [_served(kb), *_lost_policy(kb), *_speaks(kb), *_may_grow(folder)]


def _may_grow(folder: Path) -> list[Finding]:
    if os.access(folder, os.W_OK):
        return []
    detail = f"{folder} may not be written to, so “Make an article” cannot put anything there"
    return [Finding(KNOWLEDGE, None, detail, "Let the account that runs Frontdesk write to it.")]


def _lost_policy(kb: KnowledgeBase) -> list[Finding]:
    if not kb.has_lost_policy:
        return []
    what = "cannot be used: there would be no supervisors, no words that bring a person, no causes"
    return [Finding("policy", False, what, "Mend policy.yaml; see `frontdesk kb check`.")]


def _served(kb: KnowledgeBase) -> Finding:
    faults = faults_of(kb)
    errors = [fault for fault in faults if fault.level == "error"]
    warnings = [fault for fault in faults if fault.level == "warning"]
    count = f"{len(kb.articles)} articles in {', '.join(kb.languages)}"
    if errors:
        detail = f"{count}; {len(errors)} errors, the first: {errors[0]}"
        return Finding(KNOWLEDGE, False, detail, "See `frontdesk kb check`.")
    if warnings:
        return Finding(KNOWLEDGE, None, f"{count}; {len(warnings)} warnings",
                       "See `frontdesk kb check`.")  # fmt: skip
    return Finding(KNOWLEDGE, True, count)


def _speaks(kb: KnowledgeBase) -> list[Finding]:
    code = kb.default_language
    found = []
    if not kb.articles_in(code):
        do = f"Write articles in articles/{code}/, or set DEFAULT_LANGUAGE to one of those above."
        found.append(Finding("default language", False, f"there is no article in {code!r}", do))
    if code not in kb.phrases:
        do = f"Write phrases/{code}.yaml, or set DEFAULT_LANGUAGE to another language."
        found.append(Finding("default language", False, f"phrases/{code}.yaml is missing", do))
    return found or [Finding("default language", True, f"{code}: articles and phrases are there")]


# --- time ----------------------------------------------------------------------------------------


def time_zone(settings: Settings, now: datetime) -> Finding:
    """Where the shop is: allowed hours of customers whose own zone is unknown follow it."""
    local = f"{settings.timezone}, where it is {now.astimezone(settings.zone):%H:%M} now"
    if "timezone" in settings.model_fields_set:
        return Finding("time zone", True, local)
    return Finding("time zone", None, local, "If the shop is elsewhere: TIMEZONE=Europe/Riga.")
