"""The one presenter: a row of `reports` as every wire shows it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from me_api.auth.models import UserRow
from me_api.reports.models import ReportRow

_ALWAYS = (ReportRow.week, ReportRow.title, ReportRow.created, ReportRow.updated, ReportRow.rev)
_WHOLE = (ReportRow.text, ReportRow.html, ReportRow.deleted, ReportRow.author_id)


def shown() -> Select[Any]:
    """Select what `report` needs, with the author's nick."""
    return _with_author(*_ALWAYS, *_WHOLE)


def listed() -> Select[Any]:
    """Select what `summary` needs; the texts stay where they are."""
    return _with_author(*_ALWAYS)


def report(row: Any) -> dict[str, Any]:
    """Show a report."""
    return {
        "week": row.week,
        "title": row.title,
        "text": row.text,
        "html": row.html,
        "author": row.author,
        "created": row.created,
        "updated": row.updated,
        "rev": row.rev,
        "deleted": row.deleted is not None,
    }


def summary(row: Any) -> dict[str, Any]:
    """Show a report without what it says."""
    return {
        "week": row.week,
        "title": row.title,
        "author": row.author,
        "created": row.created,
        "updated": row.updated,
        "rev": row.rev,
        "links": {"self": address(row.week)},
    }


def address(week: int) -> str:
    """Give the path of a report."""
    return f"/reports/week/{week}"


def _with_author(*columns: Any) -> Select[Any]:
    author = UserRow.nick.label("author")
    return select(*columns, author).join(UserRow, UserRow.id == ReportRow.author_id)
