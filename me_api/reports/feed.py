"""The feed of reports: their part of the event log."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection

from me_api.eventlog import Entry
from me_api.reports.models import ReportRow
from me_api.reports.serializer import report_from_row, select_reports

TOPIC = "reports"


class ReportsFeed:
    """Reports by the position of their last change, in one topic."""

    name = TOPIC

    def changes(
        self, connection: Connection, topic: str | None, after: int, upto: int, limit: int
    ) -> list[Entry]:
        """Read the reports with after < rev <= upto, lowest first."""
        query = _between(select_reports(), after, upto).order_by(ReportRow.rev).limit(limit)
        return [
            Entry(row.rev, TOPIC, row.week, report_from_row(row))
            for row in connection.execute(query)
        ]

    def count(self, connection: Connection, topic: str, after: int, upto: int, limit: int) -> int:
        """Count the reports with after < rev <= upto, up to `limit`."""
        rows = _between(select(ReportRow.rev), after, upto).limit(limit).subquery()
        return int(connection.execute(select(func.count()).select_from(rows)).scalar_one())


def _between(query: Select[Any], after: int, upto: int) -> Select[Any]:
    return query.where(ReportRow.rev > after, ReportRow.rev <= upto)
