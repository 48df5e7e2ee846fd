"""The table that holds the head of the log."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from me_api.extensions import db


class Log(db.Model):  # type: ignore[name-defined,misc]
    """One row: the last position assigned (`head`) and the random id of this log (`epoch`).

    `access` counts the commits that have changed who may do what.
    """

    __tablename__ = "log"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    head: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[str] = mapped_column(String(32))
    access: Mapped[int] = mapped_column(BigInteger, server_default="0")
