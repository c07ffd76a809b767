"""Promises on a page and as JSON: what is open, and how many each agent has kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import inspect

from bot.storage.database import Database, DatabaseError, unlimited
from bot.storage.upgrade import current, newest
from handoff.promises.figures import Made, by_agent, promises

STATES = ("kept", "broken", "open", "overdue", "withdrawn")
NAME = 24  # characters of a name on the page


def read_promises(database_url: str, now: datetime, since: datetime | None = None) -> list[Made]:
    """Every promise made since then; `frontdesk run` may be running beside this. Changes nothing.

    Raises DatabaseError, and bot.storage.database.Unavailable."""
    with closing(Database(database_url)) as database:
        file = database.url.database or ""
        if database.is_sqlite and not Path(file).exists():
            raise DatabaseError(f"DATABASE_URL: there is no database at {file}")
        with database.engine.connect() as connection:
            at, known = current(connection), newest()
            if at != known or not inspect(connection).has_table("promises"):
                raise DatabaseError(
                    f"DATABASE_URL: the database is at version {at}, this program needs {known}; "
                    "run `frontdesk db upgrade`, or install the newer Frontdesk"
                )

        def work(session: Any) -> list[Made]:
            unlimited(session.connection())
            return promises(session, now, since)

        return database.transact(work)


def listed(found: Sequence[Made], all_: bool = False) -> list[Made]:
    """What is still to be kept or decided; with `all_` the rest, too."""
    return [made for made in found if all_ or made.state in {"open", "overdue"}]


def as_json(found: Sequence[Made], now: datetime, all_: bool = False) -> dict[str, Any]:
    """Everything. Times are ISO 8601."""
    return {
        "at": now.isoformat(),
        "promises": [_as_json(made) for made in listed(found, all_)],
        "by_agent": [
            {"agent": agent, **{state: counts[state] for state in STATES}}
            for agent, counts in by_agent(found).items()
        ],
    }


def _as_json(made: Made) -> dict[str, Any]:
    return {
        "id": made.id, "ticket": made.ticket, "state": made.state, "agent": made.agent,
        "customer": made.customer, "what": made.what, "place": made.place or None,
        "starts_at": made.starts_at.isoformat(),
        "ends_at": made.ends_at.isoformat() if made.ends_at else None,
        "made_at": made.made_at.isoformat(),
    }  # fmt: skip


def as_words(found: Sequence[Made], zone: tzinfo, all_: bool = False) -> str:
    """The same for a person."""
    if not found:
        return "There are no promises."
    lines = [line for made in listed(found, all_) for line in _in_words(made, zone)]
    return "\n".join([*(lines or ["Nothing is open."]), "", *_table(found)])


def _in_words(made: Made, zone: tzinfo) -> Iterator[str]:
    begins = f"{made.starts_at.astimezone(zone):%Y-%m-%d %H:%M}"
    when = f"by {begins}"
    if made.ends_at:
        when = f"{begins}–{made.ends_at.astimezone(zone):%H:%M}"
    state = "OVERDUE" if made.state == "overdue" else made.state
    yield f"#{made.ticket}  {state} · {when} · {_shown(made.what)}"
    facts = [_shown(made.agent), f"to {_shown(made.customer) or 'a customer'}", _shown(made.place)]
    yield f"      {' · '.join(filter(None, facts))}"


def _table(found: Sequence[Made]) -> Iterator[str]:
    yield f"{'By agent':<{NAME}}" + "".join(f"{state:>11}" for state in STATES)
    for agent, counts in by_agent(found).items():
        figures = "".join(f"{counts[state]:>11}" for state in STATES)
        yield f"{_shown(agent)[:NAME]:<{NAME}}{figures}"


def _shown(text: str) -> str:
    """Words as they may be printed: what moves a terminal's cursor is left out."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
