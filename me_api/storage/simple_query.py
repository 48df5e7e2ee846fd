"""Statements that are sent to PostgreSQL in one message each, by its protocol's simple query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.generators import execute


class UndividedCursor(psycopg.ClientCursor[Any]):
    """A cursor that sends each statement with its values in one message (a simple query).

    If the process is stopped while it sends, the server has all of a statement or runs none of it.
    """

    # Otherwise a statement is several messages, and the last of them commits: a server that has
    # received all but that one holds its locks, and no timeout of PostgreSQL ends that. The
    # driver's `executemany` is a pipeline of such messages.
    def executemany(
        self, query: Any, params_seq: Iterable[Any], *, returning: bool = False
    ) -> None:
        """Run the query once for each set of values, one after the other."""
        for values in params_seq:
            self.execute(query, values)


def run_within(connection: psycopg.Connection[Any], statements: str, seconds: float) -> list[Any]:
    """Run statements on a connection; return a result of libpq for each.

    Raises `psycopg.OperationalError` if they fail, or have not ended in time; the server may still
    be running them then.
    """
    connection.pgconn.send_query(statements.encode())
    results: list[Any] = connection.wait(execute(connection.pgconn), timeout=seconds)
    for result in results:
        if result.status not in (psycopg.pq.ExecStatus.COMMAND_OK, psycopg.pq.ExecStatus.TUPLES_OK):
            raise psycopg.OperationalError(result.get_error_message())
    return results
