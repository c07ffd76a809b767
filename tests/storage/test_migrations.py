"""The tables' way from one version to the next, with rows in them."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text
from sqlmodel import Session, select

from bot.storage.database import Database
from bot.storage.tables import Complaint, FollowUpItem, Message, Ticket
from bot.storage.upgrade import FOLDER, current, upgrade
from tests.handoff.complaint_stage import IVO, Stage


def downgrade(database: Database, to: str) -> None:
    with database.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.attributes["connection"] = connection
        command.downgrade(config, to)


def test_back_to_the_first_tables_and_on_again(database: Database) -> None:
    """What was said and who has it stays; what the first version has no place for is gone, and is
    not sent by it as something else."""
    stage = Stage(database)
    stage.complains()
    stage.claims(IVO)
    downgrade(database, "0001")
    with database.engine.connect() as connection:
        assert current(connection) == "0001"
        assert not inspect(connection).has_table("complaints")
        said = connection.execute(text("SELECT text FROM messages ORDER BY id")).scalar()
        assert said == "The tent is torn, and this is the second time."
        assert connection.execute(text("SELECT claimed_by FROM tickets")).scalar() == IVO.user_id
        assert connection.execute(text("SELECT count(*) FROM follow_ups")).scalar() == 0
    assert upgrade(database)[0] == "0001"
    with Session(database.engine) as session:
        assert session.exec(select(Ticket)).one().urgency == 0
        assert session.exec(select(Message)).first().mood is None  # type: ignore[union-attr]
        assert session.exec(select(Complaint)).all() == []
        assert session.exec(select(FollowUpItem)).all() == []


def test_the_first_tables_can_be_taken_away(database: Database) -> None:
    """An empty database is left, with rows in it or without."""
    Stage(database).complains()
    downgrade(database, "base")
    with database.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
