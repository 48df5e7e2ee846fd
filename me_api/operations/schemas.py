"""Response bodies of the routes for operators."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Health(BaseModel):
    """The process is alive and serves requests."""

    status: Literal["ok"]


class Readiness(Health):
    """The process is ready; `rev` is the last position published to subscribers."""

    rev: int
    epoch: str
