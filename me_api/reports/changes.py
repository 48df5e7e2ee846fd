"""The writes of reports, decided inside the committer's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.engine import Connection

from me_api.auth.users import User
from me_api.errors import Conflict, Forbidden, NotFound
from me_api.eventlog import Change, Transaction
from me_api.reports import markdown
from me_api.reports.feed import TOPIC
from me_api.reports.models import ReportRow
from me_api.reports.schemas import MAX_WEEK
from me_api.reports.serializer import report, shown


@dataclass(frozen=True, slots=True)
class SaveReport(Change):
    """Write a week's report, anew or over the one there; the same again changes nothing.

    The text is rendered here and not before: two saves of one connection keep their order.
    """

    week: int
    title: str
    text: str
    user: User

    def apply(self, transaction: Transaction) -> tuple[dict[str, Any], bool]:
        """Give the report and whether it is new; raises `Conflict` for somebody else's week."""
        row = find(transaction.connection, self.week)
        if row is None or row.deleted is not None:
            return self._create(transaction, exists=row is not None), True
        if not _may_change(self.user, row):
            raise Conflict(
                f"The report of week {self.week} is {row.author}'s.",
                code="week_taken",
                source="week",
            )
        return self._overwrite(transaction, row), False

    def _create(self, transaction: Transaction, *, exists: bool) -> dict[str, Any]:
        values = {
            **self._content(),
            "week": self.week,
            "author_id": self.user.id,
            "created": transaction.now,
            "deleted": None,
        }
        if exists:
            return _change(transaction, self.week, values)
        rev = transaction.next_rev()
        made = insert(ReportRow).values(**values, updated=transaction.now, rev=rev)
        transaction.connection.execute(made)
        return _publish(transaction, self.week, rev)

    def _overwrite(self, transaction: Transaction, row: Any) -> dict[str, Any]:
        if (row.title, row.text) == (self.title, self.text):
            return report(row)
        return _change(transaction, self.week, self._content())

    def _content(self) -> dict[str, Any]:
        return {"title": self.title, "text": self.text, "html": markdown.render(self.text)}


@dataclass(frozen=True, slots=True)
class UpdateReport(SaveReport):
    """Write over a week's report that is there."""

    def apply(self, transaction: Transaction) -> tuple[dict[str, Any], bool]:
        """Give the report; raises `NotFound` or `Forbidden`."""
        row = target(transaction.connection, self.week, self.user)
        if row.deleted is not None:
            raise missing(self.week)
        return self._overwrite(transaction, row), False


@dataclass(frozen=True, slots=True)
class DeleteReport(Change):
    """Leave a tombstone of a report; again changes nothing."""

    week: int
    user: User

    def apply(self, transaction: Transaction) -> dict[str, Any]:
        """Give the tombstone; raises `NotFound` or `Forbidden`."""
        row = target(transaction.connection, self.week, self.user)
        if row.deleted is not None:
            return report(row)
        gone = {"title": None, "text": None, "html": None, "deleted": transaction.now}
        return _change(transaction, self.week, gone)


def find(connection: Connection, week: int) -> Any:
    """Read a week's row, deleted or not; None where there never was one."""
    if week > MAX_WEEK:
        return None  # A path may name any number, also one that no column can hold.
    return connection.execute(shown().where(ReportRow.week == week)).one_or_none()


def target(connection: Connection, week: int, user: User) -> Any:
    """Find a report that is this user's to change."""
    row = find(connection, week)
    if row is None:
        raise missing(week)
    if not _may_change(user, row):
        raise Forbidden("Only its author or the owner may change a report.")
    return row


def missing(week: int) -> NotFound:
    """Say that a week has no report."""
    return NotFound(f"There is no report of week {week}.", source="week")


def _may_change(user: User, row: Any) -> bool:
    return user.role == "owner" or user.id == row.author_id


def _change(transaction: Transaction, week: int, values: dict[str, Any]) -> dict[str, Any]:
    """Change the row, and let readers have it after the commit."""
    rev = transaction.next_rev()
    changed = update(ReportRow).where(ReportRow.week == week)
    values = {**values, "updated": transaction.now, "rev": rev}
    transaction.connection.execute(changed.values(**values))
    return _publish(transaction, week, rev)


def _publish(transaction: Transaction, week: int, rev: int) -> dict[str, Any]:
    body = report(find(transaction.connection, week))
    transaction.publish(rev, TOPIC, week, body)
    return body
