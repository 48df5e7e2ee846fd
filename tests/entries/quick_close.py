"""Runs a server that waits half a second for the closing handshake of a client."""

import app
from me_api.transport.websocket import closing

closing.CLOSE_SECONDS = 0.5
app.main()
