"""Runs app.py with room for 20 lines of its log."""

import app
from me_api.transport.log_writer import LogWriter

LogWriter.__init__.__defaults__ = (2, 20)
app.main()
