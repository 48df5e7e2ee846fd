"""Runs the server with commits that can be held in the committer's thread.

While the file `hold` exists in the server's folder, the statement that commits does not begin:
nothing reaches the disk.
"""

import os
from pathlib import Path
from typing import Any

from eventlet import patcher
from sqlalchemy import event

import app
from me_api.storage import engines

HOLD = Path(os.environ["TESTS_FOLDER"]) / "hold"
sleep = patcher.original("time").sleep
writer_engine = engines.writer_engine


def held_engine(*arguments: Any) -> Any:
    """Create the committer's engine, whose COMMIT waits."""
    engine = writer_engine(*arguments)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda driver, _: driver.set_trace_callback(hold))
    else:
        event.listen(engine, "before_cursor_execute", lambda *given: hold(given[2]))
    return engine


def hold(statement: str) -> None:
    """Block the committer's thread before it commits, as long as the file exists."""
    commits = statement == "COMMIT" or "me_api_commit_" in statement
    while commits and HOLD.exists():
        sleep(0.01)


engines.writer_engine = held_engine
app.main()
