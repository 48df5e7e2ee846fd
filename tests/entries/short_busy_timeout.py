"""Runs app.py with a busy timeout of half a second."""

import app
from me_api.storage import engines

engines.WRITE_TIMEOUT = 0.5
app.main()
