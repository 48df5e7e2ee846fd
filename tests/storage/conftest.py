"""A database in use, without a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "data.sqlite")
    made.write()
    yield made
    made.writer.close()
