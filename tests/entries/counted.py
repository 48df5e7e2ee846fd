"""Runs a server that logs, on SIGUSR1, how many files, greenlets and objects it holds."""

import gc
import heapq
import json
import os
import signal
import sys

import greenlet
from eventlet.hubs import get_hub

import app
from me_api.transport.connection.keepalive import KeepAlive


def resident():
    """Return the resident memory of the process in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def remove_stopped(wheel):
    """Remove the states of closed connections, which would otherwise stay until their next ping."""
    for time, states in tuple(wheel.items()):
        wheel[time] = [state for state in states if state.target is not None]
        if not wheel[time]:
            del wheel[time]


def remove_cancelled(hub):
    """Remove cancelled timers, of which the hub keeps up to five hundred until their time."""
    for timers in (hub.timers, hub.next_timers):
        timers[:] = [item for item in timers if not item[1].called]
    heapq.heapify(hub.timers)
    hub.timers_canceled = 0


def log_counts(*_):
    """Log the open files, living greenlets, objects, blocks of memory and bytes of memory."""
    # Objects of the startup are frozen, among them the keepalive.
    gc.unfreeze()
    for keepalive in [item for item in gc.get_objects() if isinstance(item, KeepAlive)]:
        remove_stopped(keepalive._wheel)
    remove_cancelled(get_hub())
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


signal.signal(signal.SIGUSR1, log_counts)
app.main()
