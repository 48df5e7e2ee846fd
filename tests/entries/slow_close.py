"""Runs app.py with 64 open files, and waits an hour for the closing handshake of a client."""

import resource

import app
from me_api.transport.connection import flow_control

flow_control.CLOSE_SECONDS = 3600.0
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
app.main()
