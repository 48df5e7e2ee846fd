"""Statements that are read so often that compiling and wrapping them at each reading would show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Engine, Executable, Text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


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
