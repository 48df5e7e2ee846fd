"""Runs the server with the two counters of docs/contributing.md, as they stand there."""

import re
import sqlite3
import sys
from pathlib import Path
from types import ModuleType

from sqlalchemy.schema import CreateTable

import app
import me_api
from me_api import run
from me_api.extensions import db

PAGE = Path(__file__).resolve().parents[2] / "docs" / "contributing.md"
prepare_database = run.prepare_database


def load(name: str, program: str) -> ModuleType:
    """Return a program as a module."""
    module = sys.modules[name] = ModuleType(name)
    exec(compile(program, name, "exec"), vars(module))
    return module


def prepare_with_counter() -> None:
    """Prepare the database, and create the table that a migration would."""
    prepare_database()
    statement = str(CreateTable(durable.CounterRow.__table__, if_not_exists=True))
    with sqlite3.connect(str(db.engine.url.database)) as connection:
        connection.execute(statement)
    connection.close()


stock, durable = (
    load(f"counter_{number}", program)
    for number, program in enumerate(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S))
)
me_api.FEATURES += (stock, durable)
me_api.FEEDS += (durable.CounterFeed,)
run.prepare_database = prepare_with_counter
app.main()
