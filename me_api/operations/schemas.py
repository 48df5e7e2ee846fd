"""Response bodies of the routes for operators."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


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


class Sample(BaseModel):
    """One number of `/metrics`, by the same name and with the same labels."""

    name: str
    labels: dict[str, str]
    value: float


class LogRecord(BaseModel):
    """A warning or an error that the server has logged. Ids count from 1 at each start."""

    id: int
    time: str
    level: str
    logger: str
    text: str


class ServerState(BaseModel):
    """What an owner monitors of one server, at one moment.

    `node` is its name, empty without a cluster. `metrics` are all numbers of `/metrics` that are
    finite; counters begin at 0 when the server starts.
    """

    node: str
    started: str = Field(description="When the process has started")
    time: str = Field(description="When this was read, by the clock of the server")
    epoch: str
    rev: int
    metrics: list[Sample]
    log: list[LogRecord] = Field(description="The latest warnings and errors, the oldest first")
