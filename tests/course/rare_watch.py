"""Runs the server without polling the log for writes of other processes."""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from me_api.eventlog import eventlog  # noqa: E402
from me_api.run import main  # noqa: E402

if __name__ == "__main__":
    eventlog.POLL_SECONDS = 3600
    main()
