"""Statements that are read so often that compiling and wrapping them at each reading would show."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Engine, Executable, Text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Prepared:
    """A statement compiled once for each kind of database.

    Its rows are the driver's own tuples: cast in the statement what drivers give differently.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[type[Dialect], tuple[str, list[str] | None]] = {}

    def rows(self, engine: Engine, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Read all rows; raises what SQLAlchemy would raise."""
        kind = type(engine.dialect)
        if kind not in self._compiled:
            self._compiled[kind] = self._compile(engine.dialect)
        sql, names = self._compiled[kind]
        return _fetch(engine, sql, values if names is None else [values[name] for name in names])

    def _compile(self, dialect: Dialect) -> tuple[str, list[str] | None]:
        compiled = self._statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        return str(compiled), compiled.positiontup


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


def _fetch(engine: Engine, sql: str, values: Any) -> list[tuple[Any, ...]]:
    connection = engine.raw_connection()
    fault = engine.dialect.loaded_dbapi.Error
    try:
        cursor = connection.cursor()
        cursor.execute(sql, values)
        return list(cursor.fetchall())
    except fault as error:
        connection.invalidate(error)
        raise DBAPIError.instance(sql, values, error, fault, dialect=engine.dialect) from error
    finally:
        connection.close()
