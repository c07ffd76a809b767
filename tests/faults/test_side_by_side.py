"""A few stories of each kind, all at the same time: they mostly wait for each other's clocks.

Every kind has many more seeds in the file that is named after it: `make test-long`. One story
alone: `pytest tests/faults/test_side_by_side.py -k "kill 3"`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.faults import harm
from tests.faults.conftest import databases
from tests.faults.test_database_away import on_postgres, on_sqlite
from tests.faults.test_duplicates_and_limits import KINDS, troubled
from tests.faults.test_kill import killed
from tests.faults.test_two_processes import one_of_two

Story = Callable[[Path, str], Coroutine[Any, Any, None]]  # a folder, and a PostgreSQL database


def _killed(seed: int) -> Story:
    return lambda folder, _: killed(seed, f"sqlite:///{folder}.db", folder)


def _troubled(seed: int, *harms: harm.Harm) -> Story:
    return lambda folder, _: troubled(seed, folder, *harms)


STORIES: Mapping[str, Story] = {
    **{f"kill {seed}": _killed(seed) for seed in range(1, 4)},
    **{kind: _troubled(seed, *harms) for seed, (kind, harms) in enumerate(KINDS.items(), 5)},
    "database away, sqlite": lambda folder, _: on_sqlite(10, folder),
    "database away, postgres": lambda folder, url: on_postgres(11, url, folder),
    "one of two comes back": lambda folder, url: one_of_two(12, url, folder, kills=1),
    "one of two is gone": lambda folder, url: one_of_two(13, url, folder, kills=1, again=False),
}


@pytest.fixture(scope="module")
def ends(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: str,
    postgres_template: str,
) -> Mapping[str, BaseException | None]:
    """How each story that is asked for has ended."""
    here = [item for item in request.session.items if item.path == request.path]
    names = [name for name in STORIES if any(f"[{name}]" in item.name for item in here)]
    folder = tmp_path_factory.mktemp("faults")

    async def all_of_them(urls: list[str]) -> list[BaseException | None]:
        places = [(folder / str(number), url) for number, url in enumerate(urls)]
        stories = [STORIES[name](*place) for name, place in zip(names, places, strict=True)]
        return await asyncio.gather(*stories, return_exceptions=True)

    with databases(postgres_server, postgres_template, len(names)) as urls:
        return dict(zip(names, asyncio.run(all_of_them(urls)), strict=True))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", STORIES)
def test_nothing_is_lost(name: str, ends: Mapping[str, BaseException | None]) -> None:
    """0 lost, 0 crossed, 0 out of order; repeated only where the database says so."""
    end = ends[name]
    if end is not None:
        raise end
