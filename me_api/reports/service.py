"""The use cases of reports: one function per operation, called by REST and Socket.IO."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from me_api.auth.bans import bans
from me_api.auth.identity import Identity
from me_api.auth.users import User
from me_api.concurrency import ClientWait
from me_api.errors import Unauthorized
from me_api.eventlog import log
from me_api.extensions import db
from me_api.markdown.renderer import to_html
from me_api.reports.changes import DeleteReport, SaveReport, UpdateReport
from me_api.reports.feed import TOPIC
from me_api.reports.models import ReportRow
from me_api.reports.report_batch import not_found
from me_api.reports.schemas import MAX_WEEK, Content, NewReport
from me_api.reports.serializer import (
    report_from_row,
    select_reports,
    select_summaries,
    summary_from_row,
)
from me_api.validation import ChangesQuery


def all_reports() -> dict[str, Any]:
    """List all reports by week, with the position to continue from."""
    # The position is read before the rows. A report saved in between is then listed, and sent
    # again as a change; in the other order it would be lost.
    rev = log.delivered
    query = select_summaries().where(ReportRow.deleted.is_(None)).order_by(ReportRow.week)
    with db.engine.connect() as connection:
        data = [summary_from_row(row) for row in connection.execute(query)]
    return {"data": data, "rev": rev, "epoch": log.epoch}


def one_report(week: int) -> dict[str, Any]:
    """Return a week's report; raise `NotFound` if there is none."""
    if week > MAX_WEEK:
        raise not_found(week)  # A path may contain any number, even one that no column can hold.
    query = select_reports().where(ReportRow.week == week, ReportRow.deleted.is_(None))
    with db.engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise not_found(week)
    return report_from_row(row)


def save(new: NewReport, identity: Identity) -> tuple[dict[str, Any], bool]:
    """Save a week's report; return it, and whether it is new.

    Raises `Conflict` if the week's report is another author's, `Busy`, or `WorkerFailed`.
    """
    user = _writer(identity)
    html = _render(new.text, identity)
    change = SaveReport(new.week, new.title, new.text, html, user, _generation(identity))
    saved: tuple[dict[str, Any], bool] = log.commit(change)
    return saved


def preview(text: str, identity: Identity) -> dict[str, str]:
    """Render a text without saving it."""
    _writer(identity)
    return {"html": to_html(text)}


def update(week: int, content: Content, identity: Identity) -> None:
    """Overwrite a report, as its author or the owner."""
    user = _writer(identity)
    html = _render(content.text, identity)
    generation = _generation(identity)
    log.commit(UpdateReport(week, content.title, content.text, html, user, generation))


def delete(week: int, identity: Identity) -> None:
    """Delete a report, as its author or the owner; deleting it again changes nothing."""
    log.commit(DeleteReport(week, _writer(identity)))


def changes(query: ChangesQuery, client_wait: ClientWait | None = None) -> dict[str, Any]:
    """Read the reports that changed after a position; if there are none, wait for a change."""
    log.check_cursor(query.since, query.epoch)
    page = log.changes(TOPIC, query.since, query.limit, client_wait)
    data = [entry.body for entry in page.entries]
    return {"data": data, "rev": page.upto, "epoch": log.epoch, "more": page.more}


def _render(text: str, identity: Identity) -> str:
    """Return the HTML of a text; raise `Banned` if the writer was banned meanwhile."""
    html = to_html(text)
    bans.check(identity)
    return html


def _generation(identity: Identity) -> int | None:
    """Return that of the login; None for a long-lived token, which no sign-out ends."""
    return identity.generation if identity.scope is None else None


def _writer(identity: Identity) -> User:
    if identity.user is None:
        raise Unauthorized("A token is needed to write reports: log in.")
    identity.check("reports")
    # Nobody is the owner by a long-lived token, which may be lost.
    return identity.user if identity.scope is None else replace(identity.user, role="member")
