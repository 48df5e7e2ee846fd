"""Runs app.py with twenty megabytes in all that may wait for clients to read them."""

import app
from me_api.transport.connection import flow_control, registry

registry.MAX_OUTPUT = 20_000_000
flow_control.CLOSE_SECONDS = 0.1
app.main()
