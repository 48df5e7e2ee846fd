"""Runs the server without removing old messages by itself; it follows what others remove."""

import app
from me_api.chat.retention import service

service.is_due = lambda room: False
app.main()
