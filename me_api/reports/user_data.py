"""The reports of a user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from me_api.auth.user_data import Page
from me_api.auth.users import User
from me_api.eventlog import Transaction, log
from me_api.extensions import pools
from me_api.reports.changes import DeleteReport
from me_api.reports.models import ReportRow
from me_api.reports.report_batch import ReportBatch

_COLUMNS = (
    ReportRow.week,
    ReportRow.title,
    ReportRow.text,
    ReportRow.created,
    ReportRow.updated,
    ReportRow.deleted,
)


class ReportsOfUser:
    """The reports of a user. Implements `me_api.auth.user_data.WrittenData`, and `ShownNick`."""

    name = "reports"

    def pages(self, user: User) -> Iterator[Page]:
        """Yield all reports of a user."""
        yield _read(user)

    def renamed(self, transaction: Transaction, user: User) -> None:
        """Publish the reports of a user under the new nick; they are otherwise as they were."""
        own = select(ReportRow.week).where(
            ReportRow.author_id == user.id, ReportRow.deleted.is_(None)
        )
        batch = ReportBatch(transaction)
        for week in transaction.connection.scalars(own.order_by(ReportRow.rev)).all():
            batch.publish_again(week)
        batch.save()

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
