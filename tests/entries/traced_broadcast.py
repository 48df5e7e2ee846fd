"""Runs the server, and prints every switch of greenlets while changes are broadcast."""

import os
import traceback

import greenlet

import app
from me_api.eventlog.tail import Tail

broadcast = Tail._broadcast


def traced(self, entries):
    """Broadcast; report each switch, since what runs in between would miss or double a change."""

    def trace(event, args):
        os.write(1, f"SWITCHED {event}\n{''.join(traceback.format_stack())}".encode())

    before = greenlet.settrace(trace)
    try:
        broadcast(self, entries)
    finally:
        greenlet.settrace(before)
    if entries:
        os.write(1, b"BROADCAST\n")


Tail._broadcast = traced
app.main()
