"""Runs app.py with commits that last: each stays in its native thread while a file is there.

The file `hold` lies beside the database. As long as it does, what is written is not yet on disk.
"""

import os
from pathlib import Path
from typing import Any

from eventlet import patcher
from sqlalchemy import event

import app
from me_api.log import eventlog, storage

HOLD = Path(os.environ["ME_API_DATABASE_URL"].removeprefix("sqlite:///")).parent / "hold"
sleep = patcher.original("time").sleep
writer_engine = storage.writer_engine


def held_engine(url: Any) -> Any:
    """Make the committer's engine, whose COMMIT waits."""
    engine = writer_engine(url)
    event.listen(engine, "before_cursor_execute", wait_before_commit)
    return engine


def wait_before_commit(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    """Sleep natively, in the committer's thread."""
    while statement == "COMMIT" and HOLD.exists():
        sleep(0.01)


eventlog.storage.writer_engine = held_engine
app.main()
