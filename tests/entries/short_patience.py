"""Runs app.py with half a second for another process to let go of the database."""

import app
from me_api.log import storage

storage.WRITE_PATIENCE = 0.5
app.main()
