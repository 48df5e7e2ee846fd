"""Response bodies of the routes for operators."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Health(BaseModel):
    """The process is alive and serves requests."""

    status: Literal["ok"]


class Readiness(Health):
    """The process is ready; `rev` is the last position published to subscribers.

    Only on PostgreSQL: `node` is the name of this server, and `doorbell` says whether it learns of
    what others have stored at once (`redis`, `notify`), or within a quarter of a second
    (`polling`). Only with Redis: `redis` says whether it can be relied on.
    """

    rev: int
    epoch: str
    node: str = ""
    doorbell: Literal["redis", "notify", "polling"] = "notify"
    redis: Literal["up", "away"] = "up"
