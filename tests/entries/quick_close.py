"""Runs a server that waits half a second for the closing handshake of a client."""

import app
from me_api.transport.connection import flow_control

flow_control.CLOSE_SECONDS = 0.5
app.main()
