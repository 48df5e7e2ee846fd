"""Changes of reports, applied in the committer's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, insert, update
from sqlalchemy.engine import Connection

from me_api.auth.users import User
from me_api.errors import Conflict, Forbidden, NotFound
from me_api.eventlog import Change, Transaction
from me_api.reports.feed import TOPIC
from me_api.reports.models import ReportRow
from me_api.reports.schemas import MAX_WEEK
from me_api.reports.serializer import (
    report_from_row,
    report_with_html,
    select_reports,
    select_states,
)


@dataclass(frozen=True, slots=True)
class SaveReport(Change):
    """Create a week's report, or overwrite it; saving the same content again changes nothing."""

    week: int
    title: str
    text: str
    html: str
    user: User

    def apply(self, transaction: Transaction) -> tuple[dict[str, Any], bool]:
        """Return the report and whether it is new; raise `Conflict` if it is another author's."""
        row = _find_state(transaction.connection, self.week)
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
        statement = insert(ReportRow).values(**values, updated=transaction.now, rev=rev)
        transaction.connection.execute(statement)
        return _publish(transaction, self.week, rev, self.html)

    def _overwrite(self, transaction: Transaction, row: Any) -> dict[str, Any]:
        if (row.title, row.text) == (self.title, self.text):
            return report_from_row(find(transaction.connection, self.week))
        return _change(transaction, self.week, self._content())

    def _content(self) -> dict[str, Any]:
        return {"title": self.title, "text": self.text, "html": self.html}


@dataclass(frozen=True, slots=True)
class UpdateReport(SaveReport):
    """Overwrite a week's report, which must exist."""

    def apply(self, transaction: Transaction) -> tuple[dict[str, Any], bool]:
        """Return the report; raise `NotFound` or `Forbidden`."""
        row = find_changeable(transaction.connection, self.week, self.user)
        if row.deleted is not None:
            raise not_found(self.week)
        return self._overwrite(transaction, row), False


@dataclass(frozen=True, slots=True)
class DeleteReport(Change):
    """Delete a report's content, leaving a tombstone; deleting it again changes nothing."""

    week: int
    user: User

    def apply(self, transaction: Transaction) -> dict[str, Any]:
        """Return the tombstone; raise `NotFound` or `Forbidden`."""
        row = find_changeable(transaction.connection, self.week, self.user)
        if row.deleted is not None:
            return report_with_html(row, None)
        emptied = {"title": None, "text": None, "html": None, "deleted": transaction.now}
        return _change(transaction, self.week, emptied)


def find(connection: Connection, week: int) -> Any:
    """Read a week's row, deleted or not; return None if there is none."""
    return _find(connection, select_reports(), week)


def find_changeable(connection: Connection, week: int, user: User) -> Any:
    """Read a report that the user may change, without its HTML.

    Raises `NotFound` or `Forbidden`.
    """
    row = _find_state(connection, week)
    if row is None:
        raise not_found(week)
    if not _may_change(user, row):
        raise Forbidden("Only its author or the owner may change a report.")
    return row


def not_found(week: int) -> NotFound:
    """Return the error for a week that has no report."""
    return NotFound(f"There is no report of week {week}.", source="week")


def _find_state(connection: Connection, week: int) -> Any:
    # HTML may be half a megabyte: to read it twice was a fifth of what a save held the GIL for.
    return _find(connection, select_states(), week)


def _find(connection: Connection, query: Select[Any], week: int) -> Any:
    if week > MAX_WEEK:
        return None  # A path may contain any number, even one that no column can hold.
    return connection.execute(query.where(ReportRow.week == week)).one_or_none()


def _may_change(user: User, row: Any) -> bool:
    return user.role == "owner" or user.id == row.author_id


def _change(transaction: Transaction, week: int, values: dict[str, Any]) -> dict[str, Any]:
    rev = transaction.next_rev()
    statement = update(ReportRow).where(ReportRow.week == week)
    values = {**values, "updated": transaction.now, "rev": rev}
    transaction.connection.execute(statement.values(**values))
    return _publish(transaction, week, rev, values["html"])


def _publish(transaction: Transaction, week: int, rev: int, html: str | None) -> dict[str, Any]:
    body = report_with_html(_find_state(transaction.connection, week), html)
    transaction.publish_after_commit(rev, TOPIC, week, body)
    return body
