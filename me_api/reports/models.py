"""The table of weekly reports."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from me_api.extensions import db


class ReportRow(db.Model):  # type: ignore[name-defined,misc]
    """One week's report as it is now; a deleted one keeps its place and loses its content.

    `html` is kept, not made at each reading: reading is what happens most.
    """

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
