"""The reports of a user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from me_api.auth.user_data import Page
from me_api.auth.users import User
from me_api.eventlog import log
from me_api.extensions import pools
from me_api.reports.changes import DeleteReport
from me_api.reports.models import ReportRow

_COLUMNS = (
    ReportRow.week,
    ReportRow.title,
    ReportRow.text,
    ReportRow.created,
    ReportRow.updated,
    ReportRow.deleted,
)


class ReportsOfUser:
    """The reports of a user. Implements `me_api.auth.user_data.WrittenData`."""

    name = "reports"

    def pages(self, user: User) -> Iterator[Page]:
        """Yield all reports of a user."""
        yield _read(user)

    def delete(self, user: User) -> int:
        """Delete all reports of a user but for tombstones; return how many."""
        left = [report["week"] for report in _read(user) if report["deleted"] is None]
        for week in left:
            log.commit(DeleteReport(week, user))
        return len(left)


def _read(user: User) -> list[dict[str, Any]]:
    def read(connection: Connection) -> list[dict[str, Any]]:
        rows = select(*_COLUMNS).where(ReportRow.author_id == user.id).order_by(ReportRow.week)
        return [dict(row._mapping) for row in connection.execute(rows)]

    return log.background.read(pools.export, read, admitted=True)
