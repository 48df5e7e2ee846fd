"""Runs the server with commits that can be held in the committer's thread.

While the file `hold` exists beside the database, COMMIT does not begin: nothing reaches the disk.
"""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import os  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from eventlet import patcher  # noqa: E402
from sqlalchemy import event  # noqa: E402

from me_api.run import main  # noqa: E402
from me_api.storage import engines  # noqa: E402

HOLD = Path(os.environ["ME_API_DATABASE_URL"].removeprefix("sqlite:///")).parent / "hold"
sleep = patcher.original("time").sleep
writer_engine = engines.writer_engine


def held_engine(url: Any) -> Any:
    """Create the committer's engine, whose COMMIT waits."""
    engine = writer_engine(url)
    event.listen(engine, "before_cursor_execute", wait_before_commit)
    return engine


def wait_before_commit(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    """Block the committer's thread before COMMIT, as long as the file exists."""
    while statement == "COMMIT" and HOLD.exists():
        sleep(0.01)


if __name__ == "__main__":
    engines.writer_engine = held_engine
    main()
