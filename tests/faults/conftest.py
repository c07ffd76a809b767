"""Several databases at once, for worlds that run side by side."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.conftest import copy_database

_numbers = itertools.count()


@contextlib.contextmanager
def databases(server: str, template: str, count: int) -> Iterator[list[str]]:
    """New PostgreSQL databases with the tables."""
    names = [f"faults_{os.getpid()}_{next(_numbers)}" for _ in range(count)]
    with psycopg.connect(server, autocommit=True) as connection:
        for name in names:
            copy_database(connection, template, name)
        url = make_url(server).set(drivername="postgresql+psycopg")
        yield [url.set(database=name).render_as_string(hide_password=False) for name in names]
        for name in names:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_urls(postgres_server: str, postgres_template: str) -> Iterator[list[str]]:
    """Four of them."""
    with databases(postgres_server, postgres_template, 4) as urls:
        yield urls
