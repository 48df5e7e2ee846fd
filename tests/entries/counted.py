"""Runs app.py; told by SIGUSR1 it counts what it holds."""

import gc
import json
import os
import signal
import sys

import greenlet

import app
from me_api.transport.pings import Pings


def resident():
    """Return how many bytes of memory the process has."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def forget(wheel):
    """Forget at once the watches of connections that have gone; they wait for their moment."""
    for moment, watches in tuple(wheel.items()):
        wheel[moment] = [watch for watch in watches if watch.pinged is not None]
        if not wheel[moment]:
            del wheel[moment]


def tell(*_):
    """Tell what is held: open files, living greenlets, objects, blocks of memory, all memory."""
    gc.unfreeze()  # What the start has made is looked through, too: the pings are of it.
    for pings in [found for found in gc.get_objects() if isinstance(found, Pings)]:
        forget(pings._wheel)
    gc.collect()
    objects = gc.get_objects()
    counts = {
        "files": len(os.listdir("/proc/self/fd")),
        "greenlets": sum(isinstance(o, greenlet.greenlet) and not o.dead for o in objects),
        "objects": len(objects),
        "blocks": sys.getallocatedblocks(),
        "bytes": resident(),
    }
    print(f"held: {json.dumps(counts)}", flush=True)


signal.signal(signal.SIGUSR1, tell)
app.main()
