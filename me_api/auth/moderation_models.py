"""The tables of bans, of what moderators have done, and of purges that are going on."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from me_api.extensions import db


class BanRow(db.Model):  # type: ignore[name-defined,misc]
    """A ban, of a room or of the site. Its id is that of the entry of `moderation_log`.

    `subjects` are separated by spaces: a sender, and the keyed hashes of addresses. `target` is
    what moderators are shown. `with_address` is whether the addresses of its guest are added.
    """

    __tablename__ = "bans"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subjects: Mapped[str] = mapped_column(Text)
    room: Mapped[str | None] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(80))
    with_address: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    until: Mapped[str | None] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(String(200))
    created: Mapped[str] = mapped_column(String(24))
    actor: Mapped[str] = mapped_column(String(32))


class ModerationRow(db.Model):  # type: ignore[name-defined,misc]
    """What a moderator has done, and why. `count` is the number of messages that it concerned.

    The actor is a user, or the command line, which has no id. `target_id` is the user that it
    concerned: 0 if it was none, and null in entries of versions that did not store it.
    """

    __tablename__ = "moderation_log"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    time: Mapped[str] = mapped_column(String(24))
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(16))
    room: Mapped[str | None] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(200))
    count: Mapped[int] = mapped_column(BigInteger)
    target_id: Mapped[int | None] = mapped_column(Integer)


class PurgeRow(db.Model):  # type: ignore[name-defined,misc]
    """A purge that was begun and has not ended. Its id is that of the entry of `moderation_log`.

    `upto` is the position at which it was begun, the actor the one of the entry, with the role of
    then.
    """

    __tablename__ = "purges"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sender: Mapped[str] = mapped_column(String(80))
    room: Mapped[str | None] = mapped_column(String(64))
    upto: Mapped[int] = mapped_column(BigInteger)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor_role: Mapped[str] = mapped_column(String(16))
