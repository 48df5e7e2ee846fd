"""Runs the server without polling the log for writes of other processes."""

import app
from me_api.eventlog import eventlog

eventlog.POLL_SECONDS = 3600
app.main()
