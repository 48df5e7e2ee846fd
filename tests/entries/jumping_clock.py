"""Runs the server with a wall clock that is wrong by the seconds in a file.

The file `clock` is beside the folder of the database, whose disk may be full, and may change at any
time. The monotonic clock goes on as it does in reality.
"""

import os
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from jwt import api_jwt

import app
from me_api.auth import web_tokens
from me_api.eventlog import change
from me_api.recovery import service

CLOCK = Path(os.environ["ME_API_DATABASE_URL"].removeprefix("sqlite:///")).parents[1] / "clock"
true_time = time.time


def offset() -> float:
    """Return the seconds by which the clock is wrong."""
    return float(CLOCK.read_text() or 0) if CLOCK.exists() else 0


class JumpingDatetime(datetime):
    """The class `datetime` with another present."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "JumpingDatetime":
        return super().now(tz) + timedelta(seconds=offset())


for module in (web_tokens, change, service, api_jwt):
    module.datetime = JumpingDatetime
time.time = lambda: true_time() + offset()
app.main()
