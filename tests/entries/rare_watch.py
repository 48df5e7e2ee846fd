"""Runs app.py; it hears of another process only when it has to do with the log itself."""

import app
from me_api.log import eventlog

eventlog.WATCH_SECONDS = 3600
app.main()
