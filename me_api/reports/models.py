"""The table of weekly reports."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from me_api.extensions import db


class ReportRow(db.Model):  # type: ignore[name-defined,misc]
    """The latest version of a week's report; a deleted one remains as a row without content."""

    # `html` is stored, because reports are read far more often than they are written.

    __tablename__ = "reports"

    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created: Mapped[str] = mapped_column(String(24))
    updated: Mapped[str] = mapped_column(String(24))
    deleted: Mapped[str | None] = mapped_column(String(24))
    rev: Mapped[int] = mapped_column(BigInteger, unique=True)
