"""Runs app.py with half a second for the other side to close."""

import app
from me_api.transport import closing

closing.CLOSE_SECONDS = 0.5
app.main()
