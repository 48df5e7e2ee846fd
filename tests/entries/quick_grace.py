"""Runs app.py with a grace of a fifth of a second for those who lost the connection."""

import app
from me_api.chat import presence

presence.GRACE = 0.2
app.main()
