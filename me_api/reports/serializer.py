"""Reports as they are sent to clients, from rows of the table `reports`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from me_api.auth.models import UserRow
from me_api.reports.models import ReportRow

_SUMMARY = (ReportRow.week, ReportRow.title, ReportRow.created, ReportRow.updated, ReportRow.rev)
_STATE = (ReportRow.text, ReportRow.deleted, ReportRow.author_id)


def select_reports() -> Select[Any]:
    """Return a query for what `report_from_row` needs."""
    return _with_author(*_SUMMARY, *_STATE, ReportRow.html)


def select_states() -> Select[Any]:
    """Return a query for what `report_with_html` needs, which does not read the HTML."""
    return _with_author(*_SUMMARY, *_STATE)


def select_summaries() -> Select[Any]:
    """Return a query for what `summary_from_row` needs, which reads no texts."""
    return _with_author(*_SUMMARY)


def report_from_row(row: Any) -> dict[str, Any]:
    return report_with_html(row, row.html)


def report_with_html(row: Any, html: str | None) -> dict[str, Any]:
    return {
        "week": row.week,
        "title": row.title,
        "text": row.text,
        "html": html,
        "author": row.author,
        "created": row.created,
        "updated": row.updated,
        "rev": row.rev,
        "deleted": row.deleted is not None,
    }


def summary_from_row(row: Any) -> dict[str, Any]:
    return {
        "week": row.week,
        "title": row.title,
        "author": row.author,
        "created": row.created,
        "updated": row.updated,
        "rev": row.rev,
        "links": {"self": report_path(row.week)},
    }


def report_path(week: int) -> str:
    return f"/reports/week/{week}"


def _with_author(*columns: Any) -> Select[Any]:
    author = UserRow.nick.label("author")
    return select(*columns, author).join(UserRow, UserRow.id == ReportRow.author_id)
