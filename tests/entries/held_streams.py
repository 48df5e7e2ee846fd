"""Runs the server with streams that can be held before they are opened, after all checks.

While the file `hold-stream` exists in the server's folder, none is opened.
"""

import os
from pathlib import Path

import eventlet

import app
from me_api.realtime.sse import EventStreams

HOLD = Path(os.environ["TESTS_FOLDER"]) / "hold-stream"
open_stream = EventStreams.open


def held(self, *args):
    """Open the stream once the file is gone."""
    if HOLD.exists():
        print("holding a stream", flush=True)
    while HOLD.exists():
        eventlet.sleep(0.005)
    open_stream(self, *args)


EventStreams.open = held
app.main()
