"""Statements that are read so often that compiling and wrapping them at each reading would show."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from threading import get_native_id
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, CursorResult, Dialect, Engine, Executable, Text, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_KEPT: WeakKeyDictionary[Engine, Kept] = WeakKeyDictionary()
_NUMBERS = itertools.count()


class Prepared:
    """A statement compiled once for each kind of database.

    Values and rows are the driver's own: cast in the statement what drivers give differently.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[type[Dialect], tuple[str, list[str] | None]] = {}

    def rows(self, engine: Engine, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Read all rows; raises what SQLAlchemy would raise."""
        sql, names = self._for(engine.dialect)
        return _fetch(engine, sql, _arrange(values, names))

    def run(self, connection: Connection, values: dict[str, Any]) -> CursorResult[Any]:
        """Run it in a transaction."""
        sql, names = self._for(connection.dialect)
        return connection.exec_driver_sql(sql, _arrange(values, names))

    def run_many(self, connection: Connection, values: Iterable[dict[str, Any]]) -> None:
        """Run it in a transaction for each of several sets of values, as one statement."""
        sql, names = self._for(connection.dialect)
        connection.exec_driver_sql(sql, [_arrange(each, names) for each in values])

    def _for(self, dialect: Dialect) -> tuple[str, list[str] | None]:
        kind = type(dialect)
        if kind not in self._compiled:
            self._compiled[kind] = self._compile(dialect)
        return self._compiled[kind]

    def _compile(self, dialect: Dialect) -> tuple[str, list[str] | None]:
        compiled = self._statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        return str(compiled), compiled.positiontup


def _arrange(values: dict[str, Any], names: list[str] | None) -> Any:
    """Give the values as the driver wants them: by name, or in the order of their places."""
    return values if names is None else tuple([values[name] for name in names])


class json_rows(FunctionElement[str]):
    """All rows as one JSON array of arrays: one text is read sooner than hundreds of cells.

    In which order is the database's affair. A truth value may come as 0 or 1.
    """

    inherit_cache = True
    type = Text()


@compiles(json_rows, "sqlite")
def _sqlite_json_rows(element: json_rows, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **options)}))"


@compiles(json_rows, "postgresql")
def _postgresql_json_rows(element: json_rows, compiler: SQLCompiler, **options: Any) -> str:
    cells = compiler.process(element.clauses, **options)
    return f"coalesce(json_agg(json_build_array({cells})), '[]')::text"


class json_texts(FunctionElement[str]):
    """A list of texts, given as JSON: it has one place in a statement, however many there are."""

    inherit_cache = True


@compiles(json_texts, "sqlite")
def _sqlite_json_texts(element: json_texts, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"


@compiles(json_texts, "postgresql")
def _postgresql_json_texts(element: json_texts, compiler: SQLCompiler, **options: Any) -> str:
    given = compiler.process(element.clauses, **options)
    return f"(SELECT json_array_elements_text(CAST({given} AS json)))"


class json_pairs(FunctionElement[str]):
    """A list of pairs of texts, given as JSON."""

    inherit_cache = True


@compiles(json_pairs, "sqlite")
def _sqlite_json_pairs(element: json_pairs, compiler: SQLCompiler, **options: Any) -> str:
    given = compiler.process(element.clauses, **options)
    return (
        f"(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each({given}))"
    )


@compiles(json_pairs, "postgresql")
def _postgresql_json_pairs(element: json_pairs, compiler: SQLCompiler, **options: Any) -> str:
    given = compiler.process(element.clauses, **options)
    return f"(SELECT pair ->> 0, pair ->> 1 FROM json_array_elements(CAST({given} AS json)) pair)"


def _fetch(engine: Engine, sql: str, values: Any) -> list[tuple[Any, ...]]:
    fault = engine.dialect.loaded_dbapi.Error
    cursor = kept(engine).connection.cursor()
    try:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
    except fault as error:
        release(engine)
        raise DBAPIError.instance(sql, values, error, fault, dialect=engine.dialect) from error
    finally:
        cursor.close()


class Kept(NamedTuple):
    """A connection that is kept open; no other one ever has the same number."""

    number: int
    connection: Any
    thread: int


def kept(engine: Engine) -> Kept:
    """Give the driver's connection that is kept for short readings on the loop.

    A pool hands out and takes back, and ends a transaction that there is not; that costs as much as
    a short reading. Nobody waits while it is in use, so one is enough. Other threads take another.
    """
    found = _KEPT.get(engine)
    if found is None:
        connection = engine.raw_connection()
        connection.detach()
        found = _KEPT[engine] = Kept(next(_NUMBERS), connection.dbapi_connection, get_native_id())
        event.listen(engine, "engine_disposed", release, once=True)
    assert found.thread == get_native_id(), "this connection is the loop's"
    return found


def release(engine: Engine) -> None:
    """Close the connection that is kept."""
    found = _KEPT.pop(engine, None)
    if found is not None:
        found.connection.close()
