"""Runs the server with slow work that can be held in its threads.

While the file `hold-KIND` exists in the server's folder, work of this kind does not begin.
"""

import os
from pathlib import Path

from eventlet import patcher

import app
from me_api.chat import export
from me_api.chat.search import fts5, index
from me_api.transport.worker_process import WorkerProcess
from me_api.users import passwords

FOLDER = Path(os.environ["TESTS_FOLDER"])
sleep = patcher.original("time").sleep


def held(kind, function):
    """Return a function that waits while the file exists."""

    def call(*args):
        hold = FOLDER / f"hold-{kind}"
        if hold.exists():
            os.write(1, f"holding {kind}\n".encode())
        while hold.exists():
            sleep(0.005)
        return function(*args)

    return call


passwords.make_hash = held("hashing", passwords.make_hash)
passwords.verify_and_update = held("hashing", passwords.verify_and_update)
WorkerProcess.call = held("markdown", WorkerProcess.call)
index.find = held("search", index.find)
fts5.read_chunk = held("indexing", fts5.read_chunk)
export._page = held("export", export._page)
app.main()
