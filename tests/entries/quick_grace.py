"""Runs the server with a grace period of a fifth of a second."""

import app
from me_api.chat.presence import members

members.GRACE_SECONDS = 0.2
app.main()
