"""Runs app.py with half a second for another process to let go of the database."""

import app
from me_api.storage import engines

engines.WRITE_TIMEOUT = 0.5
app.main()
