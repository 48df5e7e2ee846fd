"""The tables of the chat: rooms and messages."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from me_api.extensions import db


class Room(db.Model):  # type: ignore[name-defined,misc]
    """A room; `last_id` is the id of its newest message, `first_id` of the oldest that there is.

    Ids are 1, 2, 3 … without gaps: old messages are removed in their order. `pruned_rev` is the
    highest rev that one of these had. Of `retention_days` and `retention_messages`, 0 is no limit.
    `opened_rev` is the position of the log at which it was last opened to guests.

    A room that is archived can only be read. Of one that is deleted the row stays, so that no other
    room has its name, which clients have cursors and messages of.
    """

    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    guests: Mapped[str] = mapped_column(String(8))
    last_id: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[str] = mapped_column(String(24))
    archived: Mapped[str | None] = mapped_column(String(24))
    deleted: Mapped[str | None] = mapped_column(String(24))
    first_id: Mapped[int] = mapped_column(BigInteger, default=1, server_default="1")
    pruned_rev: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    retention_days: Mapped[int] = mapped_column(default=0, server_default="0")
    retention_messages: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    opened_rev: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class PrunedKey(db.Model):  # type: ignore[name-defined,misc]
    """The idempotency key of a message that was removed, so that a retry does not repeat it.

    Hashed with its sender; `created` is when the message was posted.
    """

    __tablename__ = "pruned_keys"
    __table_args__ = (Index(None, "created"),)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created: Mapped[str] = mapped_column(String(24))


class Message(db.Model):  # type: ignore[name-defined,misc]
    """A message as it is now; `rev` is the position of its last change, `created_rev` of its first.

    `fingerprint` is a hash by which a retry with the same key is compared with what was stored.
    Deleting a message clears it, like text and payload.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "room_id", "rev"),
        Index(None, "room_id", "created"),
        UniqueConstraint("rev"),
        UniqueConstraint("sender", "key"),
        {"sqlite_with_rowid": False},
    )

    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    rev: Mapped[int] = mapped_column(BigInteger)
    # The column keeps the name that the first migration gave it.
    created_rev: Mapped[int] = mapped_column("born", BigInteger, key="created_rev")
    nick: Mapped[str] = mapped_column(String(32))
    verified: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    sender: Mapped[str] = mapped_column(String(80))
    text: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[object | None] = mapped_column(JSON(none_as_null=True))
    key: Mapped[str | None] = mapped_column(String(128))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    created: Mapped[str] = mapped_column(String(24))
    edited: Mapped[str | None] = mapped_column(String(24))
    deleted: Mapped[str | None] = mapped_column(String(24))
