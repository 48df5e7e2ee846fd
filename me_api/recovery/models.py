"""The table of sessions that can be resumed."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from me_api.extensions import db


class Session(db.Model):  # type: ignore[name-defined,misc]
    """The state of a session, which its client resumes by its secret `pid`; stored as a hash.

    `start` is the position at which the session began, `topics` those to which it is subscribed,
    each with the position at which the client joined it. `seen` is when it was last recorded as
    connected, and `node` the one that it was connected to, where there are several.
    """

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "seen"),)

    pid: Mapped[str] = mapped_column(String(64), primary_key=True)
    namespace: Mapped[str] = mapped_column(String(64))
    sender: Mapped[str] = mapped_column(String(80))
    nick: Mapped[str | None] = mapped_column(String(32))
    start: Mapped[int] = mapped_column(BigInteger)
    topics: Mapped[dict[str, int]] = mapped_column(JSON)
    seen: Mapped[str] = mapped_column(String(24))
    node: Mapped[str | None] = mapped_column(String(16))
