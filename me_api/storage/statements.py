"""Statements that are read so often that compiling and wrapping them at each reading would show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Engine, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from me_api.storage.loop_connection import close_loop_connection, loop_connection


class CompiledStatement:
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


def _fetch(engine: Engine, sql: str, values: Any) -> list[tuple[Any, ...]]:
    fault = engine.dialect.loaded_dbapi.Error
    cursor = loop_connection(engine).connection.cursor()
    try:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
    except fault as error:
        close_loop_connection(engine)
        raise DBAPIError.instance(sql, values, error, fault, dialect=engine.dialect) from error
    finally:
        cursor.close()
