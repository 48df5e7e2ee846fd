"""Runs the server with pages of an export that have one message, and can be held in their thread.

While the file `hold-export` exists in the server's folder, none is read.
"""

import os
from pathlib import Path

from eventlet import patcher

import app
from me_api.chat import export

HOLD = Path(os.environ["TESTS_FOLDER"]) / "hold-export"
sleep = patcher.original("time").sleep
read_page = export._page


def held(*args):
    """Read the page once the file is gone."""
    if HOLD.exists():
        os.write(1, b"holding export\n")
    while HOLD.exists():
        sleep(0.005)
    return read_page(*args)


export.PAGE = 1
export._page = held
app.main()
