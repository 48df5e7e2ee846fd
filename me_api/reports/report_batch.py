"""The reports that a batch of changes is decided on, in the committer's transaction.

Each week is read once, and written once as the last change has left it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from me_api.auth import audit, lookup, users
from me_api.auth.audit import Actor, AuditAction
from me_api.auth.users import User
from me_api.errors import NotFound
from me_api.eventlog import Transaction
from me_api.reports.feed import TOPIC
from me_api.reports.models import ReportRow
from me_api.reports.schemas import MAX_WEEK
from me_api.reports.serializer import report_with_html, select_states
from me_api.storage.statements import CompiledStatement

_WEEK = ReportRow.week == bindparam("b_week")
# HTML may be half a megabyte: to read it twice was a fifth of what a save held the GIL for.
_STATE = CompiledStatement(select_states().where(_WEEK))
_HTML = CompiledStatement(select(ReportRow.html).where(_WEEK))
_CHANGING = ("title", "text", "html", "author_id", "created", "updated", "deleted", "rev")
_INSERT = CompiledStatement(insert(ReportRow))
_UPDATE = CompiledStatement(
    update(ReportRow).where(_WEEK).values({name: bindparam(name) for name in _CHANGING})
)


@dataclass(slots=True)
class StoredReport:
    """A week's report as the batch has left it; the columns of `select_states`, in their order.

    `html` is that of the database until it `is_changed`.
    """

    week: int
    title: str | None
    created: str
    updated: str
    rev: int
    text: str | None
    deleted: str | None
    author_id: int
    author: str
    html: str | None = None
    is_changed: bool = False
    is_new: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """The columns that a change may change."""
        return {name: getattr(self, name) for name in _CHANGING}


class ReportBatch:
    """Reads the reports of one transaction, and writes them at its end."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._reports: dict[int, StoredReport | None] = {}
        self._users: dict[int, User | None] = {}

    @property
    def now(self) -> str:
        """The time of the transaction."""
        return self._transaction.now

    def check_user(self, user: User, generation: int | None) -> None:
        """Raise `Unauthorized` if a user may not use a login of this generation any more."""
        # No change of reports changes a user: each is read once for all of a batch.
        if user.id not in self._users:
            self._users[user.id] = users.one_in(self._transaction.connection, user.id)
        refusal = lookup.refuse(self._users[user.id], generation)
        if refusal is not None:
            raise refusal()

    def find(self, week: int) -> StoredReport | None:
        """Return a week's report, deleted or not; None if there is none."""
        if week > MAX_WEEK:
            return None  # A path may contain any number, even one that no column can hold.
        if week not in self._reports:
            found = _STATE.run(self._transaction.connection, {"b_week": week})
            self._reports[week] = StoredReport(*found[0]) if found else None
        return self._reports[week]

    def create(self, week: int, author: User) -> StoredReport:
        """Return a new report without content, which is to be recorded."""
        now = self._transaction.now
        new = StoredReport(week, None, now, now, 0, None, None, author.id, author.nick, is_new=True)
        self._reports[week] = new
        return new

    def record(self, report: StoredReport) -> dict[str, Any]:
        """Assign the next position to a report that was changed; return it as it is published."""
        report.updated = self._transaction.now
        return self._publish(report)

    def publish_again(self, week: int) -> None:
        """Assign the next position to a report that has not changed, but the nick of its author."""
        report = self.find(week)
        assert report is not None, "there is a report of this week"
        if not report.is_changed:
            report.html = self._stored_html(week)
        self._publish(report)

    def _publish(self, report: StoredReport) -> dict[str, Any]:
        report.is_changed = True
        report.rev = self._transaction.next_rev()
        body = report_with_html(report, report.html)
        self._transaction.publish_after_commit(report.rev, TOPIC, report.week, body)
        return body

    def _stored_html(self, week: int) -> str | None:
        ((html,),) = _HTML.run(self._transaction.connection, {"b_week": week})
        return html  # type: ignore[no-any-return]

    def record_moderation(self, owner: User, action: AuditAction, report: StoredReport) -> None:
        """Add to the audit trail what an owner does to a report, if it is another's."""
        if owner.id != report.author_id:
            target = f"{report.author}: week {report.week}"
            audit.record(self._transaction, Actor.of(owner), action, target, report.author_id)

    def unchanged(self, report: StoredReport) -> dict[str, Any]:
        """Return a report that a change has left as it was."""
        html = report.html if report.is_changed else self._stored_html(report.week)
        return report_with_html(report, html)

    def save(self) -> None:
        """Insert the new reports, and update those that have changed."""
        connection = self._transaction.connection
        changed = [report for report in self._reports.values() if report and report.is_changed]
        if new := [{"week": r.week, **r.values} for r in changed if r.is_new]:
            _INSERT.run_many(connection, new)
        if old := [{"b_week": r.week, **r.values} for r in changed if not r.is_new]:
            _UPDATE.run_many(connection, old)


def not_found(week: int) -> NotFound:
    """Return the error for a week that has no report."""
    return NotFound(f"There is no report of week {week}.", source="week")
