"""Runs the server as one of several nodes; at SIGTERM it closes one batch, the rest at SIGUSR1."""

import dataclasses
import signal

import eventlet

import app
from me_api import run
from me_api.transport import shutdown

held = [True]
make, close = run.make_shutdown, shutdown._close


def close_and_wait(batch):
    """Close a batch, then wait until the next may follow."""
    close(batch)
    while held:
        eventlet.sleep(0.01)


run.make_shutdown = lambda made_for: dataclasses.replace(make(made_for), spread=True)
shutdown._close = close_and_wait
signal.signal(signal.SIGUSR1, lambda *_: held.clear())
app.main()
