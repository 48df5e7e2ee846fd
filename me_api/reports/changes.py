"""Changes of reports, decided in the committer's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from me_api.auth.users import User
from me_api.errors import Conflict, Forbidden
from me_api.eventlog import BatchedChange, Transaction
from me_api.reports.report_batch import ReportBatch, StoredReport, not_found


class ReportChange(BatchedChange[ReportBatch]):
    """A change of one report; consecutive ones in a transaction form one `ReportBatch`."""

    week: int
    user: User

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Any]) -> list[Any]:
        """Decide the changes in order and write the result; return one outcome each."""
        batch = ReportBatch(transaction)
        outcomes = [change.outcome(batch) for change in changes]
        batch.save()
        return outcomes

    def target(self, batch: ReportBatch) -> StoredReport:
        """Return the report, deleted or not; raises `NotFound`, or `Forbidden` for a stranger."""
        report = batch.find(self.week)
        if report is None:
            raise not_found(self.week)
        if not self.may_change(report):
            raise Forbidden("Only its author or the owner may change a report.")
        return report

    def may_change(self, report: StoredReport) -> bool:
        """Return whether the user is the report's author, or an owner of the site."""
        return self.user.role == "owner" or self.user.id == report.author_id


@dataclass(frozen=True, slots=True)
class SaveReport(ReportChange):
    """Create a week's report, or overwrite it; saving the same content again changes nothing.

    Without a title, a report keeps its own, and a new one is named by its week.
    """

    week: int
    title: str | None
    text: str
    html: str
    user: User
    generation: int | None = None
    """That of the user's login; None for a long-lived token."""

    def decide(self, batch: ReportBatch) -> tuple[dict[str, Any], bool]:
        """Return the report and whether it is new; raise `Conflict` if it is another author's.

        Raises `Unauthorized` if the user was deleted, disabled or signed out during the rendering.
        """
        batch.check_user(self.user, self.generation)
        report = batch.find(self.week)
        if report is None:
            return self._write(batch, batch.create(self.week, self.user)), True
        if report.deleted is not None:
            report.author_id, report.author = self.user.id, self.user.nick
            report.created, report.deleted = batch.now, None
            return self._write(batch, report), True
        if not self.may_change(report):
            raise Conflict(
                f"The report of week {self.week} is {report.author}'s.",
                code="week_taken",
                source="week",
            )
        return self.overwrite(batch, report), False

    def overwrite(self, batch: ReportBatch, report: StoredReport) -> dict[str, Any]:
        """Replace the content of a report, unless it is the same; return the report."""
        if (report.title, report.text) == (self._title_of(report), self.text):
            return batch.unchanged(report)
        batch.record_moderation(self.user, "edit_report", report)
        return self._write(batch, report)

    def _title_of(self, report: StoredReport) -> str:
        return self.title or report.title or f"Vecka {self.week}"

    def _write(self, batch: ReportBatch, report: StoredReport) -> dict[str, Any]:
        report.title, report.text, report.html = self._title_of(report), self.text, self.html
        return batch.record(report)


@dataclass(frozen=True, slots=True)
class UpdateReport(SaveReport):
    """Overwrite a week's report, which must exist."""

    def decide(self, batch: ReportBatch) -> tuple[dict[str, Any], bool]:
        """Return the report; raise `NotFound`, `Forbidden` or `Unauthorized`."""
        batch.check_user(self.user, self.generation)
        report = self.target(batch)
        if report.deleted is not None:
            raise not_found(self.week)
        return self.overwrite(batch, report), False


@dataclass(frozen=True, slots=True)
class DeleteReport(ReportChange):
    """Delete a report's content, leaving a tombstone; deleting it again changes nothing."""

    week: int
    user: User

    def decide(self, batch: ReportBatch) -> dict[str, Any]:
        """Return the tombstone; raise `NotFound` or `Forbidden`."""
        report = self.target(batch)
        if report.deleted is not None:
            return batch.unchanged(report)
        batch.record_moderation(self.user, "delete_report", report)
        report.title = report.text = report.html = None
        report.deleted = batch.now
        return batch.record(report)
