"""Bring a database to this version's tables."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.storage.database import Database, DatabaseError, unlimited

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_402_118_365  # any number; two processes that start at once upgrade one after the other


def newest() -> str:
    """The newest migration's id. Their files are named NNNN_what.py, so no Alembic is needed."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def current(connection: Connection) -> str | None:
    """The migration that the database is at; None if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(database: Database) -> tuple[str | None, str]:
    """Run what is missing, in one transaction; returns the versions before and after.

    Raises DatabaseError if the database is of a newer Frontdesk than this one."""
    with database.engine.begin() as connection:
        unlimited(connection)
        if not database.is_sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        before, after = current(connection), newest()
        if before is not None and before > after:
            raise DatabaseError(
                f"DATABASE_URL: the database is at version {before}, this program knows {after}; "
                "install the newer Frontdesk again"
            )
        if before != after:
            _run(connection)
    return before, after


def _run(connection: Connection) -> None:
    # Half a second to import, and rarely needed.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
