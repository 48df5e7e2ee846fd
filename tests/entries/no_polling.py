"""Runs the server without polling the log for writes of other processes."""

import app
from me_api.eventlog import poll

poll.POLL_SECONDS = 3600
app.main()
