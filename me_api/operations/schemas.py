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
    what others have stored at once (`notify`), or within a quarter of a second (`polling`).
    """

    rev: int
    epoch: str
    node: str = ""
    doorbell: Literal["notify", "polling"] = "notify"
