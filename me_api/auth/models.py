"""The tables of registered users, and of their long-lived tokens."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, String, Text
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
    deleted: Mapped[str | None] = mapped_column(String(24))
    """When the account was deleted. Its row stays without email and password: messages name it."""
    purging: Mapped[str | None] = mapped_column(String(24))
    """Since when what a deleted user has written is being deleted; null when that is done."""
    reset_hash: Mapped[str | None] = mapped_column(String(64))
    """The hash of the secret by which a new password can be set, once, until `reset_expires`."""
    reset_expires: Mapped[str | None] = mapped_column(String(24))


class TokenRow(db.Model):  # type: ignore[name-defined,misc]
    """A long-lived token of a user: of its secret, only a hash. `scopes` are separated by spaces.

    `last_used` is not newer than some minutes.
    """

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[str] = mapped_column(String(200))
    all_rooms: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    created: Mapped[str] = mapped_column(String(24))
    expires: Mapped[str | None] = mapped_column(String(24))
    last_used: Mapped[str | None] = mapped_column(String(24))


class TokenRoomRow(db.Model):  # type: ignore[name-defined,misc]
    """A room of a token that is not for all rooms; deleted together with the token."""

    __tablename__ = "token_rooms"

    token_id: Mapped[str] = mapped_column(
        ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True
    )
    # By name, by which a caller names a room: no room has to be looked up to check a token.
    room: Mapped[str] = mapped_column(
        ForeignKey("rooms.name", ondelete="CASCADE", onupdate="CASCADE"),
        primary_key=True,
        index=True,
    )
