"""The table of the presentation."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from me_api.extensions import db


class PresentationRow(db.Model):  # type: ignore[name-defined,misc]
    """Who the site is about: one row, or none as long as that has not been written."""

    __tablename__ = "presentation"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    headline: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    # JSON: a list of {title, url}.
    links: Mapped[str] = mapped_column(Text)
    picture: Mapped[str | None] = mapped_column(Text)
    updated: Mapped[str] = mapped_column(String(24))
    rev: Mapped[int] = mapped_column(BigInteger, unique=True)
