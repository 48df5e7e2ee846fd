"""What operators get."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"]


class Readiness(Health):
    """Everything that an answer needs is there; `rev` is the last position delivered."""

    rev: int
    epoch: str
