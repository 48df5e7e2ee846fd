"""Runs a server that waits half a second for the closing handshake of a client."""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from me_api.run import main  # noqa: E402
from me_api.transport.websocket import closing  # noqa: E402

if __name__ == "__main__":
    closing.CLOSE_SECONDS = 0.5
    main()
