"""What one can do with reports: one function for each act, called by both doors."""

from __future__ import annotations

from typing import Any

from me_api.auth.identity import Identity
from me_api.auth.users import User
from me_api.concurrency import ClientWait
from me_api.errors import Unauthorized
from me_api.eventlog import log
from me_api.extensions import db, loop
from me_api.reports import markdown
from me_api.reports.changes import DeleteReport, SaveReport, UpdateReport, find, missing
from me_api.reports.feed import TOPIC
from me_api.reports.models import ReportRow
from me_api.reports.schemas import Content, NewReport
from me_api.reports.serializer import listed, report, summary
from me_api.validation import ChangesQuery


def all_reports() -> dict[str, Any]:
    """List all reports by week, with the position to continue from."""
    rev = log.delivered  # Before the rows: what comes meanwhile is then a change, not a loss.
    query = listed().where(ReportRow.deleted.is_(None)).order_by(ReportRow.week)
    with db.engine.connect() as connection:
        data = [summary(row) for row in connection.execute(query)]
    return {"data": data, "rev": rev, "epoch": log.epoch}


def one_report(week: int) -> dict[str, Any]:
    """Give a week's report."""
    with db.engine.connect() as connection:
        row = find(connection, week)
    if row is None or row.deleted is not None:
        raise missing(week)
    return report(row)


def save(new: NewReport, identity: Identity) -> tuple[dict[str, Any], bool]:
    """Write a week's report; give it and whether it is new.

    Raises `Conflict` where the week is somebody else's.
    """
    change = SaveReport(new.week, new.title, new.text, _writer(identity))
    saved: tuple[dict[str, Any], bool] = log.commit(change)
    return saved


def preview(text: str, identity: Identity) -> dict[str, str]:
    """Show what a text will look like, and keep nothing of it."""
    _writer(identity)
    return {"html": loop.run_in_thread(markdown.render, text)}


def update(week: int, content: Content, identity: Identity) -> None:
    """Write over a report, as its author or the owner."""
    log.commit(UpdateReport(week, content.title, content.text, _writer(identity)))


def delete(week: int, identity: Identity) -> None:
    """Leave a tombstone of a report, as its author or the owner; again changes nothing."""
    log.commit(DeleteReport(week, _writer(identity)))


def changes(query: ChangesQuery, patience: ClientWait | None = None) -> dict[str, Any]:
    """Read what changed after a position; with nothing there yet, wait for it with patience."""
    log.check_cursor(query.since, query.epoch)
    page = log.changes(TOPIC, query.since, query.limit, patience)
    data = [entry.body for entry in page.entries]
    return {"data": data, "rev": page.upto, "epoch": log.epoch, "more": page.more}


def _writer(identity: Identity) -> User:
    if identity.user is None:
        raise Unauthorized("A token is needed to write reports: log in.")
    return identity.user
