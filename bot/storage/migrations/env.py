"""Alembic's entry: runs the migrations on the connection that `bot.storage.upgrade` hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from bot.storage import tables


def _render(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    # Migrations must not change when our classes or the library's do: they name plain types.
    if kind == "type" and isinstance(value, tables.UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(value, AutoString):
        return "sa.String()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_item=_render,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
