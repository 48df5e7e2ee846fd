"""The reports' part of the log."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection

from me_api.eventlog import Entry
from me_api.reports.models import ReportRow
from me_api.reports.serializer import report, shown

TOPIC = "reports"


class ReportsFeed:
    """Reports by the position of their last change; they are one topic."""

    name = TOPIC

    def changes(
        self, connection: Connection, topic: str | None, after: int, upto: int, limit: int
    ) -> list[Entry]:
        """Read the reports with after < rev <= upto, lowest first."""
        query = _between(shown(), after, upto).order_by(ReportRow.rev).limit(limit)
        return [Entry(row.rev, TOPIC, row.week, report(row)) for row in connection.execute(query)]

    def count(self, connection: Connection, topic: str, after: int, upto: int, limit: int) -> int:
        """Count the reports with after < rev <= upto, but not beyond `limit`."""
        some = _between(select(ReportRow.rev), after, upto).limit(limit).subquery()
        return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _between(query: Select[Any], after: int, upto: int) -> Select[Any]:
    return query.where(ReportRow.rev > after, ReportRow.rev <= upto)
