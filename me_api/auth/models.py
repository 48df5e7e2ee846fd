"""The table of registered users."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from me_api.extensions import db


class UserRow(db.Model):  # type: ignore[name-defined,misc]
    """One user. Email and nick are stored as typed, and are unique by their folded forms."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'moderator', 'member')", name="role"),
        # An id must not be used again after its user is deleted: messages and tokens name it.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    email_folded: Mapped[str] = mapped_column(Text, unique=True)
    nick: Mapped[str] = mapped_column(Text)
    nick_folded: Mapped[str] = mapped_column(Text, unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(16))
    created: Mapped[str] = mapped_column(String(24))
    generation: Mapped[int] = mapped_column(Integer, server_default="0")
    """That of the tokens that are valid; signing out everywhere raises it."""
    disabled: Mapped[str | None] = mapped_column(String(24))
    """Since when the user cannot log in."""
