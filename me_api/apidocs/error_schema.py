"""The one shape of every error, over REST and as an acknowledgement."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """One thing that is wrong."""

    status: int = Field(description="The HTTP status, also on sockets")
    code: str = Field(description="Stable: a program may rely on it")
    title: str = Field(description="The status in words")
    detail: str = Field(description="For people; may change")
    source: str | None = Field(default=None, description="The field at fault, where there is one")


class Problems(BaseModel):
    """Why something was refused, and what is needed to go on."""

    errors: list[Problem]
    rev: int | None = Field(default=None, description="With 410: the position to begin again from")
    epoch: str | None = Field(default=None, description="With 410: the log that answers")
    retry_after: float | None = Field(default=None, description="With 429: seconds to wait")


class Refusal(BaseModel):
    """Why a connection was refused; the stock client shows it as `connect_error`."""

    message: str
    data: RefusalData | None = None


class RefusalData(Problems, Problem):
    """The first error's fields, and the whole envelope beside them."""
